//! In a worker: cases decided, and compared with what they want.

use std::collections::BTreeSet;

use regorus::{Engine, Value};
use serde::{Deserialize, Serialize};

use super::job::Cases;
use super::parse::{located, parse};
use super::run::{Suite, beyond, leave_note};
use super::strict;
use crate::report::{Check, Fault};
use crate::worker::engine::{data, failure, query, value_of, warm_up};
use crate::worker::guard::Rules;
use crate::worker::syntax::Module;
use crate::worker::{Failure, Limits};

/// Bytes of a value as a fault shows it.
const LONGEST: usize = 400;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Case {
    /// Its folder, below `test-fixtures/cases/`.
    pub(super) folder: String,
    pub(super) input: String,
    /// `want.json`; empty where there is none.
    pub(super) want: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Decided {
    pub(super) faults: Vec<Fault>,
    /// Cases that only OPA can decide, and why.
    pub(super) beyond: Vec<String>,
}

impl Case {
    pub(super) fn file(&self) -> String {
        format!("test-fixtures/cases/{}", self.folder)
    }

    fn fault(&self, reason: impl Into<String>) -> Fault {
        Fault { check: Check::Fixtures, file: self.file(), line: None, rule: None, reason: reason.into() }
    }
}

/// Decides each case, with the folder's modules and data.
pub(super) fn decide(job: &Cases, limits: &Limits) -> Result<Decided, Failure> {
    let policy = |error: anyhow::Error| Failure::Policy(error.to_string());
    let (modules, unparsed) = parse(&job.modules, limits);
    if let Some(fault) = unparsed.into_iter().next() {
        return Err(Failure::Policy(format!("{}: {}", fault.file, fault.reason)));
    }
    let suite = Suite { modules: &modules, data: "", limits, guilty: &[], only_guilty: false };
    let mut judge = Judge {
        engine: suite.engine(Vec::new()).map_err(policy)?,
        modules: &modules,
        rules: Rules::of(&modules),
        data: data(&job.data).map_err(policy)?,
        over: None,
        decided: Decided::default(),
    };
    for case in &job.cases {
        leave_note(&case.fault(""));
        if let Err(fault) = judge.case(case) {
            judge.decided.faults.push(fault);
        }
    }
    Ok(judge.decided)
}

struct Judge<'a> {
    engine: Engine,
    modules: &'a [Module],
    rules: Rules,
    /// The folder's own data documents.
    data: Value,
    /// What was laid over them for the case before, if there was one.
    over: Option<Value>,
    decided: Decided,
}

