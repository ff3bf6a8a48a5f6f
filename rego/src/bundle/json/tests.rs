use sha2::{Digest, Sha256};

use super::*;

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(Json::parse(text).unwrap().canonical()))
}

#[test]
fn hashes_are_those_that_opa_computes() {
    let manifest = "f1c30fce4dc19816c31f814e99b9251eba7704a4c2fdc313f76920682dc0cdb6";
    assert_eq!(hash(r#"{"rego_version":1,"revision":"r-0007","roots":["aegis/provisioning"]}"#), manifest);
    assert_eq!(
        hash(r#"{ "roots":["aegis/provisioning"], "revision":"r-0007",	"rego_version":1 }"#),
        manifest
    );
    assert_eq!(
        hash(r#"{"aegis":{"provisioning":{"limits":{"max":1.0,"note":"<a&b>"}}}}"#),
        "21ef6289942bfff59139bae0d2bf5d08449a4b84690a9698c1a8de57e2435fa2"
    );
    assert_eq!(hash("{}"), "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    let rego = Sha256::digest("package aegis.provisioning.s3\n");
    assert_eq!(hex::encode(rego), "9283e7e8cafdaffbfe3af159f38c93dd1156ea17a48761c8a101e3a7bc9bc5ba");
    assert_eq!(hash("[1, 2, 3]"), "a615eeaee21de5179de080de8c3052c8da901138406ba71c38c032845f7d54f4");
}

#[test]
fn numbers_stay_as_they_were_written() {
    let text = "[1.0,1,1e3,-0.10,12345678901234567890123]";
    assert_eq!(Json::parse(text).unwrap().canonical(), text);
}

#[test]
fn strings_are_escaped_as_go_does() {
    let text = "[\"\\u0001\\b\\f\\n\\r\\t\\\"\\\\\\/\\u00e9\\u2028\\u2029<&>\u{7f}\\ud83d\\ude00\"]";
    let wanted = "[\"\\u0001\\b\\f\\n\\r\\t\\\"\\\\/é\\u2028\\u2029<&>\u{7f}😀\"]";
    assert_eq!(Json::parse(text).unwrap().canonical(), wanted);
}

#[test]
fn what_readers_would_read_differently_is_refused() {
    let refused = [
        r#"{"a":1,"a":2}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"["\ud800"]"#,
        "01",
        "1.",
        "+1",
        ".5",
        "NaN",
        "tru",
        "[1,]",
        "{,}",
        r#"{"a" 1}"#,
        r#"{"a":1,}"#,
        "{a:1}",
        "['a']",
        "[1 2]",
        "",
        " ",
        "{} {}",
        "\"a",
        "\"\t\"",
        "[",
        "{\"a\":",
        "// x\n1",
        "\u{feff}{}",
    ];
    for text in refused {
        assert!(Json::parse(text).is_err(), "{text}");
    }
    assert_eq!(
        Json::parse("{\n\"a\": 1,\n\"a\": 2}").unwrap_err().to_string(),
        "the name \"a\" stands twice (line 3)"
    );
}

#[test]
fn depth_has_a_limit() {
    let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert!(Json::parse(&nested(DEEPEST + 1)).is_ok());
    assert!(Json::parse(&nested(DEEPEST + 2)).is_err());
    assert!(Json::parse(&"[".repeat(1_000_000)).is_err());
}

#[test]
fn documents_merge_like_those_of_one_bundle() {
    let mut all = Json::parse(r#"{"a":{"b":1}}"#).unwrap();
    all.merge(Json::parse("2").unwrap().nested(&["a".into(), "c".into()])).unwrap();
    assert_eq!(all.canonical(), r#"{"a":{"b":1,"c":2}}"#);
    assert_eq!(all.merge(Json::parse(r#"{"a":{"b":2}}"#).unwrap()), Err("a.b".into()));
    assert_eq!(all.outside(&[vec!["a", "b"]]), ["a.c"]);
    assert_eq!(all.under(&["a".into(), "c".into()]), Some(&Json::Plain("2".into())));
}
