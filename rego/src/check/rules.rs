//! How rules hang together: none on itself, and no data over one.

use std::collections::BTreeSet;

use super::fault::{count, fault, outcome};
use super::parse::located;
use super::run::leave_note;
use crate::report::{Check, Fault, Outcome};
use crate::worker::engine::data;
use crate::worker::guard::Rules;
use crate::worker::syntax::{Module, Path};

pub(super) fn check(modules: &[Module], documents: &str) -> Vec<Outcome> {
    let rules = Rules::of(modules);
    let evidence = count(rules.paths().count(), "rule");
    let recursive = rules.recursive().into_iter().cloned().collect::<BTreeSet<_>>();
    let circles = recursive.iter().map(|rule| rule.join(".")).collect::<Vec<_>>().join(", ");
    let reason = |_: &Path| format!("these rules depend on themselves, which never ends: {circles}");
    let mut outcomes =
        vec![outcome(Check::Recursion, blame(modules, Check::Recursion, &recursive, reason), &evidence)];
    leave_note(&located(Check::Data, "", ""));
    outcomes.push(match data(documents) {
        Ok(data) => {
            let overridden = rules.overridden(&data).into_iter().cloned().collect();
            let reason = |rule: &Path| {
                format!(
                    "a data document says something at data.{} too, and would override it",
                    rule.join(".")
                )
            };
            outcome(Check::Data, blame(modules, Check::Data, &overridden, reason), evidence)
        }
        Err(error) => {
            let reason = format!("the data is not usable JSON: {error}");
            let fault = Fault { check: Check::Data, file: String::new(), line: None, rule: None, reason };
            outcome(Check::Data, vec![fault], "")
        }
    });
    outcomes
}

/// A fault for each of the rules, at the first place that defines it.
fn blame(
    modules: &[Module],
    check: Check,
    paths: &BTreeSet<Path>,
    reason: impl Fn(&Path) -> String,
) -> Vec<Fault> {
    let mut left = paths.clone();
    let mut faults = Vec::new();
    for module in modules {
        for rule in &module.rules {
            let path = [&module.package[..], &rule.path].concat();
            if left.remove(&path) {
                faults.push(fault(check, module, rule.at.line, Some(rule), reason(&path)));
            }
        }
    }
    faults
}
