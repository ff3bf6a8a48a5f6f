//! How a check says what it found.

use crate::report::{Check, Fault, Outcome};
use crate::worker::syntax::{Module, Rule};

pub(super) fn fault(
    check: Check,
    module: &Module,
    line: u32,
    rule: Option<&Rule>,
    reason: impl Into<String>,
) -> Fault {
    Fault {
        check,
        file: module.file.clone(),
        line: Some(line),
        rule: rule.map(Rule::name),
        reason: reason.into(),
    }
}

/// What came of a check that was run: its faults in order, or what was looked at.
pub(super) fn outcome(check: Check, mut faults: Vec<Fault>, evidence: impl Into<String>) -> Outcome {
    faults.sort();
    faults.dedup();
    if faults.is_empty() {
        Outcome::Passed { check, evidence: evidence.into() }
    } else {
        Outcome::Failed { check, faults }
    }
}

/// "1 module", "7 modules".
pub(super) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

pub(super) fn not_run(check: Check, reason: &str) -> Outcome {
    Outcome::NotRun { check, reason: reason.to_owned() }
}
