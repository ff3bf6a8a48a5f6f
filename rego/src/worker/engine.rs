//! In a warm worker: the release that is loaded, and how it answers.

use std::collections::HashMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Instant;

use regorus::utils::limits::{ExecutionTimerConfig, PolicyLengthConfig};
use regorus::{Engine, LimitError, Value};

use super::frame::{STRICT_ERROR, UNDEFINED, VALUE};
use super::notes::Notes;
use super::{Failure, Limits, Module, Release, body, guard, syntax};

/// One in so many evaluations is run again with strict errors, to count the built-ins that fail unseen.
const STRICT_EVERY: u64 = 100;

pub(super) struct Rego {
    engine: Engine,
    /// `a/b/c` as in the URL, and the same rule as regorus names it.
    rules: HashMap<String, String>,
    limits: Limits,
    notes: Notes,
    evaluations: u64,
}

impl Rego {
    pub(super) fn load(release: &[u8], limits: &Limits) -> Result<Self, Failure> {
        let release: Release = serde_json::from_slice(release).map_err(policy)?;
        let notes = Notes::default();
        let (engine, rules) = loaded(release, limits, &notes)?;
        let rules =
            rules.paths().map(|rule| (rule.join("/"), query(rule.iter().map(String::as_str)))).collect();
        Ok(Self { engine, rules, limits: limits.clone(), notes, evaluations: 0 })
    }

    /// `payload` is the path's length (u16), the path, and the request's body as it came.
    pub(super) fn evaluate(
        &mut self,
        payload: &[u8],
        explain: bool,
        reply: &mut Vec<u8>,
    ) -> Result<u8, Failure> {
        let (length, rest) = payload.split_first_chunk().expect("the asking side writes a length first");
        let (path, body) = rest.split_at(u16::from_le_bytes(*length) as usize);
        let path = std::str::from_utf8(path).expect("the asking side's path is text");
        let body = std::str::from_utf8(body).map_err(|e| Failure::Parse(e.to_string()))?;
        let (text, value) = body::input(body)?;
        self.engine.set_input(value);
        _ = self.engine.take_prints();
        let begun = Instant::now();
        if explain {
            self.notes.begin();
        }
        let result = self.result(path);
        let notes = self.notes.end();
        let result = result.map_err(failure)?;
        let kind = if result == Value::Undefined { UNDEFINED } else { VALUE };
        // `text` is a part of `body`, so the difference of their addresses is where it stands.
        let start = (text.as_ptr() as usize).saturating_sub(body.as_ptr() as usize);
        reply.extend((start as u32).to_le_bytes());
        reply.extend(((start + text.len()) as u32).to_le_bytes());
        if explain {
            let notes = serde_json::to_vec(&notes).expect("texts are plain JSON");
            reply.extend((notes.len() as u32).to_le_bytes());
            reply.extend(notes);
        }
        if kind == VALUE {
            serde_json::to_writer(reply, &result).map_err(|e| Failure::Rego(e.to_string()))?;
        }
        self.evaluations += 1;
        // Only where there is time for a second run: the request must not become too long by it.
        let again = self.evaluations.is_multiple_of(STRICT_EVERY) && begun.elapsed() < self.limits.wall / 4;
        Ok(if again && self.fails_when_strict(path) { kind | STRICT_ERROR } else { kind })
    }

    fn fails_when_strict(&mut self, path: &str) -> bool {
        self.engine.set_strict_builtin_errors(true);
        let failed = self.result(path).is_err_and(|error| error.downcast_ref::<LimitError>().is_none());
        self.engine.set_strict_builtin_errors(false);
        failed
    }

    fn result(&mut self, path: &str) -> anyhow::Result<Value> {
        match self.rules.get(path) {
            Some(rule) => self.engine.eval_rule(rule.clone()),
            None => value_of(&mut self.engine, query(path.split('/'))),
        }
    }
}

/// A warm engine that has passed the guards.
pub(crate) fn loaded(
    release: Release,
    limits: &Limits,
    notes: &Notes,
) -> Result<(Engine, guard::Rules), Failure> {
    let mut engine = limited_engine(limits, notes);
    for Module { path, text } in release.modules {
        guard::nesting(&path, &text)?;
        engine.add_policy(path, text).map_err(policy)?;
    }
    let rules = guard::Rules::of(&syntax::modules(&mut engine));
    let recursive = rules.recursive();
    if !recursive.is_empty() {
        return Err(Failure::Recursive(recursive.into_iter().map(|rule| rule.join(".")).collect()));
    }
    let data = data(&release.data).map_err(policy)?;
    if let Some(rule) = rules.overridden(&data).first() {
        return Err(Failure::Overridden(rule.join(".")));
    }
    engine.add_data(data).map_err(policy)?;
    warm_up(&mut engine).map_err(policy)?;
    Ok((engine, rules))
}

/// The first query analyses all modules; from here on the engine is warm.
pub(crate) fn warm_up(engine: &mut Engine) -> anyhow::Result<()> {
    engine.eval_query("true".into(), false).map(drop)
}

/// An engine with our limits and settings, without policies or data.
pub(crate) fn limited_engine(limits: &Limits, notes: &Notes) -> Engine {
    let mut engine = Engine::new();
    notes.listen(&mut engine).expect("a new engine has no extensions yet");
    // As OPA does: a built-in that fails is undefined.
    engine.set_strict_builtin_errors(false);
    // Printed lines would fill the flight recorder.
    engine.set_gather_prints(true);
    engine.set_execution_timer_config(ExecutionTimerConfig {
        limit: limits.wall,
        check_interval: NonZeroU32::new(64).expect("64 is not 0"),
    });
    engine.set_policy_length_config(PolicyLengthConfig {
        // The default of 1,024 columns refuses honest test data.
        max_col: NonZeroU32::new(64 << 10).expect("it is not 0"),
        // Files of 1 MiB are let in, and grow by what coverage writes into them.
        max_file_bytes: NonZeroUsize::new(4 << 20).expect("it is not 0"),
        ..PolicyLengthConfig::default()
    });
    engine
}

/// The value of the first expression of a query, undefined when it has no solution.
pub(crate) fn value_of(engine: &mut Engine, query: String) -> anyhow::Result<Value> {
    let rows = engine.eval_query(query, false)?.result;
    let first = rows.into_iter().next().and_then(|row| row.expressions.into_iter().next());
    Ok(first.map_or(Value::Undefined, |expression| expression.value))
}

/// A JSON object, as text; empty text stands for an empty one.
pub(crate) fn data(text: &str) -> anyhow::Result<Value> {
    if text.is_empty() { Ok(Value::new_object()) } else { Value::from_json_str(text) }
}

pub(crate) fn failure(error: anyhow::Error) -> Failure {
    match error.downcast_ref() {
        Some(LimitError::TimeLimitExceeded { .. }) => Failure::Time,
        Some(LimitError::MemoryLimitExceeded { .. }) => Failure::Memory,
        _ => Failure::Rego(error.to_string().trim().to_owned()),
    }
}

fn policy(error: impl std::fmt::Display) -> Failure {
    Failure::Policy(error.to_string())
}

/// `data.a["b-c"]`, with quotes where a step is no plain name.
pub(crate) fn query<'a>(steps: impl Iterator<Item = &'a str>) -> String {
    steps.filter(|step| !step.is_empty()).fold("data".to_owned(), |query, step| {
        let plain = !step.starts_with(|c: char| c.is_ascii_digit())
            && step.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric());
        if plain { format!("{query}.{step}") } else { format!("{query}[{}]", Value::from(step)) }
    })
}
