//! What comes of running the tests: their verdicts, what only strict errors show, what they cover.

use super::coverage;
use super::fault::{count, not_run, outcome};
use super::job::Draft;
use super::parse::located;
use super::run::{Suite, Tried};
use crate::report::{Check, Coverage, Ending, Fault, Outcome, TestRun};
use crate::worker::Limits;
use crate::worker::syntax::Module;

#[derive(Default)]
pub(super) struct Tested {
    pub(super) outcomes: Vec<Outcome>,
    pub(super) tests: Vec<TestRun>,
    pub(super) coverage: Coverage,
    /// What the engine has against the modules when it looks at all of them together.
    pub(super) unsound: Option<Fault>,
}

/// Nothing can be said of modules that fail these.
const NEEDED: [Check; 4] = [Check::Parse, Check::Conflict, Check::Recursion, Check::Data];

pub(super) fn test(draft: &Draft, limits: &Limits, modules: &[Module], so_far: &[Outcome]) -> Tested {
    if let Some(reason) = blocked(so_far) {
        return Tested { outcomes: none_run(&reason), ..Tested::default() };
    }
    let suite =
        Suite { modules, data: &draft.data, limits, guilty: &draft.guilty, only_guilty: !draft.run_tests };
    if suite.tests().is_empty() {
        return Tested { outcomes: none_run("there are no tests"), ..Tested::default() };
    }
    let tried = match suite.run() {
        Ok(tried) => tried,
        Err(error) => {
            let unsound = Some(located(Check::Parse, "", &error.to_string()));
            return Tested {
                outcomes: none_run("the engine does not take the modules"),
                unsound,
                ..Tested::default()
            };
        }
    };
    let (coverage, covered) = cover(&suite, &tried);
    let outcomes = vec![verdicts(&tried), strict(&tried), covered];
    Tested { outcomes, tests: tried.into_iter().map(|tried| tried.run).collect(), coverage, unsound: None }
}

/// Why nothing can be run, where it cannot.
pub(super) fn blocked(so_far: &[Outcome]) -> Option<String> {
    let passed = |outcome: &&Outcome| matches!(outcome, Outcome::Passed { .. });
    let blocked =
        so_far.iter().filter(|outcome| NEEDED.contains(&outcome.check())).find(|one| !passed(one))?;
    Some(format!("the check “{}” did not pass", blocked.check().title()))
}

fn none_run(reason: &str) -> Vec<Outcome> {
    [Check::Tests, Check::Strict, Check::Coverage].map(|check| not_run(check, reason)).into()
}

fn verdicts(tried: &[Tried]) -> Outcome {
    let bad = |run: &&TestRun| matches!(run.ending, Ending::Failed | Ending::Error);
    let faults: Vec<_> = tried.iter().map(|tried| &tried.run).filter(bad).map(verdict).collect();
    match only_opa(tried) {
        Some(reason) if faults.is_empty() => not_run(Check::Tests, &reason),
        _ => outcome(Check::Tests, faults, count(tried.len(), "test")),
    }
}

fn verdict(run: &TestRun) -> Fault {
    let what = match (run.ending, run.output.is_empty()) {
        (Ending::Error, _) => format!("the test ends in an error: {}", run.output),
        (_, true) => {
            "the test is not true; see what it expects and what the policy says to its input".to_owned()
        }
        (_, false) => format!("the test is not true; it says: {}", run.output),
    };
    Fault {
        check: Check::Tests,
        file: run.file.clone(),
        line: Some(run.line),
        rule: Some(format!("{}.{}", run.package, run.name)),
        reason: what,
    }
}

fn strict(tried: &[Tried]) -> Outcome {
    let faults: Vec<_> = tried.iter().filter_map(|tried| tried.strict.clone()).collect();
    match only_opa(tried) {
        Some(reason) if faults.is_empty() => not_run(Check::Strict, &reason),
        _ => outcome(Check::Strict, faults, count(tried.len(), "test")),
    }
}

fn cover(suite: &Suite<'_>, tried: &[Tried]) -> (Coverage, Outcome) {
    match coverage::measure(suite) {
        Ok((coverage, missed)) => {
            let outcome = match only_opa(tried) {
                // What those tests would cover is not known here.
                Some(reason) => not_run(Check::Coverage, &reason),
                None => outcome(
                    Check::Coverage,
                    missed,
                    format!("{} of {} bodies", coverage.rules_covered, coverage.rules),
                ),
            };
            (coverage, outcome)
        }
        Err(error) => {
            (Coverage::default(), not_run(Check::Coverage, &format!("it cannot be measured: {error}")))
        }
    }
}

/// Why the embedded engine cannot speak for all tests, where it cannot.
fn only_opa(tried: &[Tried]) -> Option<String> {
    let beyond: Vec<_> = tried.iter().filter(|tried| tried.run.is_only_opas()).collect();
    let first = beyond.first()?;
    Some(format!(
        "{} of {} need OPA, such as {}.{} ({})",
        beyond.len(),
        count(tried.len(), "test"),
        first.run.package,
        first.run.name,
        first.run.output
    ))
}
