use super::{Asked, Versions};
use crate::{exception, policy::Bundle};

fn exception(text: &str) -> Option<i64> {
    Asked::from(text).exception.map(|exception::Number(number)| number)
}

#[test]
fn an_exception_is_asked_for_by_its_number() {
    for text in ["EXC-014", "exc-14", " exc 14 ", "exc14", "14", "0014"] {
        assert_eq!(exception(text), Some(14), "{text}");
    }
    for text in ["EXC-", "exc", "", "-14", "1.4", "14a", "99999999999999999999"] {
        assert_eq!(exception(text), None, "{text}");
    }
}

#[test]
fn the_beginning_of_a_number_asks_for_all_that_are_written_so() {
    let ranges = |text: &str| Asked::from(text).exceptions;
    assert_eq!(ranges("EXC-00"), [(0, 9)]);
    assert_eq!(ranges("exc-01"), [(10, 19)]);
    assert_eq!(ranges("exc 014"), [(14, 14)]);
    assert_eq!(ranges("EXC-14")[..3], [(140, 149), (1400, 1499), (14_000, 14_999)]);
    assert_eq!(ranges("EXC-")[..2], [(0, 999), (0, 9999)]);
    for text in ["exc", "14", "exc-1x", "EXC-legacy", "exc-0140", "exc-1234567890123"] {
        assert_eq!(ranges(text), [], "{text}");
    }
    assert_eq!(Asked::from("EXC-14").words, None);
    assert_eq!(Asked::from("exceptions").words, Some("exceptions".to_owned()));
}

#[test]
fn a_version_is_asked_for_by_as_much_of_its_number_as_is_known() {
    let asked = |text: &str| Asked::from(text).versions;
    let of = |bundles: &[Bundle], numbers: [Option<i32>; 3]| {
        let [major, minor, patch] = numbers;
        Some(Versions { bundles: bundles.to_vec(), major, minor, patch })
    };
    let (all, ai) = (Bundle::OF_POLICIES, [Bundle::Ai]);
    assert_eq!(asked("v1.2.3"), of(&all, [Some(1), Some(2), Some(3)]));
    assert_eq!(asked("1.2"), of(&all, [Some(1), Some(2), None]));
    assert_eq!(asked("v1"), of(&all, [Some(1), None, None]));
    assert_eq!(asked("aegis-ai v1.2.3"), of(&ai, [Some(1), Some(2), Some(3)]));
    assert_eq!(asked("aegis-ai/v1"), of(&ai, [Some(1), None, None]));
    assert_eq!(asked("Provisioning"), of(&[Bundle::Provisioning], [None; 3]));
    for text in ["1", "v", "v1.2.3.4", "v1.x", "bucket v1.2", "v-1", "1234567.1"] {
        assert_eq!(asked(text), None, "{text}");
    }
}

#[test]
fn a_digest_is_asked_for_by_six_or_more_of_its_letters() {
    let digest = |text: &str| Asked::from(text).digest;
    assert_eq!(digest("AB12cd"), Some("ab12cd".to_owned()));
    assert_eq!(digest("sha256:ab12cd34"), Some("ab12cd34".to_owned()));
    assert_eq!(digest(&"a".repeat(64)), Some("a".repeat(64)));
    for text in ["ab12c", "ab12cg", "sha256:ab1", &"a".repeat(65)] {
        assert_eq!(digest(text), None, "{text}");
    }
}

#[test]
fn a_text_is_looked_for_in_names_from_three_letters_to_two_hundred() {
    let words = |text: &str| Asked::from(text).words;
    assert_eq!(words(" s3 "), None);
    assert_eq!(words("s3b"), Some("s3b".to_owned()));
    assert!(words(&"é".repeat(200)).is_some());
    assert_eq!(Asked::from("é".repeat(201).as_str()), Asked::default());
}
