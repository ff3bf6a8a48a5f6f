//! The policies that the portal ships.

use std::path::Path;

use rego::check::{Namespaces, check};
use rego::report::Outcome;
use rego::worker::{Limits, Module};

use super::drafts;

fn collect(folder: &Path, modules: &mut Vec<Module>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, modules);
        } else if path.extension().is_some_and(|extension| extension == "rego") {
            let text = std::fs::read_to_string(&path).unwrap();
            modules.push(Module { path: path.to_string_lossy().into(), text });
        }
    }
}

#[tokio::test]
async fn the_shipped_policies_pass_every_check() {
    let mut modules = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/rego"), &mut modules);
    let begun = std::time::Instant::now();
    let report = check(&modules, "", &Namespaces::default(), &drafts(Limits::drafts())).await.unwrap();
    println!("{} modules, {} tests in {:?}", modules.len(), report.tests.len(), begun.elapsed());
    let passed = |outcome: &&Outcome| matches!(outcome, Outcome::Passed { .. });
    let rest: Vec<_> = report.outcomes.iter().filter(|outcome| !passed(outcome)).collect();
    assert!(rest.is_empty(), "{rest:#?}");
    assert_eq!(report.outcomes.len(), 12);
    assert!(report.coverage.rules > 100 && report.coverage.rules == report.coverage.rules_covered);
}
