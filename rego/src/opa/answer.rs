//! What `opa` answers when it refuses: JSON on one of its streams, or a sentence.

use serde::Deserialize;

use super::run::Run;
use crate::report::{Check, Fault};

#[derive(Deserialize)]
struct Refusal {
    errors: Vec<Error>,
}

#[derive(Deserialize)]
pub(super) struct Error {
    #[serde(default)]
    code: String,
    message: String,
    location: Option<Location>,
}

#[derive(Deserialize)]
pub(super) struct Location {
    #[serde(default)]
    pub(super) file: String,
    #[serde(default)]
    pub(super) row: u32,
}

impl Error {
    /// A rule that contradicts itself is told with the code that says so.
    pub(super) fn reason(&self) -> String {
        if self.code.is_empty() { self.message.clone() } else { format!("{} ({})", self.message, self.code) }
    }
}

/// The faults that it names, at least one.
pub(super) fn faults(check: Check, run: &Run) -> Vec<Fault> {
    let named = [&run.stderr, &run.stdout].into_iter().find_map(|said| {
        let start = said.iter().position(|byte| *byte == b'{')?;
        serde_json::from_slice::<Refusal>(&said[start..]).ok().filter(|refusal| !refusal.errors.is_empty())
    });
    let mut faults = match named {
        Some(refusal) => refusal.errors.iter().map(|error| fault(check, error)).collect(),
        None => spoken(check, &run.words()),
    };
    // It tells them in another order each time.
    faults.sort();
    faults
}

fn fault(check: Check, error: &Error) -> Fault {
    let (file, line) = match &error.location {
        Some(at) => (at.file.clone(), Some(at.row).filter(|row| *row > 0)),
        None => (String::new(), None),
    };
    Fault { check, file, line, rule: None, reason: error.reason() }
}

/// Errors while loading come as text: `unable to load bundle .: 1 error occurred: s3/s3.rego:1: rego_parse_error: …`.
fn spoken(check: Check, words: &str) -> Vec<Fault> {
    let placed = |line: &str| {
        let (before, after) = line.split_once(".rego:")?;
        let (row, reason) = after.split_once(": ")?;
        let name = before.rsplit(": ").next().unwrap_or(before);
        let line = Some(row.parse().ok()?);
        Some(Fault { check, file: format!("{name}.rego"), line, rule: None, reason: reason.to_owned() })
    };
    let faults: Vec<_> = words.lines().filter_map(placed).collect();
    if !faults.is_empty() {
        return faults;
    }
    let reason = if words.is_empty() { "it refused without a word".to_owned() } else { words.to_owned() };
    vec![Fault { check, file: String::new(), line: None, rule: None, reason }]
}
