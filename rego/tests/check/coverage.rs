//! Which bodies count as covered: those that succeeded, and no others.

use rego::report::Check;

use super::{passed, places, report};

const POLICY: &str = r#"package aegis.ai.p

default allow := false

allow if input.a == "x"

allow if {
	input.b
	# A comment at the end.
}

level := "high" if {
	input.level > 5
} else := "low" if input.level > 0
else := "none"

f(x) := y if {
	y := x + 1; y > 2
}

g(x) := concat("", [x, "!"])

names contains name if { some name in input.names }

names contains "fixed"

limit := 5

every_one if every n in input.names {
	n != ""
}

list_first if ["a"] == [input.a]

text := `raw` if input.raw
"#;

async fn missed(tests: &str) -> Vec<u32> {
    let tests = format!("package aegis.ai.p_test\nimport data.aegis.ai.p\n{tests}");
    let report = report(&[("p.rego", POLICY), ("p_test.rego", &tests)]).await;
    assert!(passed(&report, Check::Tests), "{:?}", report.outcomes);
    let lines: Vec<_> = places(&report, Check::Coverage).iter().map(|(_, line, _)| *line).collect();
    assert_eq!(report.coverage.files.len(), 1, "test files are left out");
    assert_eq!(report.coverage.files[0].rules_not_covered, lines);
    assert_eq!((report.coverage.rules - report.coverage.rules_covered) as usize, lines.len());
    assert_eq!(report.coverage.rules, 13);
    assert!(report.coverage.approximate);
    lines
}

#[tokio::test]
async fn nothing_is_covered_by_tests_that_reach_nothing() {
    assert_eq!(missed("test_x if true").await, [5, 7, 12, 14, 15, 17, 21, 23, 25, 27, 29, 33, 35]);
}

#[tokio::test]
async fn a_body_that_was_tried_and_failed_is_not_covered() {
    let lines = missed("test_x if not p.allow with input as {\"a\": \"y\"}").await;
    assert!(lines.contains(&5) && lines.contains(&7), "{lines:?}");
}

#[tokio::test]
async fn each_kind_of_body_is_covered_when_it_succeeds() {
    for (test, line) in [
        ("p.allow with input as {\"a\": \"x\"}", 5),
        ("p.allow with input as {\"b\": true}", 7),
        ("p.level == \"high\" with input as {\"level\": 9}", 12),
        ("p.level == \"low\" with input as {\"level\": 1}", 14),
        ("p.level == \"none\" with input as {\"level\": 0}", 15),
        ("p.f(2) == 3", 17),
        ("p.g(\"a\") == \"a!\"", 21),
        ("\"n\" in p.names with input as {\"names\": [\"n\"]}", 23),
        ("p.limit == 5", 27),
        ("p.every_one with input as {\"names\": [\"n\"]}", 29),
        ("p.list_first with input as {\"a\": \"a\"}", 33),
        ("p.text == \"raw\" with input as {\"raw\": true}", 35),
    ] {
        let lines = missed(&format!("test_x if {test}")).await;
        assert!(!lines.contains(&line), "{test}: {lines:?}");
    }
    // Both rules of a set are evaluated, and one of them always succeeds.
    let lines = missed("test_x if p.names == {\"fixed\"} with input as {\"names\": []}").await;
    assert!(lines.contains(&23) && !lines.contains(&25), "{lines:?}");
}

#[tokio::test]
async fn covered_lines_are_those_of_covered_bodies() {
    let policy = "package aegis.ai.p\n\na if {\n\n\t# Why.\n\tinput.a\n}\n\nb if input.b";
    let tests = "package aegis.ai.p_test\ntest_a if data.aegis.ai.p.a with input as {\"a\": true}";
    let report = report(&[("p.rego", policy), ("p_test.rego", tests)]).await;
    let [file] = &report.coverage.files[..] else { panic!("{:?}", report.coverage) };
    assert_eq!(
        (file.file.as_str(), &file.covered[..], &file.not_covered[..]),
        ("p.rego", &[3, 6, 7][..], &[9][..])
    );
    let theirs = rego::report::FileCoverage { covered: vec![3], not_covered: vec![6], ..file.clone() };
    let merged = report.coverage.clone().with_lines_of_opa([theirs]);
    assert!(!merged.approximate);
    assert_eq!((&merged.files[0].covered[..], &merged.files[0].rules_not_covered[..]), (&[3][..], &[9][..]));
}
