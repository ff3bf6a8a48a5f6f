use super::Number;

#[test]
fn a_version_is_numbered_with_three_parts() {
    assert_eq!("v1.2.3".parse(), Ok(Number { major: 1, minor: 2, patch: 3 }));
    for wrong in
        ["1.2.3", "v1.2", "v1.2.3.4", "v1.2.x", "v1.-2.3", "v1.2.+3", "v", "", "v1..3", "v1234567.0.0"]
    {
        assert!(wrong.parse::<Number>().is_err(), "{wrong}");
    }
}

#[test]
fn the_next_version_is_a_minor_one() {
    assert_eq!(Number { major: 1, minor: 2, patch: 3 }.next().to_string(), "v1.3.0");
}

#[test]
fn numbers_are_ordered_as_numbers() {
    let number = |text: &str| text.parse::<Number>().unwrap();
    assert!(number("v1.10.0") > number("v1.9.9"));
}
