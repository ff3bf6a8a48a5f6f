//! `opa test`: the verdict on each test, and which lines the tests reached.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::run::{Run, RunError};
use super::{Opa, answer, missing, named};
use crate::folder::{Folder, is_test};
use crate::report::{Check, Ending, Fault, FileCoverage, Outcome, TestRun};

/// What came of `opa test`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    pub outcome: Outcome,
    /// By package and name. Times are wall time in `opa`.
    pub runs: Vec<TestRun>,
    /// `opa test --coverage`, test files left out; empty where a test did not pass, since `opa` then measures nothing.
    pub coverage: Vec<FileCoverage>,
}

/// One test may take this long; OPA's own default is 5 s, too short for a machine with other work.
const TIMEOUT: &str = "--timeout=30s";

/// Runs the tests of a folder, twice: `opa` tells verdicts or coverage, never both.
pub async fn test(opa: Option<&Opa>, folder: &Folder) -> Tested {
    let check = Check::OpaTest;
    let alone = |outcome| Tested { outcome, runs: Vec::new(), coverage: Vec::new() };
    let Some(opa) = opa else { return alone(missing(check)) };
    let runs = match verdicts(opa, folder).await {
        Ok(Ok(runs)) => runs,
        Ok(Err(faults)) => return alone(Outcome::Failed { check, faults }),
        Err(e) => return alone(e.outcome(check)),
    };
    let faults: Vec<_> = runs.iter().filter_map(fault).collect();
    if !faults.is_empty() {
        return Tested { outcome: Outcome::Failed { check, faults }, runs, coverage: Vec::new() };
    }
    match coverage(opa, folder).await {
        Ok(coverage) => {
            let evidence = format!("{} tests, {}", runs.len(), named(opa).await);
            Tested { outcome: Outcome::Passed { check, evidence }, runs, coverage }
        }
        Err(e) => Tested { outcome: e.outcome(check), runs, coverage: Vec::new() },
    }
}

/// One element of the array that `opa test --format json` prints.
#[derive(Deserialize)]
struct Case {
    location: answer::Location,
    package: String,
    name: String,
    #[serde(default)]
    fail: bool,
    #[serde(default)]
    skip: bool,
    error: Option<answer::Error>,
    /// Nanoseconds.
    #[serde(default)]
    duration: u64,
    /// What `print` wrote, in base64.
    #[serde(default)]
    output: String,
}

/// What `opa test --coverage` prints.
#[derive(Deserialize)]
struct Covered {
    #[serde(default)]
    files: BTreeMap<String, Ranges>,
}

#[derive(Deserialize)]
struct Ranges {
    #[serde(default)]
    covered: Vec<Range>,
    #[serde(default)]
    not_covered: Vec<Range>,
}

#[derive(Deserialize)]
struct Range {
    start: answer::Location,
    end: answer::Location,
}

async fn verdicts(opa: &Opa, folder: &Folder) -> Result<Result<Vec<TestRun>, Vec<Fault>>, RunError> {
    let ran = opa.run_on(folder, &["test", TIMEOUT]).await?;
    // 0: all passed; 2: some did not; 1: it could not load them.
    if !matches!(ran.status.code(), Some(0 | 2)) {
        return Ok(Err(answer::faults(Check::OpaTest, &ran)));
    }
    // A folder without tests is `null` or an empty list.
    let cases: Option<Vec<Case>> = read(&ran)?;
    let mut runs: Vec<_> = cases.unwrap_or_default().into_iter().map(Case::run).collect();
    runs.sort_by(|a, b| (&a.package, &a.name).cmp(&(&b.package, &b.name)));
    Ok(Ok(runs))
}

async fn coverage(opa: &Opa, folder: &Folder) -> Result<Vec<FileCoverage>, RunError> {
    let ran = opa.run_on(folder, &["test", TIMEOUT, "--coverage"]).await?;
    if !ran.status.success() {
        return Err(RunError::Died(ran.words()));
    }
    let covered: Covered = read(&ran)?;
    let policies = covered.files.into_iter().filter(|(file, _)| !is_test(file));
    Ok(policies.map(|(file, ranges)| ranges.lines_of(file)).collect())
}

/// An answer that is no JSON is that of a program that died in the middle of it.
fn read<T: serde::de::DeserializeOwned>(ran: &Run) -> Result<T, RunError> {
    serde_json::from_slice(&ran.stdout).map_err(|_| RunError::Died(ran.words()))
}

impl Case {
    fn run(self) -> TestRun {
        let ending = match (&self.error, self.fail, self.skip) {
            (Some(_), ..) => Ending::Error,
            (None, true, _) => Ending::Failed,
            (None, false, true) => Ending::Skipped,
            (None, false, false) => Ending::Passed,
        };
        let printed = STANDARD.decode(&self.output).unwrap_or_default();
        let said = self.error.map(|error| error.reason());
        TestRun {
            package: self.package.strip_prefix("data.").unwrap_or(&self.package).to_owned(),
            name: self.name,
            file: self.location.file,
            line: self.location.row,
            ending,
            output: said.unwrap_or_else(|| String::from_utf8_lossy(&printed).into_owned()),
            micros: self.duration / 1000,
        }
    }
}

impl Ranges {
    /// A line that is both is not covered: some expression on it was never reached.
    fn lines_of(&self, file: String) -> FileCoverage {
        let not_covered = rows(&self.not_covered);
        let covered =
            rows(&self.covered).into_iter().filter(|row| not_covered.binary_search(row).is_err()).collect();
        FileCoverage { file, covered, not_covered, rules_not_covered: Vec::new() }
    }
}

fn rows(ranges: &[Range]) -> Vec<u32> {
    let mut rows: Vec<u32> = ranges.iter().flat_map(|range| range.start.row..=range.end.row).collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}

fn fault(run: &TestRun) -> Option<Fault> {
    let reason = match run.ending {
        Ending::Passed | Ending::Skipped => return None,
        Ending::Failed => "the test failed".to_owned(),
        Ending::Error => run.output.clone(),
    };
    let rule = Some(format!("{}.{}", run.package, run.name));
    Some(Fault { check: Check::OpaTest, file: run.file.clone(), line: Some(run.line), rule, reason })
}
