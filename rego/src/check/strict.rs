//! Built-ins that fail without anybody seeing it: the rule around them is undefined, and nothing says why.

use super::parse::located;
use crate::report::Fault;
use crate::worker::syntax::Module;

/// What only a run with strict errors reports, at the rule and line where it is; where the engine names none, at
/// what was run, which is called by `name`.
pub(super) fn fault(modules: &[Module], run: Fault, name: &str, error: &anyhow::Error) -> Fault {
    let found = located(run.check, &run.file, &error.to_string());
    let rule = found.line.and_then(|line| rule_at(modules, &found.file, line));
    let reason =
        format!("a built-in fails unseen in {name}: {}; test its argument before it is called", found.reason);
    match rule {
        Some(rule) => Fault { rule: Some(rule), reason, ..found },
        None => Fault { reason, ..run },
    }
}

/// The name of the rule that a line of a file stands in.
fn rule_at(modules: &[Module], file: &str, line: u32) -> Option<String> {
    let module = modules.iter().find(|module| module.file == file)?;
    module.rules.iter().rev().find(|rule| rule.at.line <= line).map(|rule| rule.name())
}
