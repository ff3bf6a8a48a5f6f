//! Texts of modules changed in places, for a run of their tests.

use std::collections::BTreeSet;

use crate::worker::engine::query;
use crate::worker::syntax::{Kind, Mention, Module, Path, mentions};

/// Puts `text` in the place of `length` bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edit {
    pub(super) start: usize,
    pub(super) length: usize,
    pub(super) text: String,
}

/// The text with all edits made; two that overlap are made once.
pub(super) fn edited(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort();
    edits.dedup();
    let (mut result, mut at) = (String::with_capacity(text.len() + 64 * edits.len()), 0);
    for edit in edits.iter().filter(|edit| edit.start + edit.length <= text.len()) {
        let Some(before) = text.get(at..edit.start) else { continue };
        result.push_str(before);
        result.push_str(&edit.text);
        at = edit.start + edit.length;
    }
    result + text.get(at..).unwrap_or_default()
}

/// For each module, the names to spell out as references below `data` so that the embedded engine evaluates what
/// OPA would. They stay on their lines.
///
/// An import's name evaluates every rule of the package that it names, where `data.p.allow` evaluates one. And a
/// function that a `with` replaces is replaced only where it is called as the `with` spells it.
pub(super) fn spelled_out(modules: &[Module]) -> Vec<Vec<Edit>> {
    let all: Vec<Vec<Mention>> = modules
        .iter()
        .map(|module| module.rules.iter().flat_map(|rule| mentions(module, rule)).collect())
        .collect();
    let functions = functions(modules);
    let replaced = |mention: &&Mention| mention.replaced && functions.contains(&mention.path);
    let mocked: BTreeSet<Path> =
        all.iter().flatten().filter(replaced).map(|mention| mention.path.clone()).collect();
    let edits = modules.iter().zip(all).map(|(module, mentions)| {
        let short = |mention: &Mention| {
            mention.root != "data"
                && (module.imported(&mention.root).is_some() || mocked.contains(&mention.path))
        };
        mentions
            .iter()
            .filter(|mention| short(mention))
            .filter_map(|mention| spell_out(module, mention))
            .collect()
    });
    edits.collect()
}

fn functions(modules: &[Module]) -> BTreeSet<Path> {
    let of = |module: &Module| {
        let functions = module.rules.iter().filter(|rule| matches!(rule.kind, Kind::Function(_)));
        functions.map(|rule| [&module.package[..], &rule.path].concat()).collect::<Vec<_>>()
    };
    modules.iter().flat_map(of).collect()
}

fn spell_out(module: &Module, mention: &Mention) -> Option<Edit> {
    let start = mention.at.start;
    module.text.get(start..)?.starts_with(&mention.root).then(|| Edit {
        start,
        length: mention.root.len(),
        text: query(mention.root_path.iter().map(String::as_str)),
    })
}
