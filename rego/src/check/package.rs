//! What a package is, by its METADATA and its rules.

use std::collections::{BTreeMap, BTreeSet};

use super::metadata::{Annotation, Annotations, Custom};
use super::namespace::Namespaces;
use crate::folder::is_test;
use crate::report::{Package, Severity};
use crate::worker::syntax::{Kind, Module, Node, Rule};

/// All packages but those that only hold tests.
pub(super) fn packages(
    modules: &[Module],
    annotations: &[Annotations],
    namespaces: &Namespaces,
) -> Vec<Package> {
    let mut grouped = BTreeMap::<String, Vec<(&Module, &Annotations)>>::new();
    for (module, annotations) in modules.iter().zip(annotations) {
        grouped.entry(module.package_name()).or_default().push((module, annotations));
    }
    let tests = |path: &str| {
        let beside = format!("{path}_test");
        let of = |name: &String| name == path || *name == beside;
        let files = grouped.iter().filter(|(name, _)| of(name)).flat_map(|(_, group)| group);
        files.filter(|(module, _)| is_test(&module.file)).map(|(module, _)| module.file.clone()).collect()
    };
    let described = grouped.iter().filter_map(|(path, group)| {
        let own: Vec<_> = group.iter().filter(|(module, _)| !is_test(&module.file)).copied().collect();
        let engine = namespaces.of(path)?.engine;
        (!own.is_empty()).then(|| Package { tests: tests(path), engine, ..describe(path, &own) })
    });
    described.collect()
}

fn describe(path: &str, own: &[(&Module, &Annotations)]) -> Package {
    let annotation =
        own.iter().flat_map(|(_, annotations)| annotations.of_package()).find_map(|block| block.read().ok());
    let Annotation { title, description, .. } = annotation.clone().unwrap_or_default();
    let custom: Custom = annotation.and_then(|annotation| annotation.custom().ok()).unwrap_or_default();
    let rules = || own.iter().flat_map(|(module, _)| &module.rules);
    let found = rules().flat_map(findings).chain(custom.rules.into_keys().filter(|name| is_finding(name)));
    Package {
        path: path.into(),
        engine: crate::report::Engine::External,
        title: title.unwrap_or_else(|| path.into()),
        description: description.unwrap_or_default().trim().to_owned(),
        severity: custom.severity.unwrap_or(Severity::Medium),
        owner: custom.owner,
        controls: custom.controls,
        rules: found.filter(|_| !custom.library).collect::<BTreeSet<_>>().into_iter().collect(),
        excepts: rules().any(|rule| rule.path == ["finding"] && !matches!(rule.kind, Kind::Function(_))),
        library: custom.library,
        modules: own.iter().map(|(module, _)| module.file.clone()).collect(),
        tests: Vec::new(),
    }
}

/// Names of findings that a rule makes: the rule's own where it is called like one, the texts at the key `rule`
/// of the objects in it, and texts in its head that look like one (a head may call a function that makes the
/// object).
fn findings(rule: &Rule) -> Vec<String> {
    let mut names = Vec::new();
    names.extend(Some(rule.name()).filter(|name| is_finding(name)));
    rule.visit(&mut |expr| {
        let Node::Object(fields) = &expr.node else { return };
        for (key, value) in fields {
            if let (Node::Text(key), Node::Text(name)) = (&key.node, &value.node)
                && key == "rule"
            {
                names.push(name.clone());
            }
        }
    });
    for expr in &rule.head {
        expr.visit(&mut |expr| {
            if let Node::Text(name) = &expr.node
                && is_finding(name)
            {
                names.push(name.clone());
            }
        });
    }
    names
}

/// `deny_no_encryption`, as conftest and the runbook name rules.
fn is_finding(name: &str) -> bool {
    let Some((kind, rest)) = name.split_once('_') else { return false };
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    matches!(kind, "deny" | "violation" | "warn") && !rest.is_empty() && rest.chars().all(plain)
}
