//! Tests as they are run: verdicts, prints, cases, imports, mocks, strict errors, killers.

use std::time::Duration;

use rego::check::{Namespaces, check};
use rego::report::{Check, Ending, Outcome, Report};
use rego::worker::{Config, Drafts, Failure, Limits};

use super::{drafts, modules, outcome, passed, places, reasons, report};

const POLICY: (&str, &str) = ("p.rego", "package aegis.ai.p\nallow if input.ok\n");

async fn ran(tests: &str) -> Report {
    let text = format!("package aegis.ai.p_test\n{tests}");
    report(&[POLICY, ("p_test.rego", &text)]).await
}

fn endings(report: &Report) -> Vec<(&str, Ending)> {
    report.tests.iter().map(|run| (run.name.as_str(), run.ending)).collect()
}

#[tokio::test]
async fn each_test_has_its_verdict_and_each_failure_its_place() {
    let report = ran(r#"test_true if data.aegis.ai.p.allow with input as {"ok": true}
test_false if data.aegis.ai.p.allow with input as {}
test_number := 1
test_error if { a := {"b": 1}; x := [1 | a.b][0]; x == data.aegis.ai.p_test.conflict }
conflict := 1 if true
conflict := 2 if true
todo_test_later if false
helper if false
"#)
    .await;
    assert_eq!(
        endings(&report),
        [
            ("test_true", Ending::Passed),
            ("test_false", Ending::Failed),
            ("test_number", Ending::Failed),
            ("test_error", Ending::Error),
            ("todo_test_later", Ending::Skipped),
        ]
    );
    assert_eq!(
        places(&report, Check::Tests),
        [
            ("p_test.rego", 3, "aegis.ai.p_test.test_false"),
            ("p_test.rego", 4, "aegis.ai.p_test.test_number"),
            ("p_test.rego", 5, "aegis.ai.p_test.test_error"),
        ]
    );
    assert!(report.tests[0].micros > 0);
    assert_eq!((report.tests[1].package.as_str(), report.tests[1].line), ("aegis.ai.p_test", 3));
}

#[tokio::test]
async fn what_a_test_prints_is_its_own() {
    let report =
        ran("test_a if { print(\"one\", 2); true }\ntest_b if true\ntest_c if { print(\"three\"); false }")
            .await;
    let output: Vec<_> = report.tests.iter().map(|run| run.output.as_str()).collect();
    assert_eq!(output, ["p_test.rego:2: one 2", "", "p_test.rego:4: three"]);
    assert!(reasons(&report, Check::Tests).contains("three"), "{}", reasons(&report, Check::Tests));
}

#[tokio::test]
async fn an_object_is_a_test_for_each_of_its_keys() {
    let report = ran(r#"test_good[name] := input_of(n) if some name, n in {"one": 1, "two": 1}
test_table[name] := n == 1 if some name, n in {"one": 1, "two": 2, "three": 3}
test_none[name] := true if some name, _ in {}
input_of(n) := n == 1"#)
    .await;
    assert_eq!(
        endings(&report),
        [("test_good", Ending::Passed), ("test_table", Ending::Failed), ("test_none", Ending::Failed)]
    );
    assert_eq!(report.tests[1].output, "failed: three\nfailed: two");
}

/// The embedded engine would evaluate every rule of an imported package for one of them.
#[tokio::test]
async fn an_import_evaluates_only_what_is_asked_of_it() {
    let policy = "package aegis.ai.p\nallow if input.ok\nbroken := 1 if input.ok\nbroken := 2 if input.ok";
    let tests = "package aegis.ai.p_test\nimport data.aegis.ai.p\nimport data.aegis.ai.p as other\ntest_short if p.allow with input as {\"ok\": true}\ntest_alias if other.allow with input as {\"ok\": true}\ntest_brackets if p[\"allow\"] with input as {\"ok\": true}";
    let report = report(&[("p.rego", policy), ("p_test.rego", tests)]).await;
    assert!(passed(&report, Check::Tests), "{:?}", outcome(&report, Check::Tests));
}

/// The embedded engine would replace only the calls that are spelled as the mock's target is.
#[tokio::test]
async fn a_mock_reaches_every_call_of_what_it_replaces() {
    let policy = "package aegis.ai.p\nf(x) := x + g(x)\ng(x) := x";
    let tests = "package aegis.ai.p_test\nimport data.aegis.ai.p\nmock(_) := 40\ntest_far if data.aegis.ai.p.f(2) == 42 with data.aegis.ai.p.g as mock\ntest_near if p.f(2) == 42 with p.g as mock\ntest_value if p.f(2) == 7 with p.g as 5";
    let report = report(&[("p.rego", policy), ("p_test.rego", tests)]).await;
    assert!(passed(&report, Check::Tests), "{:?}", outcome(&report, Check::Tests));
}

#[tokio::test]
async fn a_builtin_that_fails_unseen_fails_a_check_of_its_own() {
    let policy = "package aegis.ai.p\n\nallow if {\n\tinput.ok\n\tto_number(input.n) > 1\n}";
    let tests = "package aegis.ai.p_test\ntest_seen if data.aegis.ai.p.allow with input as {\"ok\": true, \"n\": \"2\"}\ntest_unseen if not data.aegis.ai.p.allow with input as {\"ok\": true, \"n\": \"x\"}";
    let report = report(&[("p.rego", policy), ("p_test.rego", tests)]).await;
    assert!(passed(&report, Check::Tests), "{:?}", outcome(&report, Check::Tests));
    assert_eq!(places(&report, Check::Strict), [("p.rego", 5, "allow")]);
    assert!(reasons(&report, Check::Strict).contains("test_unseen"), "{}", reasons(&report, Check::Strict));
}

#[tokio::test]
async fn what_only_opa_can_run_is_not_run_and_not_passed() {
    let policy = "package aegis.provisioning.p\ndigest := crypto.sha256(input.text)";
    let tests = "package aegis.provisioning.p_test\ntest_digest if count(data.aegis.provisioning.p.digest) == 64 with input as {\"text\": \"a\"}\ntest_other if true";
    let report = report(&[("p.rego", policy), ("p_test.rego", tests)]).await;
    assert!(passed(&report, Check::Builtins));
    assert!(report.tests[0].is_only_opas() && !report.tests[1].is_only_opas());
    for check in [Check::Tests, Check::Strict, Check::Coverage] {
        let outcome = outcome(&report, check);
        assert!(
            matches!(outcome, Outcome::NotRun { reason, .. } if reason.contains("crypto.sha256")),
            "{outcome:?}"
        );
    }
}

#[tokio::test]
async fn tests_that_are_not_there_are_not_passed() {
    let report = report(&[POLICY]).await;
    assert!(matches!(outcome(&report, Check::Tests), Outcome::NotRun { .. }));
}

const KILLER: &str = "package aegis.ai.p_test
test_first if true
test_memory if count(numbers.range(1, 100000000)) > 1
test_time if { every i in numbers.range(1, 100000) { every j in numbers.range(1, 100000) { i + j > 0 } } }
test_last if true
";

fn short() -> Limits {
    Limits { wall: Duration::from_millis(400), load: Duration::from_secs(4), ..Limits::drafts() }
}

#[tokio::test]
async fn a_test_that_kills_its_worker_is_named_and_the_others_have_their_verdicts() {
    let drafts = drafts(Limits { memory: 256 << 20, ..short() });
    let report = check(&modules(&[POLICY, ("p_test.rego", KILLER)]), "", &Namespaces::default(), &drafts)
        .await
        .unwrap();
    assert_eq!(
        endings(&report),
        [
            ("test_first", Ending::Passed),
            ("test_memory", Ending::Error),
            ("test_time", Ending::Error),
            ("test_last", Ending::Passed),
        ]
    );
    let reasons = reasons(&report, Check::Tests);
    assert!(reasons.contains("memory") && reasons.contains("took longer"), "{reasons}");
    assert!(passed(&report, Check::Parse));
}

#[tokio::test]
async fn when_too_many_tests_kill_their_workers_the_rest_is_not_run() {
    let test = |n: u32| format!("test_{n} if count(numbers.range({n}, 100000000)) > 1\n");
    let text = "package aegis.ai.p_test\n".to_owned() + &(1..=5).map(test).collect::<String>();
    let drafts = drafts(Limits { memory: 128 << 20, ..short() });
    let report = check(&modules(&[POLICY, ("p_test.rego", &text)]), "", &Namespaces::default(), &drafts)
        .await
        .unwrap();
    assert_eq!(outcome(&report, Check::Tests).faults().len(), 5);
    assert!(reasons(&report, Check::Tests).contains("not run"));
}

#[tokio::test]
async fn a_module_that_takes_too_long_to_parse_is_named() {
    let slow: String = (0..400).map(|i| format!("r{i} := {}1{}\n", "[".repeat(12), "]".repeat(12))).collect();
    let slow = format!("package aegis.ai.slow\n{slow}");
    let drafts = drafts(Limits { load: Duration::from_millis(500), ..short() });
    let report =
        check(&modules(&[POLICY, ("slow.rego", &slow)]), "", &Namespaces::default(), &drafts).await.unwrap();
    let fault = &outcome(&report, Check::Parse).faults()[0];
    assert_eq!(fault.file, "slow.rego");
    assert!(fault.reason.contains("took longer"), "{}", fault.reason);
    assert!(matches!(outcome(&report, Check::Tests), Outcome::NotRun { .. }));
}

#[tokio::test]
async fn a_module_too_deep_for_the_stack_is_named() {
    let sum = "1 +\n".repeat(15_000);
    let deep = format!("package aegis.ai.deep\nx := {sum}1");
    let drafts = drafts(Limits { stack: 1 << 20, ..short() });
    let texts = [POLICY, ("deep.rego", &deep), ("z.rego", "package aegis.ai.z")];
    let report = check(&modules(&texts), "", &Namespaces::default(), &drafts).await.unwrap();
    let fault = &outcome(&report, Check::Parse).faults()[0];
    assert_eq!(fault.file, "deep.rego");
    assert!(fault.reason.contains("stack"), "{}", fault.reason);
}

#[tokio::test]
async fn a_folder_larger_than_a_check_takes_is_a_fault_that_names_the_limit() {
    let text = format!("package aegis.ai.large\n# {}", "x".repeat(3 << 20));
    let texts = [POLICY, ("large.rego", &text)];
    let drafts = drafts(Limits { input: 2 << 20, ..short() });
    let report = check(&modules(&texts), "", &Namespaces::default(), &drafts).await.unwrap();
    let reasons = reasons(&report, Check::Folder);
    assert!(reasons.contains("come to 4 MiB as JSON, of which a check takes 2 MiB"), "{reasons}");
    assert!(!report.passed() && report.outcomes.len() == 13);
    assert!(matches!(outcome(&report, Check::Tests), Outcome::NotRun { .. }));
}

#[tokio::test]
async fn data_too_large_for_the_memory_of_a_check_is_named() {
    let data = format!("{{\"items\":[{}]}}", vec!["[]"; 2_000_000].join(","));
    let drafts = drafts(Limits { memory: 160 << 20, wall: Duration::from_secs(20), ..Limits::drafts() });
    let report = check(&modules(&[POLICY]), &data, &Namespaces::default(), &drafts).await.unwrap();
    assert_eq!(places(&report, Check::Data), [("", 0, "")], "{report:?}");
    assert!(reasons(&report, Check::Data).contains("memory"));
}

#[tokio::test]
async fn without_a_worker_there_is_no_report() {
    let drafts = Drafts::new(Config { program: "/bin/true".into(), ..Config::drafts() });
    let outcome = check(&modules(&[POLICY]), "", &Namespaces::default(), &drafts).await;
    assert!(matches!(outcome, Err(Failure::Unavailable | Failure::Crash(_))), "{outcome:?}");
    let drafts = Drafts::new(Config { program: "/no/such".into(), ..Config::drafts() });
    assert!(matches!(
        check(&modules(&[POLICY]), "", &Namespaces::default(), &drafts).await,
        Err(Failure::Crash(_))
    ));
}
