//! Fixtures beside the policies: cases, each an input and what is to come of it, decided in workers.
//!
//! A case is a folder below `test-fixtures/cases/` with an `input.json`, and a `want.json` where more is wanted than
//! that no built-in fails unseen. What else lies in `test-fixtures/` is for people, and not looked at.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::decide::{Case, Decided};
use super::fault::{count, not_run, outcome};
use super::job::{Cases, Job};
use super::tested::blocked;
use super::{MOST_GUILTY, modules};
use crate::folder::Folder;
use crate::report::{Check, Fault, Outcome, Report};
use crate::worker::{Drafts, Failure, Limits, Overrun};

/// How many cases one worker decides, and the bytes of them; a larger one has a worker to itself.
const MOST: usize = 100;
const HEAVIEST: usize = 4 << 20;

/// More faults than this help nobody.
const MOST_FAULTS: usize = 100;

/// No worker starts on cases later than this.
const LONGEST: Duration = Duration::from_secs(60);

/// Decides the cases of a folder that has been checked, as the embedded engine does and with strict errors, and adds
/// what comes of it to the report.
///
/// # Errors
/// When it cannot be told: no worker starts or is free.
pub async fn fixtures(folder: &Folder, drafts: &Drafts, report: &mut Report) -> Result<(), Failure> {
    let outcome = match blocked(&report.outcomes) {
        Some(reason) => not_run(Check::Fixtures, &reason),
        None => decided(folder, drafts).await?,
    };
    report.outcomes.push(outcome);
    report.outcomes.sort_by_key(Outcome::check);
    Ok(())
}

async fn decided(folder: &Folder, drafts: &Drafts) -> Result<Outcome, Failure> {
    let (due, faults) = gather(folder.fixtures());
    let all = due.len();
    if all == 0 && faults.is_empty() {
        return Ok(not_run(Check::Fixtures, "there are no cases in test-fixtures/cases"));
    }
    let cases = Cases { modules: modules(folder), data: folder.data(), cases: Vec::new() };
    let mut run = Run { cases, due, faults, beyond: Vec::new(), deaths: 0 };
    let begun = Instant::now();
    while !run.is_over(begun.elapsed()) {
        run.go_on(drafts).await?;
    }
    Ok(match run.beyond.first() {
        Some(first) if run.faults.is_empty() => {
            let reason = format!("{} of {} need OPA, such as {first}", run.beyond.len(), count(all, "case"));
            not_run(Check::Fixtures, &reason)
        }
        _ => outcome(Check::Fixtures, run.faults, count(all, "case")),
    })
}

/// All cases of a folder on their way through workers.
struct Run {
    /// Modules, data, and what the next worker decides.
    cases: Cases,
    due: VecDeque<Case>,
    faults: Vec<Fault>,
    /// Cases that only OPA can decide, and why.
    beyond: Vec<String>,
    deaths: usize,
}

impl Run {
    /// Whether there is nothing left to do, or no use in going on; then it says so.
    fn is_over(&mut self, elapsed: Duration) -> bool {
        let Some(next) = self.due.front() else { return true };
        if self.faults.len() > MOST_FAULTS {
            self.faults.truncate(MOST_FAULTS);
            self.faults.push(fault("", "there are more faults than these"));
            return true;
        }
        let is_over = elapsed > LONGEST || self.deaths == MOST_GUILTY;
        if is_over {
            let left = count(self.due.len(), "case");
            let reason = format!("{left} from here on not decided, since the cases take too much");
            self.faults.push(fault(&next.folder, reason));
        }
        is_over
    }

    /// Has a worker decide some of those that are due.
    async fn go_on(&mut self, drafts: &Drafts) -> Result<(), Failure> {
        self.cases.cases = batch(&mut self.due);
        let job = Job::Fixtures(self.cases.clone());
        match drafts.run(&job).await {
            Ok(Decided { faults, beyond }) => {
                self.faults.extend(faults);
                self.beyond.extend(beyond);
                Ok(())
            }
            Err(overrun) => self.died(&overrun),
        }
    }

    /// Names the case that a worker died of, and has the others decided again.
    fn died(&mut self, Overrun { failure, note }: &Overrun) -> Result<(), Failure> {
        if !failure.is_overrun() && !matches!(failure, Failure::TooLarge { .. }) {
            return Err(failure.clone());
        }
        let at: Option<Fault> = serde_json::from_slice(note).ok();
        let is_guilty = |case: &Case| at.as_ref().is_some_and(|at| at.file == case.file());
        let mut cases = std::mem::take(&mut self.cases.cases);
        let reason = match cases.iter().position(is_guilty) {
            Some(guilty) => {
                let others = cases.split_off(guilty + 1).into_iter().chain(cases.drain(..guilty));
                self.due.extend(others.collect::<Vec<_>>());
                format!("{failure} while it was decided; make it smaller")
            }
            None => format!("{failure} by the modules, the data and this together; make them smaller"),
        };
        self.faults.extend(cases.iter().map(|case| fault(&case.folder, reason.clone())));
        self.deaths += 1;
        Ok(())
    }
}

/// The cases among these files, and what is wrong with those that are none.
fn gather<'a>(files: impl Iterator<Item = (&'a str, &'a Bytes)>) -> (VecDeque<Case>, Vec<Fault>) {
    let mut found = BTreeMap::<&str, [Option<&Bytes>; 2]>::new();
    for (name, bytes) in files {
        let place = name.strip_prefix("cases/").and_then(|name| name.rsplit_once('/'));
        let Some((folder, file)) = place else { continue };
        match file {
            "input.json" => found.entry(folder).or_default()[0] = Some(bytes),
            "want.json" => found.entry(folder).or_default()[1] = Some(bytes),
            _ => {}
        }
    }
    let (mut cases, mut faults) = (VecDeque::new(), Vec::new());
    for (folder, [input, want]) in found {
        match case(folder, input, want) {
            Ok(case) => cases.push_back(case),
            Err(reason) => faults.push(fault(folder, reason)),
        }
    }
    (cases, faults)
}

fn case(folder: &str, input: Option<&Bytes>, want: Option<&Bytes>) -> Result<Case, String> {
    let input = input.ok_or("there is a want.json without an input.json")?;
    let most = Limits::default().input;
    if input.len() > most {
        return Err(format!("the input has {} bytes, of which a decision takes {most}", input.len()));
    }
    let text = |bytes: &Bytes| String::from_utf8(bytes.to_vec()).map_err(|_| "it is not UTF-8".to_owned());
    let want = want.map(text).transpose()?.unwrap_or_default();
    Ok(Case { folder: folder.to_owned(), input: text(input)?, want })
}

/// As many of those that are due as one worker decides.
fn batch(due: &mut VecDeque<Case>) -> Vec<Case> {
    let (mut cases, mut size) = (Vec::new(), 0);
    while let Some(case) = due.pop_front() {
        size += case.input.len() + case.want.len();
        if !cases.is_empty() && (size > HEAVIEST || cases.len() == MOST) {
            due.push_front(case);
            break;
        }
        cases.push(case);
    }
    cases
}

fn fault(folder: &str, reason: impl Into<String>) -> Fault {
    let file = format!("test-fixtures/cases/{folder}");
    Fault { check: Check::Fixtures, file, line: None, rule: None, reason: reason.into() }
}
