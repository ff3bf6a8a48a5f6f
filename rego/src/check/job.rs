//! What a worker is asked to do with drafts, and how it does it.

use regorus::Value;
use serde::{Deserialize, Serialize};

use super::decide::{Case, decide};
use super::fault::{count, not_run, outcome};
use super::metadata::Annotations;
use super::namespace::Namespaces;
use super::parse::{located, parse};
use super::tested::test;
use super::{builtins, conflict, negation, package, rules, sprintf};
use crate::report::{Check, Fault, Outcome, Report};
use crate::worker::engine::{failure, loaded, query, value_of};
use crate::worker::notes::Notes;
use crate::worker::{self, Failure, Limits, Release};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Job {
    Check(Draft),
    Evaluate(Question),
    Fixtures(Cases),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Draft {
    pub(super) modules: Vec<worker::Module>,
    /// A JSON object, as text; empty for none.
    pub(super) data: String,
    pub(super) namespaces: Namespaces,
    /// Tests that an earlier worker died of.
    pub(super) guilty: Vec<Guilty>,
    /// Whether to run tests; not when too many workers died of them.
    pub(super) run_tests: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Guilty {
    pub(super) test: String,
    pub(super) failure: Failure,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Question {
    pub(super) release: Release,
    /// `a/b/c` for `data.a.b.c`.
    pub(super) path: String,
    /// JSON; empty for none.
    pub(super) input: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Cases {
    pub(super) modules: Vec<worker::Module>,
    /// A JSON object, as text; empty for none.
    pub(super) data: String,
    pub(super) cases: Vec<Case>,
}

/// What a draft says to an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// JSON; none if undefined.
    pub result: Option<String>,
    /// Lines of `print`, each with its file and line.
    pub prints: Vec<String>,
    /// A built-in that failed unseen: what only an evaluation with strict errors reports.
    pub strict_error: Option<Fault>,
}

/// In a worker: does a whole job, and writes what came of it as JSON.
pub(crate) fn work(payload: &[u8], limits: &Limits, reply: &mut Vec<u8>) -> Result<(), Failure> {
    let job = serde_json::from_slice(payload).map_err(|e| Failure::Crash(e.to_string()))?;
    let written = match job {
        Job::Check(draft) => serde_json::to_writer(reply, &check(&draft, limits)),
        Job::Evaluate(question) => serde_json::to_writer(reply, &evaluate(question, limits)?),
        Job::Fixtures(cases) => serde_json::to_writer(reply, &decide(&cases, limits)?),
    };
    written.map_err(|e| Failure::Crash(e.to_string()))
}

fn evaluate(question: Question, limits: &Limits) -> Result<Evaluation, Failure> {
    let (mut engine, _) = loaded(question.release, limits, &Notes::default())?;
    if !question.input.is_empty() {
        engine.set_input(Value::from_json_str(&question.input).map_err(|e| Failure::Parse(e.to_string()))?);
    }
    let query = query(question.path.split('/'));
    let value = value_of(&mut engine, query.clone()).map_err(failure)?;
    let prints = engine.take_prints().unwrap_or_default();
    engine.set_strict_builtin_errors(true);
    let strict = value_of(&mut engine, query).err();
    let result = (value != Value::Undefined).then(|| serde_json::to_string(&value)).transpose();
    Ok(Evaluation {
        result: result.map_err(|e| Failure::Rego(e.to_string()))?,
        prints,
        strict_error: strict.map(|error| located(Check::Strict, "", &error.to_string())),
    })
}

fn check(draft: &Draft, limits: &Limits) -> Report {
    let (modules, unparsed) = parse(&draft.modules, limits);
    let annotations: Vec<_> = modules.iter().map(|module| Annotations::of(&module.text)).collect();
    let packages = package::packages(&modules, &annotations, &draft.namespaces);
    let evidence = count(modules.len(), "module");
    let metadata =
        modules.iter().zip(&annotations).flat_map(|(module, blocks)| blocks.check(module)).collect();
    let all_parse = unparsed.is_empty();
    let mut outcomes = vec![
        outcome(Check::Parse, unparsed, &evidence),
        outcome(Check::Namespace, draft.namespaces.check(&modules), count(packages.len(), "package")),
        outcome(Check::Metadata, metadata, count(annotations.iter().map(Annotations::len).sum(), "block")),
        outcome(Check::Conflict, conflict::check(&modules, &annotations), &evidence),
        outcome(Check::Sprintf, sprintf::check(&modules, &draft.namespaces), &evidence),
        outcome(Check::Negation, negation::check(&modules), &evidence),
    ];
    if all_parse {
        outcomes.extend(rules::check(&modules, &draft.data));
        outcomes.push(outcome(Check::Builtins, builtins::check(&modules, &draft.namespaces), &evidence));
    } else {
        let reason = "some modules do not parse";
        outcomes.extend([Check::Recursion, Check::Builtins, Check::Data].map(|check| not_run(check, reason)));
    }
    let tested = test(draft, limits, &modules, &outcomes);
    if let Some(unsound) = tested.unsound {
        outcomes.retain(|outcome| outcome.check() != Check::Parse);
        outcomes.push(outcome(Check::Parse, vec![unsound], ""));
    }
    outcomes.extend(tested.outcomes);
    outcomes.sort_by_key(Outcome::check);
    Report { outcomes, packages, tests: tested.tests, coverage: tested.coverage }
}
