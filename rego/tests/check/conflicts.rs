//! Modules that contradict each other, rules in circles, data over rules.

use rego::report::{Check, Outcome};

use super::{AI, lines, outcome, passed, places, reasons, report, report_on};

#[tokio::test]
async fn two_modules_of_a_package_may_not_contradict_each_other() {
    for (what, a, b) in [
        ("two defaults", "default x := 1", "default x := 2"),
        ("a value and a set", "x := 1", "x contains 1"),
        ("a set and an object", "x contains 1", "x[k] := 1 if some k in input"),
        ("a value and a function", "x := 1", "x(y) := y"),
        ("two arities", "x(y) := y", "x(y, z) := y + z"),
        ("a default of another kind", "default x := 1", "x contains 1"),
        ("a whole and its part", "x := {}", "x.y := 1"),
    ] {
        let (a, b) = (format!("package aegis.ai.p\n{a}"), format!("package aegis.ai.p\n\n{b}"));
        let report = report(&[("a.rego", &a), ("b.rego", &b)]).await;
        let places = places(&report, Check::Conflict);
        assert_eq!(places.len(), 1, "{what}: {places:?}");
        assert_eq!((places[0].0, places[0].1), ("b.rego", 3), "{what}");
        assert!(reasons(&report, Check::Conflict).contains("a.rego:2"), "{what}");
        assert!(matches!(outcome(&report, Check::Tests), Outcome::NotRun { .. }), "{what}");
    }
}

#[tokio::test]
async fn a_rule_may_not_lie_where_a_package_lies() {
    let report =
        report(&[("a.rego", "package aegis.ai\np := 1"), ("b.rego", "package aegis.ai.p\nx := 1")]).await;
    assert_eq!(places(&report, Check::Conflict), [("a.rego", 2, "p")]);
}

#[tokio::test]
async fn a_package_has_one_block_of_metadata() {
    let block = "# METADATA\n# title: t\npackage aegis.ai.p\nx := 1";
    let of_a_rule = "package aegis.ai.p\n\n# METADATA\n# title: t\ny := 1\n\n# METADATA\n# title: t\nz := 1";
    let two = report(&[("a.rego", block), ("b.rego", &block.replace('x', "y"))]).await;
    assert_eq!(places(&two, Check::Conflict), [("b.rego", 1, "")]);
    assert!(reasons(&two, Check::Conflict).contains("a.rego:1"));
    assert!(passed(&report(&[("a.rego", block), ("b.rego", of_a_rule)]).await, Check::Conflict));
}

#[tokio::test]
async fn what_belongs_together_is_no_conflict() {
    let report = report(&[
        ("a.rego", "package aegis.ai.p\ndefault x := 1\nf(1) := 2\ny contains 1\nz.a := 1\nw[k] := 1 if some k in [1]"),
        ("b.rego", "package aegis.ai.p\nx := 2 if input.x\nf(2) := 3\ny contains 2\nz.b := 1\nw.k := 2\ndefault f(_) := 0"),
        ("c.rego", "package aegis.ai.q\nx contains 1\nf(x, y) := x + y"),
    ])
    .await;
    assert_eq!(places(&report, Check::Conflict), []);
}

#[tokio::test]
async fn rules_in_a_circle_are_named_and_those_around_it_are_not() {
    let text = "before if a\na if b\nb if c\nc if a\nafter := 1\nd if after";
    assert_eq!(lines(AI, Check::Recursion, text).await, [3, 4, 5]);
    assert_eq!(lines(AI, Check::Recursion, "f(x) := f(x + 1)").await, [2]);
    assert_eq!(lines(AI, Check::Recursion, "a := data.aegis.ai.p").await, [2]);
    assert_eq!(lines(AI, Check::Recursion, "a if { [b | b := 1] == [1]; b }\nb if a").await, [2, 3]);
    assert_eq!(lines(AI, Check::Recursion, "a if { some b in [1]; b }\nb if a\nf(a) := a").await, [0; 0]);
}

#[tokio::test]
async fn data_may_not_lie_over_a_rule() {
    let module = [("p.rego", "package aegis.ai.p\n\nx := 1\ny.z := 2")];
    for (data, expected) in [
        (r#"{"aegis":{"ai":{"p":{"x":5}}}}"#, vec![("p.rego", 3, "x")]),
        (r#"{"aegis":{"ai":{"p":{"y":{"z":5}}}}}"#, vec![("p.rego", 4, "y.z")]),
        (r#"{"aegis":{"ai":5}}"#, vec![("p.rego", 3, "x"), ("p.rego", 4, "y.z")]),
        (r#"{"aegis":{"ai":{"p":{"other":5}}},"exceptions":{}}"#, vec![]),
        ("{", vec![("", 0, "")]),
    ] {
        let report = report_on(&module, data).await;
        assert_eq!(places(&report, Check::Data), expected, "{data}");
    }
}
