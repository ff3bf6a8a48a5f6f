//! Formats of `sprintf` that do not fit their arguments. In the embedded engine a bad one is undefined, and the
//! deny whose message it should make vanishes; OPA prints `%!v(MISSING)`. So where the embedded engine decides,
//! both are to be written out: what a variable holds is known too late.

use super::fault::{count, fault};
use super::namespace::Namespaces;
use crate::report::{Check, Engine, Fault};
use crate::worker::syntax::{Expr, Module, Node};

pub(super) fn check(modules: &[Module], namespaces: &Namespaces) -> Vec<Fault> {
    let mut faults = Vec::new();
    for module in modules {
        let engine =
            namespaces.of(&module.package_name()).map_or(Engine::Embedded, |namespace| namespace.engine);
        for rule in &module.rules {
            rule.visit(&mut |expr| {
                if let Expr { at, node: Node::Call { function, arguments } } = expr
                    && *function == ["sprintf"]
                    && let Err(reason) = call(arguments, engine)
                {
                    faults.push(fault(Check::Sprintf, module, at.line, Some(rule), reason));
                }
            });
        }
    }
    faults
}

fn call(arguments: &[Expr], engine: Engine) -> Result<(), String> {
    let unknown = |what: &str, instead: &str| match engine {
        Engine::Embedded => Err(format!(
            "{what} is not written out, and one that does not fit makes the rule vanish; {instead}"
        )),
        Engine::External => Ok(()),
    };
    let Some(Expr { node: Node::Text(format), .. }) = arguments.first() else {
        return unknown("the format", "write its text in the call");
    };
    let verbs = verbs(format)?;
    let Some(Expr { node: Node::Array(values), .. }) = arguments.get(1) else {
        return unknown("the list of arguments", "write it in the call, as in [x, y]");
    };
    if verbs.len() != values.len() {
        let (verbs, values) = (count(verbs.len(), "verb"), count(values.len(), "argument"));
        return Err(format!("the format has {verbs} for {values}; give each argument its %v"));
    }
    // Where the embedded engine decides, a value of the wrong type must not make the rule vanish.
    let risky = verbs.iter().zip(values).find(|(verb, value)| !verb.takes_all() && !verb.surely_fits(value));
    match risky {
        Some((verb, _)) if engine == Engine::Embedded => {
            Err(format!("%{} makes the rule vanish for a value of another type; use %v", verb.0))
        }
        _ => Ok(()),
    }
}

struct Verb(char);

impl Verb {
    fn takes_all(&self) -> bool {
        matches!(self.0, 'v' | 's')
    }

    fn surely_fits(&self, value: &Expr) -> bool {
        const WHOLE: [&str; 6] = ["count", "ceil", "floor", "round", "time.now_ns", "bits.and"];
        match &value.node {
            Node::Scalar => true,
            Node::Text(_) => self.0 == 'q',
            Node::Call { function, .. } => WHOLE.contains(&function.join(".").as_str()) && self.0 != 'q',
            _ => false,
        }
    }
}

/// The verbs of a format, or what one engine would print otherwise than the other.
fn verbs(format: &str) -> Result<Vec<Verb>, String> {
    let (mut verbs, mut rest) = (Vec::new(), format);
    while let Some((_, after)) = rest.split_once('%') {
        let width = after.len() - after.trim_start_matches(|c: char| "+-# 0123456789.*[]".contains(c)).len();
        let (width, after) = after.split_at(width);
        let Some(verb) = after.chars().next() else {
            return Err("the format ends in the middle of a verb; write %% for a percent sign".into());
        };
        rest = &after[verb.len_utf8()..];
        if verb == '%' && width.is_empty() {
            continue;
        }
        if !same_in_both(verb, width) {
            return Err(format!(
                "%{width}{verb} is not printed alike by both engines; use %v, or a width with %d only"
            ));
        }
        verbs.push(Verb(verb));
    }
    Ok(verbs)
}

/// Tried in both engines.
fn same_in_both(verb: char, width: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match verb {
        'v' | 's' | 'q' => width.is_empty(),
        'd' | 'x' | 'X' => width.is_empty() || digits(width),
        'f' => width.strip_prefix('.').is_some_and(digits),
        _ => false,
    }
}
