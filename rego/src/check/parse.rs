//! Every module by itself through the parser, so that all that do not parse are named and not only the first.

use regorus::Engine;

use super::run::leave_note;
use crate::report::{Check, Fault};
use crate::worker::engine::limited_engine;
use crate::worker::notes::Notes;
use crate::worker::{Limits, Module, guard, syntax};

/// Reads each module; those that do not parse are named instead.
pub(super) fn parse(modules: &[Module], limits: &Limits) -> (Vec<syntax::Module>, Vec<Fault>) {
    let mut engine = limited_engine(limits, &Notes::default());
    let (mut read, mut faults) = (Vec::new(), Vec::new());
    for module in modules {
        match take_in(&mut engine, module) {
            Ok(module) => read.push(module),
            Err(fault) => faults.push(fault),
        }
    }
    (read, faults)
}

fn take_in(engine: &mut Engine, module: &Module) -> Result<syntax::Module, Fault> {
    leave_note(&Fault { file: module.path.clone(), ..located(Check::Parse, "", "") });
    if let Some(line) = guard::too_deep(&module.text) {
        let reason = format!("brackets are nested deeper than {}; give the inner ones a name", guard::DEPTH);
        let file = module.path.clone();
        return Err(Fault { check: Check::Parse, file, line: Some(line), rule: None, reason });
    }
    let added = engine.add_policy(module.path.clone(), module.text.clone());
    added.map_err(|error| located(Check::Parse, &module.path, &error.to_string()))?;
    Ok(syntax::last(engine).expect("it was just taken in"))
}

/// A fault out of the engine's words for an error, which name the place in a form of their own:
/// `--> file:line:column`, the line with a mark under it, `error: reason`.
pub(super) fn located(check: Check, file: &str, words: &str) -> Fault {
    let place = words.lines().find_map(|line| line.trim_start().strip_prefix("--> "));
    let mut place = place.unwrap_or_default().rsplitn(3, ':');
    let line = place.nth(1).and_then(|line| line.parse().ok());
    let file = place.next().unwrap_or(file).to_owned();
    let reason = words.split_once("\nerror: ").map_or(words, |(_, reason)| reason);
    Fault { check, file, line, rule: None, reason: reason.trim().to_owned() }
}
