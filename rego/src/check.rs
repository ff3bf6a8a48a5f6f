//! What a folder of policies must pass before it becomes a version, as far as the embedded engine can tell.
//!
//! All of it happens in a worker of its own, parsing included: nothing here is trusted. What only OPA's compiler
//! checks (unsafe variables, types, its strict mode) is `opa check`'s, in [`crate::opa`].
//!
//! **Invariant:** every check has an outcome in the report: passed, failed with all its faults, or not run and why.

mod builtins;
mod conflict;
mod coverage;
mod decide;
mod edit;
mod fault;
mod fixture;
mod job;
mod metadata;
mod namespace;
mod negation;
mod package;
mod parse;
mod rules;
mod run;
mod sprintf;
mod strict;
mod tested;

pub use fixture::fixtures;
pub use job::Evaluation;
pub(crate) use job::work;
pub use namespace::{Namespace, Namespaces};

use job::{Draft, Guilty, Job, Question};

use crate::folder::Folder;
use crate::report::{Check, Fault, Outcome, Report};
use crate::worker::{Drafts, Failure, Module, Overrun, Release};

/// What [`check`] looks at, in the order of a report.
const OURS: [Check; 12] = [
    Check::Parse,
    Check::Namespace,
    Check::Metadata,
    Check::Conflict,
    Check::Recursion,
    Check::Builtins,
    Check::Sprintf,
    Check::Negation,
    Check::Data,
    Check::Tests,
    Check::Strict,
    Check::Coverage,
];

/// Tests that may use up a worker before no more are run.
const MOST_GUILTY: usize = 3;

/// Runs all our own checks and the tests among `modules` (those in files `*_test.rego`) with strict errors and
/// coverage. `data` is a JSON object as text, or empty.
///
/// A module or test that uses up its worker's limits is a fault in the report, by its name.
///
/// # Errors
/// When there is no report to give: no worker starts or is free.
pub async fn check(
    modules: &[Module],
    data: &str,
    namespaces: &Namespaces,
    drafts: &Drafts,
) -> Result<Report, Failure> {
    let mut draft = Draft {
        modules: modules.to_vec(),
        data: data.to_owned(),
        namespaces: namespaces.clone(),
        guilty: Vec::new(),
        run_tests: true,
    };
    loop {
        let Overrun { failure, note } = match drafts.run(&Job::Check(draft.clone())).await {
            Ok(report) => return Ok(report),
            Err(overrun) => overrun,
        };
        let at: Option<Fault> = serde_json::from_slice(&note).ok();
        match at.filter(|_| failure.is_overrun()) {
            Some(Fault { check: Check::Tests | Check::Coverage, rule: Some(test), .. })
                if draft.run_tests =>
            {
                draft.guilty.push(Guilty { test, failure });
                draft.run_tests = draft.guilty.len() < MOST_GUILTY;
            }
            Some(at) => return Ok(died(at, &failure)),
            None => match failure {
                Failure::TooLarge { length, limit } => return Ok(too_large(length, limit)),
                failure => return Err(failure),
            },
        }
    }
}

/// Evaluates `path` (`a/b/c` for `data.a.b.c`) on a draft. `release.data` and `input` are JSON as text, or empty.
///
/// # Errors
/// When the draft does not load, the input is no JSON, or evaluation fails or takes more than it may.
pub async fn evaluate(
    release: Release,
    path: &str,
    input: &str,
    drafts: &Drafts,
) -> Result<Evaluation, Failure> {
    let question = Question { release, path: path.to_owned(), input: input.to_owned() };
    drafts.run(&Job::Evaluate(question)).await.map_err(|overrun| overrun.failure)
}

fn modules(folder: &Folder) -> Vec<Module> {
    let module = |(path, text): (&str, &str)| Module { path: path.to_owned(), text: text.to_owned() };
    folder.modules().map(module).collect()
}

/// The report of a worker that died: of what, and nothing else.
fn died(at: Fault, failure: &Failure) -> Report {
    let guilty = at.check;
    let reason = match (failure, guilty) {
        // What ran out is theirs together.
        (Failure::Memory, Check::Parse) => {
            format!("{failure} once it was read, with the modules before it; make them smaller or fewer")
        }
        _ => format!("{failure} while it was looked at; make it smaller or simpler"),
    };
    let mut at = Some(Fault { reason, ..at });
    let outcomes = OURS.into_iter().map(|check| match at.take_if(|_| check == guilty) {
        Some(fault) => Outcome::Failed { check, faults: vec![fault] },
        None => Outcome::NotRun { check, reason: format!("the worker died of the check {guilty}") },
    });
    Report { outcomes: outcomes.collect(), ..Report::default() }
}

/// The report of a folder that is not looked at.
fn too_large(length: usize, limit: usize) -> Report {
    let mib = |bytes: usize| bytes.div_ceil(1 << 20);
    let reason = format!(
        "modules and data come to {} MiB as JSON, of which a check takes {} MiB; what lies in test-fixtures does not count",
        mib(length),
        mib(limit)
    );
    let fault = Fault { check: Check::Folder, file: String::new(), line: None, rule: None, reason };
    let not_run =
        |check| Outcome::NotRun { check, reason: "the folder is too large to be checked".to_owned() };
    let failed = Outcome::Failed { check: Check::Folder, faults: vec![fault] };
    Report { outcomes: [failed].into_iter().chain(OURS.map(not_run)).collect(), ..Report::default() }
}
