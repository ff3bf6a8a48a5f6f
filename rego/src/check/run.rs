//! The tests of a folder, run in the embedded engine.

use std::collections::BTreeSet;
use std::time::Instant;

use regorus::{Engine, LimitError, Value};

use super::edit::{Edit, edited, spelled_out};
use super::job::Guilty;
use super::parse::located;
use super::strict;
use crate::report::{Check, Ending, Fault, ONLY_OPA, TestRun};
use crate::worker::engine::{data, limited_engine, query, warm_up};
use crate::worker::notes::Notes;
use crate::worker::recorder::note;
use crate::worker::syntax::{Module, Rule};
use crate::worker::{Failure, Limits};

/// One `test_` or `todo_test_` rule; its name stands for all its bodies.
pub(super) struct Test<'a> {
    pub(super) module: &'a Module,
    pub(super) rule: &'a Rule,
}

/// Modules and data as the tests see them.
pub(super) struct Suite<'a> {
    pub(super) modules: &'a [Module],
    pub(super) data: &'a str,
    pub(super) limits: &'a Limits,
    /// Tests that have used up a worker's limits in this check already.
    pub(super) guilty: &'a [Guilty],
    /// Whether to tell of those only, and run none.
    pub(super) only_guilty: bool,
}

/// How a test ended, and what only strict errors show.
pub(super) struct Tried {
    pub(super) run: TestRun,
    pub(super) strict: Option<Fault>,
}

impl Test<'_> {
    /// `aegis.ai.pii_test.test_name`.
    pub(super) fn id(&self) -> String {
        format!("{}.{}", self.module.package_name(), self.rule.name())
    }

    fn is_todo(&self) -> bool {
        self.rule.name().starts_with("todo_test_")
    }

    pub(super) fn query(&self) -> String {
        query(self.module.package.iter().chain(&self.rule.path).map(String::as_str))
    }

    fn ended(&self, ending: Ending, output: String, micros: u64) -> TestRun {
        TestRun {
            package: self.module.package_name(),
            name: self.rule.name(),
            file: self.module.file.clone(),
            line: self.rule.at.line,
            ending,
            output,
            micros,
        }
    }

    /// Leaves word of what is run, should it be the last thing this process does.
    pub(super) fn note(&self, check: Check) {
        leave_note(&Fault { rule: Some(self.id()), ..self.at(check) });
    }

    /// A fault of it, without a reason.
    fn at(&self, check: Check) -> Fault {
        let (file, line) = (self.module.file.clone(), Some(self.rule.at.line));
        Fault { check, file, line, rule: Some(self.rule.name()), reason: String::new() }
    }
}

/// Leaves word of what a job is at; it is read only if this process dies there.
pub(super) fn leave_note(at: &Fault) {
    let at = serde_json::to_vec(at).expect("a fault is plain JSON");
    // Without a note, the job's death is told without its place.
    _ = note(&at);
}

