//! Modules of one package that contradict each other. OPA refuses most of these when it loads a bundle; the
//! embedded engine takes them and decides for one of them.

use std::collections::{BTreeMap, BTreeSet};

use super::fault::fault;
use super::metadata::Annotations;
use crate::report::{Check, Fault};
use crate::worker::syntax::{Kind, Module, Path, Rule};

/// A rule and the module it stands in.
type Standing<'a> = (&'a Module, &'a Rule);

pub(super) fn check(modules: &[Module], annotations: &[Annotations]) -> Vec<Fault> {
    let mut rules = BTreeMap::<Path, Vec<Standing<'_>>>::new();
    for module in modules {
        for rule in &module.rules {
            rules.entry([&module.package[..], &rule.path].concat()).or_default().push((module, rule));
        }
    }
    let mut faults = two_package_blocks(modules, annotations);
    for same in rules.values() {
        faults.extend(two_defaults(same));
        faults.extend(two_kinds(same));
    }
    faults.extend(rules_over_rules(&rules));
    faults.extend(rules_over_packages(&rules, modules));
    faults
}

fn two_package_blocks(modules: &[Module], annotations: &[Annotations]) -> Vec<Fault> {
    let mut first = BTreeMap::<&Path, (&Module, u32)>::new();
    let mut faults = Vec::new();
    for (module, annotations) in modules.iter().zip(annotations) {
        for block in annotations.of_package() {
            let (earlier, line) = *first.entry(&module.package).or_insert((module, block.line));
            if (earlier.file.as_str(), line) != (module.file.as_str(), block.line) {
                let reason = format!(
                    "the package {} has its METADATA in {}:{line} already; keep one of the two blocks",
                    module.package_name(),
                    earlier.file
                );
                faults.push(fault(Check::Conflict, module, block.line, None, reason));
            }
        }
    }
    faults
}

fn two_defaults(same: &[Standing<'_>]) -> Vec<Fault> {
    let mut defaults = same.iter().filter(|(_, rule)| rule.default);
    let Some((first, default)) = defaults.next() else { return Vec::new() };
    defaults
        .map(|(module, rule)| {
            let reason = format!(
                "{} has a default in {}:{} already; keep one of the two",
                rule.name(),
                first.file,
                default.at.line
            );
            fault(Check::Conflict, module, rule.at.line, Some(rule), reason)
        })
        .collect()
}

fn two_kinds(same: &[Standing<'_>]) -> Vec<Fault> {
    let (first, model) = same[0];
    let others = same.iter().filter(|(_, rule)| rule.kind != model.kind);
    others
        .map(|(module, rule)| {
            let reason = format!(
                "{} is {} here and {} in {}:{}; a rule is of one kind",
                rule.name(),
                words(rule.kind),
                words(model.kind),
                first.file,
                model.at.line
            );
            fault(Check::Conflict, module, rule.at.line, Some(rule), reason)
        })
        .collect()
}

fn words(kind: Kind) -> String {
    match kind {
        Kind::Complete => "a single value".into(),
        Kind::Set => "a set".into(),
        Kind::Object => "an object".into(),
        Kind::Function(1) => "a function of 1 argument".into(),
        Kind::Function(n) => format!("a function of {n} arguments"),
    }
}

/// `limits := {}` beside `limits.cpu := 1`: the one already is the whole of the other. An object may be given
/// key by key.
fn rules_over_rules(rules: &BTreeMap<Path, Vec<Standing<'_>>>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (path, same) in rules {
        let (module, rule) = same[0];
        let above =
            (module.package.len() + 1..path.len()).filter_map(|n| rules.get(&path[..n])).map(|same| same[0]);
        for (above_module, above) in above.filter(|(_, above)| above.kind != Kind::Object) {
            let reason = format!(
                "{} is part of {}, which {}:{} defines as a whole; rename one of the two",
                rule.name(),
                above.name(),
                above_module.file,
                above.at.line
            );
            faults.push(fault(Check::Conflict, module, rule.at.line, Some(rule), reason));
        }
    }
    faults
}

fn rules_over_packages(rules: &BTreeMap<Path, Vec<Standing<'_>>>, modules: &[Module]) -> Vec<Fault> {
    let packages: BTreeSet<_> =
        modules.iter().flat_map(|module| (1..=module.package.len()).map(|n| &module.package[..n])).collect();
    let over = rules.iter().filter(|(path, _)| packages.contains(&path[..]));
    over.map(|(path, same)| {
        let (module, rule) = same[0];
        let reason =
            format!("a package lies at data.{} as well; rename the rule or move the package", path.join("."));
        fault(Check::Conflict, module, rule.at.line, Some(rule), reason)
    })
    .collect()
}
