//! Modules that do not parse, packages without an engine, METADATA, packages as they describe themselves.

use rego::report::{Check, Engine, Severity};

use super::{AI, lines, outcome, passed, places, reasons, report};

#[tokio::test]
async fn every_module_that_does_not_parse_is_named_with_its_line() {
    let report = report(&[
        ("good.rego", "package aegis.ai.good\nx := 1"),
        ("b.rego", "package aegis.ai.b\n\nx := := 1"),
        ("c.rego", "package aegis.ai.c\ndeny contains x {\n\tx := 1\n}"),
    ])
    .await;
    assert_eq!(places(&report, Check::Parse), [("b.rego", 3, ""), ("c.rego", 2, "")]);
    let reasons = reasons(&report, Check::Parse);
    assert!(!reasons.contains("-->") && reasons.contains("expect"), "the reason alone: {reasons}");
    assert!(matches!(outcome(&report, Check::Tests), rego::report::Outcome::NotRun { .. }));
    assert!(!report.passed());
}

#[tokio::test]
async fn brackets_nested_too_deep_are_named_before_they_are_parsed() {
    let deep = format!("x := {}1{}", "[".repeat(24), "]".repeat(24));
    assert_eq!(lines(AI, Check::Parse, &format!("\n{deep}")).await, [3]);
    let still = format!("x := {}1{}", "[".repeat(6), "]".repeat(6));
    assert_eq!(lines(AI, Check::Parse, &still).await, [0; 0]);
}

#[tokio::test]
async fn an_unsafe_variable_is_a_fault_of_the_module_that_has_it() {
    let report = report(&[
        ("p.rego", "package aegis.ai.p\nx if {\n\tunbound > 1\n}"),
        ("p_test.rego", "package aegis.ai.p_test\ntest_x if not data.aegis.ai.p.x"),
    ])
    .await;
    assert_eq!(places(&report, Check::Parse), [("p.rego", 3, "")]);
    assert!(reasons(&report, Check::Parse).contains("unbound"), "{}", reasons(&report, Check::Parse));
}

#[tokio::test]
async fn a_package_outside_every_namespace_is_refused() {
    let report = report(&[
        ("a.rego", "# A comment first.\npackage aegis.other"),
        ("b.rego", "package aegis.aid"),
        ("c.rego", "package aegis.ai"),
        ("d_test.rego", "package aegis.ai.c_test"),
        ("e.rego", "package aegis.provisioning.s3"),
        ("f_test.rego", "package aegis.ai_test"),
    ])
    .await;
    assert_eq!(places(&report, Check::Namespace), [("a.rego", 2, ""), ("b.rego", 1, "")]);
    let reasons = reasons(&report, Check::Namespace);
    assert!(reasons.contains("aegis.other") && reasons.contains("aegis.provisioning"), "{reasons}");
}

#[tokio::test]
async fn a_policy_may_not_lean_on_another_bundle() {
    let report = report(&[
        ("a.rego", "package aegis.ai.a\nx := data.aegis.provisioning.b.y\nz := data.exceptions.index"),
        ("b.rego", "package aegis.provisioning.b\ny := 1"),
    ])
    .await;
    assert_eq!(places(&report, Check::Namespace), [("a.rego", 2, "x")]);
}

#[tokio::test]
async fn metadata_must_be_yaml_of_the_known_shape() {
    for (text, line) in [
        ("# METADATA\n# title: [", 3),
        ("# METADATA\n# title: a\n# title: b", 3),
        ("# METADATA\n# - a list", 2),
        ("# METADATA\n# scope: module", 1),
        ("# METADATA\n# custom:\n#   severity: terrible", 1),
        ("# METADATA\n# custom:\n#   controls: NIST-1", 1),
        ("# METADATA\n# title:\n#   not: text", 2),
    ] {
        let text = format!("{text}\npackage aegis.ai.p\nx := 1");
        let report = report(&[("p.rego", &text)]).await;
        let places = places(&report, Check::Metadata);
        assert_eq!(places.len(), 1, "{text}: {places:?}");
        assert!(places[0].1.abs_diff(line) <= 1, "{text}: {places:?}");
    }
    // What is no annotation, and what only authors read.
    let fine = "# METADATAS are these\n# title: [\n\n# METADATA\n# title: fine\n# authors: [me]\n# custom:\n#   mine: 1\npackage aegis.ai.p\nx := 1";
    assert!(passed(&report(&[("p.rego", fine)]).await, Check::Metadata));
}

#[tokio::test]
async fn a_package_is_what_its_metadata_and_its_rules_say() {
    let policy = r#"# METADATA
# title: Agents behave
# description: |
#   First line.
#   Second line.
# custom:
#   severity: critical
#   owner: ai-platform
#   controls: [A-1, B-2]
#   rules:
#     deny_annotated: {}
package aegis.ai.agents

finding contains {"rule": "deny_written", "msg": "no"} if input.bad
finding contains made("deny_given", "worse") if input.worse
deny contains f if some f in finding

made(rule, msg) := {"rule": rule, "msg": msg}
"#;
    let plain = "package aegis.provisioning.plain\ndeny_open contains \"m\" if input.open\nviolation_x contains \"m\" if input.x";
    let library = "# METADATA\n# custom:\n#   library: true\npackage aegis.ai.lib\nfinding(rule) := {\"rule\": \"deny_made\"}";
    let report = report(&[
        ("ai/agents.rego", policy),
        ("ai/agents_test.rego", "package aegis.ai.agents_test\ntest_x if true"),
        ("ai/lib.rego", library),
        ("plain.rego", plain),
    ])
    .await;
    let [agents, lib, plain] = &report.packages[..] else { panic!("{:?}", report.packages) };
    assert_eq!(
        (&*agents.path, agents.engine, &*agents.title),
        ("aegis.ai.agents", Engine::Embedded, "Agents behave")
    );
    assert_eq!(agents.description, "First line.\nSecond line.");
    assert_eq!((agents.severity, agents.owner.as_deref()), (Severity::Critical, Some("ai-platform")));
    assert_eq!(agents.controls, ["A-1", "B-2"]);
    assert_eq!(agents.rules, ["deny_annotated", "deny_given", "deny_written"]);
    assert!(agents.excepts && !agents.library);
    assert_eq!(
        (&agents.modules[..], &agents.tests[..]),
        (&["ai/agents.rego".to_owned()][..], &["ai/agents_test.rego".to_owned()][..])
    );
    assert!(lib.library && !lib.excepts && lib.rules.is_empty());
    assert_eq!((plain.engine, plain.excepts, plain.severity), (Engine::External, false, Severity::Medium));
    assert_eq!(plain.rules, ["deny_open", "violation_x"]);
}