impl<'a> Suite<'a> {
    pub(super) fn tests(&self) -> Vec<Test<'a>> {
        let mut seen = BTreeSet::new();
        let all =
            self.modules.iter().flat_map(|module| module.rules.iter().map(move |rule| Test { module, rule }));
        let is_test = |test: &Test<'_>| {
            let name = test.rule.name();
            name.starts_with("test_") || name.starts_with("todo_test_")
        };
        all.filter(is_test).filter(|test| seen.insert(test.id())).collect()
    }

    /// Whether a test is not to be run.
    pub(super) fn is_left_out(&self, test: &Test<'_>) -> bool {
        self.only_guilty || test.is_todo() || self.guilty.iter().any(|guilty| guilty.test == test.id())
    }

    /// An engine with all modules, their references spelled out and the given edits made.
    pub(super) fn engine(&self, more: Vec<Vec<Edit>>) -> anyhow::Result<Engine> {
        let mut engine = limited_engine(self.limits, &Notes::default());
        let mut more = more.into_iter();
        for (module, mut edits) in self.modules.iter().zip(spelled_out(self.modules)) {
            edits.extend(more.next().into_iter().flatten());
            engine.add_policy(module.file.clone(), edited(&module.text, edits))?;
        }
        engine.add_data(data(self.data)?)?;
        Ok(engine)
    }

    /// Runs every test, in the order of the files. With strict errors first: only where that fails does a second
    /// run tell whether the error is one that nobody would see.
    pub(super) fn run(&self) -> anyhow::Result<Vec<Tried>> {
        let mut engine = self.engine(Vec::new())?;
        warm_up(&mut engine)?;
        Ok(self.tests().iter().map(|test| self.try_one(&mut engine, test)).collect())
    }

    fn try_one(&self, engine: &mut Engine, test: &Test<'_>) -> Tried {
        let only = |run| Tried { run, strict: None };
        if test.is_todo() {
            return only(test.ended(Ending::Skipped, String::new(), 0));
        }
        if let Some(guilty) = self.guilty.iter().find(|guilty| guilty.test == test.id()) {
            return only(test.ended(Ending::Error, overrun(&guilty.failure), 0));
        }
        if self.only_guilty {
            return only(test.ended(Ending::Error, "not run: other tests used up their workers".into(), 0));
        }
        test.note(Check::Tests);
        engine.set_strict_builtin_errors(true);
        let (strict, run) = verdict(engine, test);
        engine.set_strict_builtin_errors(false);
        let Err(error) = strict else { return only(run) };
        let (lax, run) = verdict(engine, test);
        // An error that lax evaluation shows as well hides from nobody.
        let strict =
            lax.is_ok().then(|| strict::fault(self.modules, test.at(Check::Strict), &test.id(), &error));
        Tried { run, strict }
    }
}

/// Evaluates a test as the engine is set.
fn verdict(engine: &mut Engine, test: &Test<'_>) -> (anyhow::Result<()>, TestRun) {
    // What an earlier one printed and nobody took.
    _ = engine.take_prints();
    let begun = Instant::now();
    let result = engine.eval_rule(test.query());
    let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    let mut output = engine.take_prints().unwrap_or_default();
    let (outcome, ending) = match result {
        Ok(value) => {
            let failed = failed_cases(&value);
            output.extend(failed.iter().flatten().map(|case| format!("failed: {case}")));
            (
                Ok(()),
                if failed.is_some_and(|cases| cases.is_empty()) { Ending::Passed } else { Ending::Failed },
            )
        }
        Err(error) => {
            let (ending, words) = ending_of(&error);
            output.push(words);
            (Err(error), ending)
        }
    };
    (outcome, test.ended(ending, output.join("\n"), micros))
}

/// What the embedded engine lacks, where an error is of that.
pub(super) fn beyond(error: &anyhow::Error) -> Option<String> {
    let words = error.to_string();
    let (_, name) = words.split_once("could not find function ")?;
    Some(format!("the embedded engine has no {}", name.trim()))
}

fn ending_of(error: &anyhow::Error) -> (Ending, String) {
    let words = error.to_string();
    match beyond(error) {
        Some(why) => (Ending::Skipped, format!("{ONLY_OPA}{why}")),
        None if error.downcast_ref::<LimitError>().is_some() => (Ending::Error, overrun(&Failure::Time)),
        None => {
            let Fault { file, line, reason, .. } = located(Check::Tests, "", &words);
            let place = line.map(|line| format!("{file}:{line}: ")).unwrap_or_default();
            (Ending::Error, place + &reason)
        }
    }
}

fn overrun(failure: &Failure) -> String {
    format!("{failure}; make the test smaller")
}

/// As OPA has it: a test passes when it is true; an object's values are tests of their own, named by their keys.
/// None where the test is neither.
fn failed_cases(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Bool(true) => Some(Vec::new()),
        Value::Object(cases) if !cases.is_empty() => {
            let failed = cases.iter().flat_map(|(key, value)| {
                let name = key.as_string().map_or_else(|_| key.to_string(), |name| name.to_string());
                match failed_cases(value) {
                    Some(inner) => inner.into_iter().map(|case| format!("{name}/{case}")).collect(),
                    None => vec![name],
                }
            });
            Some(failed.collect())
        }
        _ => None,
    }
}
