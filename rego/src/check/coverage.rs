//! Which bodies of rules succeed at least once in the tests, by a call written into the end of each.
//!
//! The engine's own figures count what was evaluated, true or not, and rules that OPA would not have touched.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use regorus::Value;

use super::edit::Edit;
use super::fault::fault;
use super::run::Suite;
use crate::folder::is_test;
use crate::report::{Check, Coverage, Fault, FileCoverage};
use crate::worker::engine::warm_up;
use crate::worker::syntax::{At, Body, Module, Rule};

/// What is written in: a function that notes its argument.
const NOTES: &str = "__cov";

/// A body of a rule, or a rule without one; its number is its place in the list.
struct Place<'a> {
    module: &'a Module,
    rule: &'a Rule,
    line: u32,
    /// Bytes from the start of the head or `else` to the end of the body.
    start: usize,
    end: usize,
}

/// Runs the tests on instrumented modules. What they come to does not matter here.
pub(super) fn measure(suite: &Suite<'_>) -> anyhow::Result<(Coverage, Vec<Fault>)> {
    let mut places = Vec::new();
    let edits = suite.modules.iter().map(|module| instrument(module, &mut places)).collect();
    let reached = Arc::new(Mutex::new(BTreeSet::new()));
    let mut engine = suite.engine(edits)?;
    let noted = Arc::clone(&reached);
    let note = move |arguments: Vec<Value>| {
        let id = arguments.first().and_then(|id| id.as_u64().ok());
        noted.lock().expect("nothing panics while it holds this lock").extend(id);
        Ok(Value::Bool(true))
    };
    engine.add_extension(NOTES.into(), 1, Box::new(note))?;
    warm_up(&mut engine)?;
    for test in suite.tests().iter().filter(|test| !suite.is_left_out(test)) {
        test.note(Check::Coverage);
        // How it ends was told by the run without instruments.
        _ = engine.eval_rule(test.query());
    }
    _ = engine.take_prints();
    let reached = reached.lock().expect("nothing panics while it holds this lock").clone();
    let is_covered = |id: usize| reached.contains(&(id as u64));
    Ok((coverage(suite.modules, &places, is_covered), not_covered(&places, is_covered)))
}

fn not_covered(places: &[Place<'_>], is_covered: impl Fn(usize) -> bool) -> Vec<Fault> {
    let missed = places.iter().enumerate().filter(|(id, _)| !is_covered(*id));
    missed
        .map(|(_, place)| {
            let reason = "no test makes this body succeed; add one, or remove what nobody needs";
            fault(Check::Coverage, place.module, place.line, Some(place.rule), reason)
        })
        .collect()
}

fn coverage(modules: &[Module], places: &[Place<'_>], is_covered: impl Fn(usize) -> bool) -> Coverage {
    let mut files = BTreeMap::<&str, [BTreeSet<u32>; 3]>::new();
    for module in modules.iter().filter(|module| !is_test(&module.file)) {
        files.insert(&module.file, Default::default());
    }
    for (id, place) in places.iter().enumerate() {
        let [covered, missed, rules] = files.entry(&place.module.file).or_default();
        if is_covered(id) {
            covered.extend(place.lines());
        } else {
            missed.extend(place.lines());
            rules.insert(place.line);
        }
    }
    let file = |(file, [covered, missed, rules]): (&str, [BTreeSet<u32>; 3])| FileCoverage {
        file: file.into(),
        not_covered: missed.difference(&covered).copied().collect(),
        covered: covered.into_iter().collect(),
        rules_not_covered: rules.into_iter().collect(),
    };
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Coverage {
        rules: number(places.len()),
        rules_covered: number((0..places.len()).filter(|id| is_covered(*id)).count()),
        files: files.into_iter().map(file).collect(),
        approximate: true,
    }
}

impl Place<'_> {
    /// The lines that say something.
    fn lines(&self) -> impl Iterator<Item = u32> {
        let text = self.module.text.get(self.start..self.end).unwrap_or_default();
        let says = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
        text.lines().zip(self.line..).filter(move |(line, _)| says(line)).map(|(_, number)| number)
    }
}

fn instrument<'a>(module: &'a Module, places: &mut Vec<Place<'a>>) -> Vec<Edit> {
    let mut edits = Vec::new();
    if is_test(&module.file) {
        return edits;
    }
    for rule in module.rules.iter().filter(|rule| !rule.default) {
        let mut place = |line, start, end| {
            places.push(Place { module, rule, line, start, end });
            places.len() - 1
        };
        if rule.bodies.is_empty() {
            let id = place(rule.at.line, rule.at.start, rule.at.end);
            edits.push(insert(after(&module.text, rule.at), format!(" if {{ {NOTES}({id}) }}")));
        }
        for (n, body) in rule.bodies.iter().enumerate() {
            let head = if n == 0 { rule.at } else { body.at };
            edits.extend(written_in(&module.text, body, place(head.line, head.start, body.at.end)));
        }
    }
    edits
}

/// Writes the call into the end of a body, which may be in braces, a single statement, or none.
fn written_in(text: &str, body: &Body, id: usize) -> Vec<Edit> {
    let (Some(first), Some(last)) = (body.query.statements.first(), body.query.statements.last()) else {
        return vec![insert(after(text, body.at), format!(" if {{ {NOTES}({id}) }}"))];
    };
    if first.at.start > body.query.at.start {
        return vec![insert(body.query.at.end - 1, format!("\n{NOTES}({id}) "))];
    }
    vec![insert(first.at.start, "{ ".into()), insert(after(text, last.at), format!("\n{NOTES}({id}) }}"))]
}

fn insert(start: usize, text: String) -> Edit {
    Edit { start, length: 0, text }
}

/// The end of what stands there; what ends in a text literal is told to end before its closing quote.
fn after(text: &str, at: At) -> usize {
    at.end + usize::from(matches!(text.as_bytes().get(at.end), Some(b'"' | b'`')))
}
