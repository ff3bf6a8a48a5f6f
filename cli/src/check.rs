//! `aegis check`: what the portal will check, before it is pushed.

use anyhow::Context;
use rego::check::fixtures;
use rego::opa::{self, Opa};
use rego::report::{Outcome, Report};
use serde_json::json;

use crate::judge::{Folder, drafts, report};
use crate::said::{Said, line};

pub(crate) async fn run(folder: &Folder) -> anyhow::Result<Said> {
    let folder = match folder.read()? {
        Ok(folder) => folder,
        Err(faults) => return Ok(Said::faults(&faults)),
    };
    let mut report = report(&folder).await?;
    fixtures(&folder, &drafts(), &mut report).await.context("the fixtures could not be decided")?;
    // What does not hold here tells OPA nothing new, and costs it seconds.
    if report.passed() {
        let opa = Opa::find(opa::place_in_cache().as_deref());
        opa::second_opinion(opa.as_ref(), &folder, &mut report).await;
    }
    Ok(Said { wrong: !report.passed(), text: text(&report), json: json!(report) })
}

fn text(report: &Report) -> String {
    let mut text: String = report.outcomes.iter().map(outcome).collect();
    text.extend(report.faults().map(line));
    text
}

fn outcome(outcome: &Outcome) -> String {
    let (word, said) = match outcome {
        Outcome::Passed { evidence, .. } => ("passed", evidence.clone()),
        Outcome::Failed { faults, .. } => ("failed", format!("{} faults", faults.len())),
        Outcome::NotRun { reason, .. } => ("not run", reason.clone()),
    };
    format!("{word:8} {:10} {said}\n", outcome.check().to_string())
}
