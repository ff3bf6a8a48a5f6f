//! Whether the two engines agree on every test.

use std::collections::BTreeMap;

use crate::report::{Check, Ending, Fault, Outcome, TestRun};

/// Compares verdicts test by test. A test that only one engine knows of is a difference too; one that only OPA can
/// run is none, and is counted apart.
pub fn parity(ours: &[TestRun], opas: &[TestRun]) -> Outcome {
    let check = Check::Parity;
    let mut theirs: BTreeMap<_, _> = opas.iter().map(|run| ((&run.package, &run.name), run)).collect();
    let mut faults = Vec::new();
    for run in ours {
        match theirs.remove(&(&run.package, &run.name)) {
            Some(_) if run.is_only_opas() => {}
            Some(other) if agree(run.ending, other.ending) => {}
            Some(other) => {
                faults.push(fault(run, format!("{} embedded, {} in OPA", run.ending, other.ending)))
            }
            None => faults.push(fault(run, "OPA does not know this test".to_owned())),
        }
    }
    faults.extend(theirs.into_values().map(|run| fault(run, "only OPA knows this test".to_owned())));
    if faults.is_empty() {
        let apart = ours.iter().filter(|run| run.is_only_opas()).count();
        let rest = if apart == 0 { String::new() } else { format!("; {apart} more that only OPA can run") };
        Outcome::Passed { check, evidence: format!("{} tests, the same verdicts{rest}", ours.len() - apart) }
    } else {
        Outcome::Failed { check, faults }
    }
}

/// Whether a test that cannot pass fails or is an error is a matter of words: engines notice a fault at other times.
fn agree(ours: Ending, opas: Ending) -> bool {
    let bad = |ending| matches!(ending, Ending::Failed | Ending::Error);
    ours == opas || bad(ours) && bad(opas)
}

fn fault(run: &TestRun, reason: String) -> Fault {
    let rule = Some(format!("{}.{}", run.package, run.name));
    Fault { check: Check::Parity, file: run.file.clone(), line: Some(run.line), rule, reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::ONLY_OPA;

    fn run(name: &str, ending: Ending) -> TestRun {
        let (package, file) = ("a_test".to_owned(), "a_test.rego".to_owned());
        TestRun { package, name: name.to_owned(), file, line: 3, ending, output: String::new(), micros: 1 }
    }

    #[test]
    fn the_same_verdicts_pass() {
        let ours = [run("a", Ending::Passed), run("b", Ending::Failed), run("c", Ending::Skipped)];
        let opas = [run("c", Ending::Skipped), run("b", Ending::Error), run("a", Ending::Passed)];
        assert_eq!(parity(&ours, &opas).faults(), []);
    }

    #[test]
    fn a_test_that_only_opa_can_run_is_no_difference_and_is_told_apart() {
        let beyond = TestRun { output: format!("{ONLY_OPA}it has no x"), ..run("a", Ending::Skipped) };
        let ours = [beyond, run("b", Ending::Passed)];
        let outcome = parity(&ours, &[run("a", Ending::Failed), run("b", Ending::Passed)]);
        let evidence = "1 tests, the same verdicts; 1 more that only OPA can run".to_owned();
        assert_eq!(outcome, Outcome::Passed { check: Check::Parity, evidence });
        // Skipped for another reason is one.
        assert_eq!(parity(&[run("a", Ending::Skipped)], &[run("a", Ending::Passed)]).faults().len(), 1);
    }

    #[test]
    fn any_difference_is_named() {
        let ours = [run("a", Ending::Passed), run("b", Ending::Passed)];
        let opas = [run("a", Ending::Failed), run("c", Ending::Passed)];
        let outcome = parity(&ours, &opas);
        let said: Vec<_> =
            outcome.faults().iter().map(|f| (f.rule.as_deref(), f.line, f.reason.as_str())).collect();
        assert_eq!(
            said,
            [
                (Some("a_test.a"), Some(3), "passed embedded, failed in OPA"),
                (Some("a_test.b"), Some(3), "OPA does not know this test"),
                (Some("a_test.c"), Some(3), "only OPA knows this test"),
            ]
        );
    }
}
