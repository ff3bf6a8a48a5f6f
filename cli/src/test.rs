//! `aegis test`: the tests of a folder, one line each.

use rego::report::{Check, Ending, Fault, Outcome, Report, TestRun};
use serde_json::json;

use crate::judge::{Folder, report};
use crate::said::{Said, line};

pub(crate) async fn run(folder: &Folder) -> anyhow::Result<Said> {
    let folder = match folder.read()? {
        Ok(folder) => folder,
        Err(faults) => return Ok(Said::faults(&faults)),
    };
    let report = report(&folder).await?;
    let faults: Vec<_> = faults(&report).collect();
    let mut text: String = report.tests.iter().map(test).collect();
    text.extend(faults.iter().map(|fault| line(fault)));
    text += &summary(&report.tests);
    let ran = report.outcomes.iter().any(|o| matches!(o, Outcome::Passed { check: Check::Tests, .. }));
    let json = json!({"tests": report.tests, "faults": faults});
    Ok(Said { wrong: !ran || !faults.is_empty(), text, json })
}

/// What keeps tests from running or passing. Other checks are `aegis check`'s business.
fn faults(report: &Report) -> impl Iterator<Item = &Fault> {
    let run = report.outcomes.iter().any(|o| matches!(o, Outcome::NotRun { check: Check::Tests, .. }));
    let counts = move |check| run || matches!(check, Check::Tests | Check::Strict);
    report.faults().filter(move |fault| counts(fault.check))
}

fn test(run: &TestRun) -> String {
    let word = match run.ending {
        Ending::Passed => "PASS",
        Ending::Failed => "FAIL",
        Ending::Skipped => "SKIP",
        Ending::Error => "ERROR",
    };
    let output: String = run.output.lines().map(|line| format!("      {line}\n")).collect();
    let time = run.micros as f64 / 1000.0;
    format!("{word:5} {}.{} ({time:.1} ms)\n{output}", run.package, run.name)
}

fn summary(tests: &[TestRun]) -> String {
    let count = |ending| tests.iter().filter(|run| run.ending == ending).count();
    let (passed, failed) = (count(Ending::Passed), count(Ending::Failed) + count(Ending::Error));
    format!("{} tests, {passed} passed, {failed} failed, {} skipped\n", tests.len(), count(Ending::Skipped))
}