impl Judge<'_> {
    fn case(&mut self, case: &Case) -> Result<(), Fault> {
        let read = |file: &str, text: &str| {
            Value::from_json_str(text).map_err(|e| case.fault(format!("{file} is not usable JSON: {e}")))
        };
        let input = read("input.json", &case.input)?;
        let want = if case.want.is_empty() { Value::new_object() } else { read("want.json", &case.want)? };
        let wanted = want.as_object().map_err(|_| case.fault("want.json is no object"))?;
        let package = self.package(case, &want["package"])?;
        self.lay(case, &want["data"])?;
        let clock = match &want["now_ns"] {
            Value::Undefined => String::new(),
            now => {
                let now = now.as_i64().map_err(|_| case.fault("now_ns is no whole number"))?;
                format!(" with time.now_ns as {now}")
            }
        };
        self.engine.set_input(input);
        let rules: Vec<_> = wanted
            .iter()
            .filter_map(|(name, value)| Some((name.as_string().ok()?, value)))
            .filter(|(name, _)| !["package", "data", "now_ns"].contains(&&***name))
            .collect();
        if rules.is_empty() {
            self.ask(case, query(package.split('.')) + &clock, None);
        }
        for (rule, want) in rules {
            let path = format!("{package}.{rule}");
            let Some(got) = self.ask(case, query(path.split('.')) + &clock, Some(rule)) else { continue };
            if !is_as_wanted(&got, want) {
                let reason = format!("it is {}, where {} is wanted", shown(&got), shown(want));
                self.decided.faults.push(Fault { rule: Some(path), ..case.fault(reason) });
            }
        }
        Ok(())
    }

    /// The policy that a case names, or else the folder that it lies in.
    fn package(&self, case: &Case, named: &Value) -> Result<String, Fault> {
        let above = case.folder.rsplit('/').nth(1).unwrap_or_default();
        let package = named.as_string().map_or(above, |name| name).to_owned();
        if self.modules.iter().any(|module| module.package_name() == package) {
            return Ok(package);
        }
        Err(case
            .fault(format!("no module here has the package `{package}`; name one as `package` in want.json")))
    }

    /// Loads the folder's data with a case's own in the place of documents of the same name.
    fn lay(&mut self, case: &Case, over: &Value) -> Result<(), Fault> {
        if self.over.as_ref() == Some(over) {
            return Ok(());
        }
        let mut all = self.data.clone();
        if *over != Value::Undefined {
            let over = over.as_object().map_err(|_| case.fault("data is no object"))?;
            let all = all.as_object_mut().map_err(|_| case.fault("the folder's data is no object"))?;
            all.extend(over.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        if let Some(rule) = self.rules.overridden(&all).first() {
            return Err(case.fault(format!("data would override the rule {}", rule.join("."))));
        }
        self.engine.clear_data();
        let loaded = self.engine.add_data(all).and_then(|()| warm_up(&mut self.engine));
        loaded.map_err(|e| case.fault(format!("data does not load: {e}")))?;
        self.over = Some(over.clone());
        Ok(())
    }

    /// What a query comes to, noting what only strict errors show; none where there is nothing to compare.
    fn ask(&mut self, case: &Case, query: String, rule: Option<&str>) -> Option<Value> {
        self.engine.set_strict_builtin_errors(true);
        let strict = value_of(&mut self.engine, query.clone());
        self.engine.set_strict_builtin_errors(false);
        let Err(unseen) = strict else { return strict.ok() };
        let lax = value_of(&mut self.engine, query);
        _ = self.engine.take_prints();
        let asker = Fault { rule: rule.map(str::to_owned), ..case.fault("") };
        match lax {
            Ok(value) => {
                // An error that lax evaluation shows as well hides from nobody.
                self.decided.faults.push(strict::fault(self.modules, asker, &case.file(), &unseen));
                Some(value)
            }
            Err(error) => {
                match beyond(&error) {
                    Some(why) => self.decided.beyond.push(format!("{} ({why})", case.file())),
                    None => self.decided.faults.push(Fault { reason: why_not(error), ..asker }),
                }
                None
            }
        }
    }
}

fn why_not(error: anyhow::Error) -> String {
    match failure(error) {
        Failure::Rego(words) => {
            let Fault { file, line, reason, .. } = located(Check::Fixtures, "", &words);
            let place = line.map(|line| format!("{file}:{line}: ")).unwrap_or_default();
            format!("it ends in an error: {place}{reason}")
        }
        other => format!("{other} while it was decided; make it smaller"),
    }
}

/// A list stands for a set, and findings are compared by what names them.
fn is_as_wanted(got: &Value, want: &Value) -> bool {
    let Value::Array(wanted) = want else { return got == want };
    let wanted: BTreeSet<&Value> = wanted.iter().collect();
    let got: BTreeSet<Value> = match got {
        Value::Array(items) => items.iter().map(brief).collect(),
        Value::Set(items) => items.iter().map(brief).collect(),
        _ => return false,
    };
    got.iter().collect::<BTreeSet<_>>() == wanted
}

/// Of a finding, what names it, and the id of its exception.
fn brief(item: &Value) -> Value {
    let Ok(finding) = item.as_object().cloned() else { return item.clone() };
    if item["rule"] == Value::Undefined {
        return item.clone();
    }
    let mut said = Value::new_object();
    let names = said.as_object_mut().expect("it was made as an object");
    names.extend(finding.into_iter().filter(|(name, _)| {
        name.as_string().is_ok_and(|name| ["rule", "address", "unknown"].contains(&&**name))
    }));
    if item["exception"]["id"] != Value::Undefined {
        names.insert("exception".into(), item["exception"]["id"].clone());
    }
    said
}

fn shown(value: &Value) -> String {
    let brief = match value {
        Value::Array(items) => Value::from(items.iter().map(brief).collect::<Vec<_>>()),
        Value::Set(items) => Value::from(items.iter().map(brief).collect::<Vec<_>>()),
        other => other.clone(),
    };
    let mut text = match brief {
        Value::Undefined => "undefined".to_owned(),
        value => serde_json::to_string(&value).unwrap_or_else(|e| e.to_string()),
    };
    if let Some((cut, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(cut);
        text.push('…');
    }
    text
}
