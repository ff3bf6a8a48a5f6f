//! What protects a worker from policies before it runs them. The limits of the process stand behind all of this.

use std::collections::{BTreeMap, BTreeSet};

use regorus::Value;

use super::Failure;
use super::syntax::{Module, Path, mentions};

/// The parser takes time exponential in the depth of brackets: 12 is 0.1 s, 16 is 2 s, 20 is half a minute.
pub(crate) const DEPTH: usize = 12;

/// Refuses Rego text whose brackets are nested too deep.
pub(crate) fn nesting(path: &str, text: &str) -> Result<(), Failure> {
    match too_deep(text) {
        Some(_) => Err(Failure::Nested { path: path.into(), limit: DEPTH }),
        None => Ok(()),
    }
}

/// The first line, counted from 1, whose brackets are nested too deep; strings and comments do not count.
pub(crate) fn too_deep(text: &str) -> Option<u32> {
    let (mut line, mut depth) = (1, 0usize);
    let (mut quote, mut comment, mut escaped) = (None, false, false);
    for byte in text.bytes() {
        line += u32::from(byte == b'\n');
        match (byte, quote) {
            _ if escaped => escaped = false,
            (b'\n', _) => (comment, quote) = (false, quote.filter(|q| *q == b'`')),
            _ if comment => {}
            (b'\\', Some(b'"')) => escaped = true,
            (_, Some(open)) => quote = quote.filter(|_| byte != open),
            (b'"' | b'`', None) => quote = Some(byte),
            (b'#', None) => comment = true,
            (b'[' | b'{' | b'(', None) => depth += 1,
            (b']' | b'}' | b')', None) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH {
            return Some(line);
        }
    }
    None
}

/// Which rules mention which; a rule is its path below `data`.
#[derive(Default)]
pub(crate) struct Rules(BTreeMap<Path, BTreeSet<Path>>);

impl Rules {
    pub(crate) fn of(modules: &[Module]) -> Self {
        let mut rules = Self::default();
        for module in modules {
            for rule in &module.rules {
                let path = [&module.package[..], &rule.path].concat();
                let evaluated = mentions(module, rule).into_iter().filter(|mention| !mention.replaced);
                rules.0.entry(path).or_default().extend(evaluated.map(|mention| mention.path));
            }
        }
        rules
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.0.keys()
    }

    /// Those that depend on themselves. Recursion overflows the native stack, which nothing in the process can
    /// catch.
    pub(crate) fn recursive(&self) -> Vec<&Path> {
        let needs = self
            .0
            .iter()
            .map(|(rule, mentions)| (rule, mentions.iter().flat_map(|path| self.mentioned(path))));
        let graph: Graph<'_> = needs.map(|(rule, needs)| (rule, needs.collect())).collect();
        // Once from each end: what is left goes in circles, or lies between two.
        let circles = without_loose_ends(without_loose_ends(graph));
        circles.into_keys().collect()
    }

    /// The rules that a reference reaches: those above it, itself, and those below it.
    fn mentioned<'a>(&'a self, mention: &'a Path) -> impl Iterator<Item = &'a Path> {
        let above =
            (1..mention.len()).filter_map(|n| self.0.get_key_value(&mention[..n])).map(|(rule, _)| rule);
        let below = self.0.range(mention.clone()..).map(|(rule, _)| rule);
        above.chain(below.take_while(|rule| rule.starts_with(mention)))
    }

    /// regorus lets data silently replace a rule's value; OPA refuses to load such a bundle, and so do we.
    pub(crate) fn overridden(&self, data: &Value) -> Vec<&Path> {
        self.paths().filter(|rule| lies_over(data, rule)).collect()
    }
}

/// What each rule needs.
type Graph<'a> = BTreeMap<&'a Path, BTreeSet<&'a Path>>;

/// Takes away, again and again, what needs nothing that is left; what remains, turned round.
fn without_loose_ends(graph: Graph<'_>) -> Graph<'_> {
    let mut needed_by: Graph<'_> = graph.keys().map(|rule| (*rule, BTreeSet::new())).collect();
    for (rule, needs) in &graph {
        needs.iter().for_each(|need| _ = needed_by.entry(need).or_default().insert(rule));
    }
    let mut left: BTreeMap<_, _> = graph.iter().map(|(rule, needs)| (*rule, needs.len())).collect();
    let mut loose: Vec<_> = left.iter().filter(|(_, needs)| **needs == 0).map(|(rule, _)| *rule).collect();
    while let Some(rule) = loose.pop() {
        left.remove(rule);
        for waiting in needed_by.get(rule).into_iter().flatten() {
            let needs = left.get_mut(waiting).expect("a rule stays until it needs nothing");
            *needs -= 1;
            if *needs == 0 {
                loose.push(waiting);
            }
        }
    }
    needed_by.retain(|rule, by| {
        by.retain(|by| left.contains_key(by));
        left.contains_key(rule)
    });
    needed_by
}

/// Whether data says anything about a rule, or in place of what the rule stands in.
fn lies_over(data: &Value, rule: &Path) -> bool {
    let mut here = data;
    for step in rule {
        if here.as_object().is_err() {
            break;
        }
        here = &here[step.as_str()];
    }
    *here != Value::Undefined
}
