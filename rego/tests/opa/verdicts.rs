//! What `opa` says of a folder, in our words.

use std::path::{Path, PathBuf};

use rego::opa::{Opa, PINNED, check_strict, parity, test};
use rego::report::{Check, Ending, Outcome};

use crate::{folder, opa};

const POLICY: &str = "package aegis.provisioning.s3

deny contains \"x\" if input.x == data.limits.x

other if input.y
";

const TESTS: &str = "package aegis.provisioning.s3_test

test_denies if {
	print(\"seen\")
	count(data.aegis.provisioning.s3.deny) == 1 with input as {\"x\": 1}
}
";

fn good() -> rego::folder::Folder {
    folder(&[("s3/s3.rego", POLICY), ("s3/s3_test.rego", TESTS), ("limits/data.json", "{\"x\": 1}")])
}

#[tokio::test]
async fn the_pinned_release_is_the_one_here() {
    assert_eq!(opa().version().await.unwrap(), PINNED);
}

#[tokio::test]
async fn a_good_folder_passes_with_what_was_looked_at() {
    let opa = opa();
    let passed = |check, evidence: &str| Outcome::Passed { check, evidence: evidence.into() };
    assert_eq!(check_strict(Some(&opa), &good()).await, passed(Check::OpaCheck, "2 modules, OPA 1.22.2"));
    let tested = test(Some(&opa), &good()).await;
    assert_eq!(tested.outcome, passed(Check::OpaTest, "1 tests, OPA 1.22.2"));
    let run = &tested.runs[0];
    assert_eq!((run.package.as_str(), run.name.as_str()), ("aegis.provisioning.s3_test", "test_denies"));
    assert_eq!((run.file.as_str(), run.line, run.ending), ("s3/s3_test.rego", 3, Ending::Passed));
    assert_eq!(run.output, "seen\n");
    assert!(run.micros > 0);
    let [file] = &tested.coverage[..] else { panic!("test files are left out: {:?}", tested.coverage) };
    assert_eq!(
        (file.file.as_str(), &file.covered[..], &file.not_covered[..]),
        ("s3/s3.rego", &[3][..], &[5][..])
    );
    assert_eq!(parity(&tested.runs, &tested.runs).faults(), []);
}

#[tokio::test]
async fn every_fault_is_named_with_file_and_line() {
    let bad = "package aegis.provisioning.s3\n\nimport data.foo\n\nf(x) := 1\n\nallow if nope(1)\n";
    let outcome = check_strict(Some(&opa()), &folder(&[("s3/bad.rego", bad)])).await;
    let said: Vec<_> =
        outcome.faults().iter().map(|f| (f.file.as_str(), f.line, f.reason.as_str())).collect();
    assert_eq!(
        said,
        [
            ("s3/bad.rego", Some(3), "import data.foo unused (rego_compile_error)"),
            (
                "s3/bad.rego",
                Some(5),
                "unused argument x. (hint: use _ (wildcard variable) instead) (rego_compile_error)"
            ),
            ("s3/bad.rego", Some(7), "undefined function nope (rego_type_error)"),
        ]
    );
    let unparsed = folder(&[("s3/bad.rego", "package a b")]);
    for outcome in [check_strict(Some(&opa()), &unparsed).await, test(Some(&opa()), &unparsed).await.outcome]
    {
        let [fault] = outcome.faults() else { panic!("{outcome:?}") };
        assert_eq!((fault.file.as_str(), fault.line), ("s3/bad.rego", Some(1)));
        assert!(fault.reason.contains("var cannot be used for rule name"), "{}", fault.reason);
    }
}

#[tokio::test]
async fn data_over_a_rule_is_refused_as_a_bundle_would_be() {
    let clash = folder(&[("a.rego", "package a\n\nr := 1\n"), ("a/data.json", "{\"r\": 2}")]);
    let outcome = check_strict(Some(&opa()), &clash).await;
    assert!(outcome.faults().iter().any(|fault| fault.reason.contains("conflict")), "{outcome:?}");
}

#[tokio::test]
async fn each_test_has_its_own_ending() {
    let tests = "package a_test

test_passes if true

test_fails if 1 == 2

todo_test_later if false

test_errs if f(1) == 1

f(x) := 1 if x == 1

f(x) := 2 if x > 0
";
    let tested = test(Some(&opa()), &folder(&[("a_test.rego", tests)])).await;
    let endings: Vec<_> = tested.runs.iter().map(|run| (run.name.as_str(), run.ending)).collect();
    assert_eq!(
        endings,
        [
            ("test_errs", Ending::Error),
            ("test_fails", Ending::Failed),
            ("test_passes", Ending::Passed),
            ("todo_test_later", Ending::Skipped),
        ]
    );
    let rules: Vec<_> =
        tested.outcome.faults().iter().map(|fault| (fault.rule.as_deref(), fault.line)).collect();
    assert_eq!(rules, [(Some("a_test.test_errs"), Some(9)), (Some("a_test.test_fails"), Some(5))]);
    assert!(tested.outcome.faults()[0].reason.contains("conflict"), "{:?}", tested.outcome);
}

#[tokio::test]
async fn a_folder_without_tests_passes_none() {
    let tested = test(Some(&opa()), &folder(&[("a.rego", "package a\n")])).await;
    assert_eq!(
        tested.outcome,
        Outcome::Passed { check: Check::OpaTest, evidence: "0 tests, OPA 1.22.2".into() }
    );
}

#[tokio::test]
async fn without_opa_nothing_was_run() {
    for outcome in [check_strict(None, &good()).await, test(None, &good()).await.outcome] {
        assert!(
            matches!(&outcome, Outcome::NotRun { reason, .. } if reason.contains("OPA_BIN")),
            "{outcome:?}"
        );
    }
    let other = Opa::at(PathBuf::from("/bin/true")).unwrap();
    let outcome = check_strict(Some(&other), &good()).await;
    assert!(matches!(&outcome, Outcome::NotRun { reason, .. } if reason.contains("no opa")), "{outcome:?}");
    assert!(Opa::at(Path::new("/nowhere/opa").to_owned()).is_none());
}

#[tokio::test]
async fn what_is_no_bundle_is_not_inspected() {
    assert!(opa().inspect(b"nothing").await.is_err());
}
