//! What the checks refuse, what they must let pass, and what comes of running tests.

#![cfg(feature = "engine")]
#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

mod builtins;
mod conflicts;
mod coverage;
mod fixtures;
mod formats;
mod library;
mod negations;
mod running;
mod shapes;

use rego::check::{Namespaces, check, evaluate};
use rego::opa::Opa;
use rego::report::{Check, Outcome, Report};
use rego::worker::{Config, Drafts, Limits, Module, Release};
use serde_json::Value;

fn drafts(limits: Limits) -> Drafts {
    Drafts::new(Config { program: env!("CARGO_BIN_EXE_rego-worker").into(), limits, ..Config::drafts() })
}

fn modules(texts: &[(&str, &str)]) -> Vec<Module> {
    texts.iter().map(|(path, text)| Module { path: (*path).into(), text: (*text).into() }).collect()
}

async fn report_on(texts: &[(&str, &str)], data: &str) -> Report {
    check(&modules(texts), data, &Namespaces::default(), &drafts(Limits::drafts())).await.unwrap()
}

async fn report(texts: &[(&str, &str)]) -> Report {
    report_on(texts, "").await
}

/// The outcome of one check; every check has exactly one.
fn outcome(report: &Report, check: Check) -> &Outcome {
    let found: Vec<_> = report.outcomes.iter().filter(|outcome| outcome.check() == check).collect();
    assert_eq!(found.len(), 1, "{check}: {found:?}");
    found[0]
}

/// File, line and rule of each fault of one check.
fn places(report: &Report, check: Check) -> Vec<(&str, u32, &str)> {
    let faults = outcome(report, check).faults().iter();
    faults.map(|f| (&*f.file, f.line.unwrap_or_default(), f.rule.as_deref().unwrap_or_default())).collect()
}

/// The reasons of one check, line by line.
fn reasons(report: &Report, check: Check) -> String {
    outcome(report, check).faults().iter().map(|fault| fault.reason.clone() + "\n").collect()
}

fn passed(report: &Report, check: Check) -> bool {
    matches!(outcome(report, check), Outcome::Passed { .. })
}

/// The lines at fault in one module of a namespace; its text begins with line 2, below its package.
async fn lines(namespace: &str, check: Check, text: &str) -> Vec<u32> {
    let text = format!("package {namespace}.p\n{text}");
    let report = report(&[("p.rego", &text)]).await;
    let parsed = outcome(&report, Check::Parse);
    assert!(check == Check::Parse || parsed.faults().is_empty(), "{text}: {parsed:?}");
    let lines = outcome(&report, check).faults().iter().map(|fault| fault.line.unwrap());
    lines.collect()
}

fn opa() -> Opa {
    Opa::find(None).expect("these tests need `opa`: name it in OPA_BIN, or put it on the PATH")
}

/// The value of `r` in a module of the embedded namespace, here and in OPA; null where it is undefined, none where
/// OPA's compiler refuses the module.
async fn both_engines(text: &str, input: &str) -> (Value, Option<Value>) {
    let module = format!("package aegis.ai.p\n{text}");
    let folder = tempfile::tempdir().unwrap();
    let (file, document) = (folder.path().join("p.rego"), folder.path().join("input.json"));
    std::fs::write(&file, &module).unwrap();
    std::fs::write(&document, input).unwrap();
    let mut eval = std::process::Command::new(opa().program());
    eval.args(["eval", "--format", "json", "--data"])
        .arg(file)
        .arg("--input")
        .arg(document)
        .arg("data.aegis.ai.p.r");
    let said: Value = serde_json::from_slice(&eval.output().unwrap().stdout).unwrap();
    let theirs = said["errors"].is_null().then(|| said["result"][0]["expressions"][0]["value"].clone());
    let release = Release { modules: modules(&[("p.rego", &module)]), data: String::new() };
    let ours = evaluate(release, "aegis/ai/p/r", input, &drafts(Limits::drafts())).await.unwrap().result;
    (ours.map_or(Value::Null, |result| serde_json::from_str(&result).unwrap()), theirs)
}

const AI: &str = "aegis.ai";
const PROVISIONING: &str = "aegis.provisioning";
