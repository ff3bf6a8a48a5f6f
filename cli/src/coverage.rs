//! `aegis coverage`: what the tests of a folder never reached.

use rego::opa::{self, Opa};
use rego::report::{Check, Coverage, FileCoverage, Outcome};
use serde_json::json;

use crate::judge::{Folder, report};
use crate::said::{Said, line};

pub(crate) async fn run(folder: &Folder) -> anyhow::Result<Said> {
    let folder = match folder.read()? {
        Ok(folder) => folder,
        Err(faults) => return Ok(Said::faults(&faults)),
    };
    let mut report = report(&folder).await?;
    let covered = report.outcomes.iter().any(|o| matches!(o, Outcome::Passed { check: Check::Coverage, .. }));
    let opa = Opa::find(opa::place_in_cache().as_deref());
    let lines = opa::test(opa.as_ref(), &folder).await.coverage;
    if !lines.is_empty() {
        report.coverage.take_lines_of_opa(lines);
    }
    let mut text = text(&report.coverage);
    let not_run = report.outcomes.iter().any(|o| matches!(o, Outcome::NotRun { check: Check::Coverage, .. }));
    text.extend(report.faults().filter(|fault| not_run || fault.check == Check::Coverage).map(line));
    Ok(Said { wrong: !covered, text, json: json!(report.coverage) })
}

fn text(coverage: &Coverage) -> String {
    let mut text: String = coverage.files.iter().map(file).collect();
    let whose = if coverage.approximate { "ours, approximate" } else { "OPA's" };
    text += &format!("{} of {} rules covered; lines are {whose}\n", coverage.rules_covered, coverage.rules);
    text
}

fn file(file: &FileCoverage) -> String {
    let (covered, missed) = (file.covered.len(), file.not_covered.len());
    let share =
        if covered + missed == 0 { 100.0 } else { covered as f64 * 100.0 / (covered + missed) as f64 };
    let missed =
        if missed == 0 { String::new() } else { format!("  not reached: {}", ranges(&file.not_covered)) };
    format!("{share:5.1} %  {}{missed}\n", file.file)
}

/// `3-5, 9`.
fn ranges(lines: &[u32]) -> String {
    let runs = lines.chunk_by(|a, b| a + 1 == *b).map(|run| match run {
        [line] => line.to_string(),
        [first, .., last] => format!("{first}-{last}"),
        [] => String::new(),
    });
    runs.collect::<Vec<_>>().join(", ")
}
