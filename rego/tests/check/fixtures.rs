//! Cases beside the policies.

use std::time::Duration;

use bytes::Bytes;
use rego::check::{Namespaces, check, fixtures};
use rego::folder::Folder;
use rego::report::{Check, Outcome, Report};
use rego::worker::Limits;

use super::{drafts, modules, outcome, passed, places, reasons};

const POLICY: &str = r#"package aegis.ai.p

default allow := false

allow if count(deny) == 0

deny contains {"rule": "deny_bad", "address": input.id, "msg": "it is bad"} if {
	some bad in data.settings.bad
	input.word == bad
}

deny contains {"rule": "deny_late", "address": input.id} if time.now_ns() > 1000

exempted contains {"rule": "deny_bad", "address": input.id, "exception": {"id": "EXC-1", "ends": 1}} if input.exempt

few if to_number(input.n) < 10

many if count(numbers.range(1, input.many)) > 1
"#;

async fn decided(cases: &[(&str, &str)], limits: Limits) -> Report {
    let files = [("rego/p.rego", POLICY), ("rego/settings/data.json", r#"{"bad": ["worse"]}"#)];
    let cases = cases.iter().map(|(name, text)| (format!("test-fixtures/cases/{name}"), *text));
    let files = files.map(|(name, text)| (name.to_owned(), text)).into_iter().chain(cases);
    let folder = Folder::from_files(files.map(|(name, text)| (name, Bytes::from(text.to_owned())))).unwrap();
    let (drafts, none) = (drafts(limits), Namespaces::default());
    let mut report = check(&modules(&[("p.rego", POLICY)]), &folder.data(), &none, &drafts).await.unwrap();
    fixtures(&folder, &drafts, &mut report).await.unwrap();
    report
}

/// What is said of one case with this input, wanting this.
async fn said(input: &str, want: &str) -> String {
    let report = decided(&[("c/input.json", input), ("c/want.json", want)], Limits::drafts()).await;
    if let Outcome::Passed { evidence, .. } = outcome(&report, Check::Fixtures) {
        return evidence.clone();
    }
    let faults = outcome(&report, Check::Fixtures).faults();
    assert!(faults.iter().all(|fault| fault.file == "test-fixtures/cases/c"), "{faults:?}");
    reasons(&report, Check::Fixtures)
}

#[tokio::test]
async fn a_case_that_is_decided_as_it_wants_passes() {
    for want in [
        r#"{"package": "aegis.ai.p", "now_ns": 5, "allow": true, "deny": [], "exempted": []}"#,
        r#"{"package": "aegis.ai.p", "allow": false, "deny": [{"rule": "deny_late", "address": "a"}]}"#,
        r#"{"package": "aegis.ai.p", "now_ns": 5, "data": {"settings": {"bad": ["good"]}}, "allow": false,
            "deny": [{"rule": "deny_bad", "address": "a"}]}"#,
        r#"{"package": "aegis.ai.p"}"#,
    ] {
        assert_eq!(said(r#"{"id": "a", "word": "good"}"#, want).await, "1 case", "{want}");
    }
    let exempt = r#"{"package": "aegis.ai.p", "exempted": [{"rule": "deny_bad", "address": "a", "exception": "EXC-1"}]}"#;
    assert_eq!(said(r#"{"id": "a", "exempt": true}"#, exempt).await, "1 case");
    let cases = [("aegis.ai.p/alone/input.json", "{}"), ("aegis.ai.p/alone/note.txt", "no case")];
    assert!(
        passed(&decided(&cases, Limits::drafts()).await, Check::Fixtures),
        "its folder names the package"
    );
}

#[tokio::test]
async fn a_case_that_is_decided_otherwise_is_named_with_both_values() {
    let cases = [
        ("b/input.json", r#"{"id": "a", "word": "worse"}"#),
        ("b/want.json", r#"{"package": "aegis.ai.p", "now_ns": 5, "allow": true, "deny": [], "other": 1}"#),
    ];
    let report = decided(&cases, Limits::drafts()).await;
    let at = "test-fixtures/cases/b";
    let rules = ["aegis.ai.p.allow", "aegis.ai.p.deny", "aegis.ai.p.other"];
    assert_eq!(places(&report, Check::Fixtures), rules.map(|rule| (at, 0, rule)));
    let wanted = "it is false, where true is wanted\n\
                  it is [{\"address\":\"a\",\"rule\":\"deny_bad\"}], where [] is wanted\n\
                  it is undefined, where 1 is wanted\n";
    assert_eq!(reasons(&report, Check::Fixtures), wanted);
    assert!(!report.passed());
}

/// What a lax evaluation hides is a fault of the rule, also where the case gets what it wants.
#[tokio::test]
async fn a_builtin_that_fails_unseen_in_a_case_is_named_with_rule_and_line() {
    for want in [r#"{"package": "aegis.ai.p", "few": true}"#, r#"{"package": "aegis.ai.p"}"#] {
        let cases = [("b/input.json", r#"{"id": "a", "n": "x"}"#), ("b/want.json", want)];
        let report = decided(&cases, Limits::drafts()).await;
        assert!(places(&report, Check::Fixtures).contains(&("p.rego", 16, "few")), "{report:?}");
        assert!(reasons(&report, Check::Fixtures).contains("unseen in test-fixtures/cases/b"));
    }
}

#[tokio::test]
async fn what_is_no_case_is_told() {
    let ai = r#"{"package": "aegis.ai.p"}"#;
    for (input, want, reason) in [
        ("{", ai, "input.json is not usable JSON"),
        ("{}", "[", "want.json is not usable JSON"),
        ("{}", "[]", "no object"),
        ("{}", r#"{"allow": true}"#, "no module here has the package ``"),
        ("{}", r#"{"package": "aegis.ai.q"}"#, "no module here has the package `aegis.ai.q`"),
        ("{}", r#"{"package": "aegis.ai.p", "now_ns": "now"}"#, "no whole number"),
        ("{}", r#"{"package": "aegis.ai.p", "data": 1}"#, "data is no object"),
        ("{}", r#"{"package": "aegis.ai.p", "data": {"aegis": {"ai": {"p": {"allow": true}}}}}"#, "override"),
    ] {
        let said = said(input, want).await;
        assert!(said.contains(reason), "{input} {want}: {said}");
    }
    let report = decided(&[("b/want.json", ai)], Limits::drafts()).await;
    assert!(reasons(&report, Check::Fixtures).contains("without an input.json"));
    let large = format!("\"{}\"", "x".repeat(16 << 20));
    assert!(said(&large, ai).await.contains("of which a decision takes 16777216"));
    let none = decided(&[], Limits::drafts()).await;
    assert!(matches!(outcome(&none, Check::Fixtures), Outcome::NotRun { .. }));
}

#[tokio::test]
async fn a_case_that_kills_its_worker_is_named_and_the_others_are_decided() {
    let limits = Limits { wall: Duration::from_secs(4), memory: 256 << 20, ..Limits::drafts() };
    let (small, large) = (r#"{"many": 3}"#, r#"{"many": 100000000}"#);
    let many = r#"{"package": "aegis.ai.p", "many": true}"#;
    let cases = [
        ("a/input.json", small),
        ("a/want.json", many),
        ("b/input.json", large),
        ("b/want.json", many),
        ("c/input.json", r#"{"many": 1}"#),
        ("c/want.json", many),
    ];
    let report = decided(&cases, limits).await;
    let (b, c) = ("test-fixtures/cases/b", "test-fixtures/cases/c");
    assert_eq!(places(&report, Check::Fixtures), [(b, 0, ""), (c, 0, "aegis.ai.p.many")]);
    assert!(reasons(&report, Check::Fixtures).contains("memory"));
}

#[tokio::test]
async fn so_many_faults_are_told_and_no_more() {
    let names: Vec<_> = (0..250).map(|n| (format!("{n}/input.json"), format!("{n}/want.json"))).collect();
    let wrong = r#"{"package": "aegis.ai.p", "now_ns": 5, "allow": 1}"#;
    let cases: Vec<_> = names.iter().flat_map(|(input, want)| [(&**input, "{}"), (&**want, wrong)]).collect();
    let report = decided(&cases, Limits::drafts()).await;
    assert_eq!(outcome(&report, Check::Fixtures).faults().len(), 101);
}
