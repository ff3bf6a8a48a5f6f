//! Calls to what the deciding engine does not have, or with the wrong number of arguments. The embedded engine
//! notices neither before it comes to the call, and then the rule is undefined or an error.

use std::collections::BTreeMap;

use super::fault::{count, fault};
use super::namespace::Namespaces;
use crate::report::{Check, Engine, Fault};
use crate::worker::syntax::{Expr, Kind, Module, Node, Path, builtins};

/// Name and number of arguments of each built-in of OPA 1.22.2, as `opa capabilities --current` lists them; `*`
/// takes any number.
const OPA: &str = include_str!("opa-builtins.txt");

/// OPA has these, and policies may not: they reach out of the process or look at its environment.
const REACHING_OUT: [&str; 3] = ["http.send", "net.lookup_ip_addr", "opa.runtime"];

type Arity = Option<usize>;

/// What can be called, and with how many arguments.
struct Known<'a> {
    external: BTreeMap<&'static str, Arity>,
    embedded: BTreeMap<&'static str, Arity>,
    /// Rules of all modules; those that are no functions have no arity.
    rules: BTreeMap<Path, Vec<Kind>>,
    namespaces: &'a Namespaces,
}

pub(super) fn check(modules: &[Module], namespaces: &Namespaces) -> Vec<Fault> {
    let known = Known { external: of_opa(), embedded: of_embedded(), rules: kinds(modules), namespaces };
    modules.iter().flat_map(|module| known.check(module)).collect()
}

/// Built-ins of OPA by name; no arity where any number of arguments will do.
pub(super) fn of_opa() -> BTreeMap<&'static str, Arity> {
    let line = |line: &'static str| line.split_once(' ').map(|(name, arity)| (name, arity.parse().ok()));
    OPA.lines().filter_map(line).filter(|(name, _)| !REACHING_OUT.contains(name)).collect()
}

pub(super) fn of_embedded() -> BTreeMap<&'static str, Arity> {
    let all = builtins().map(|(name, arity)| (name, Some(arity))).chain([("print", None)]);
    all.filter(|(name, _)| !REACHING_OUT.contains(name)).collect()
}

fn kinds(modules: &[Module]) -> BTreeMap<Path, Vec<Kind>> {
    let mut kinds = BTreeMap::<Path, Vec<Kind>>::new();
    for module in modules {
        for rule in &module.rules {
            kinds.entry([&module.package[..], &rule.path].concat()).or_default().push(rule.kind);
        }
    }
    kinds
}

impl Known<'_> {
    fn check(&self, module: &Module) -> Vec<Fault> {
        let engine =
            self.namespaces.of(&module.package_name()).map_or(Engine::External, |namespace| namespace.engine);
        let mut faults = Vec::new();
        for rule in &module.rules {
            rule.visit(&mut |expr| {
                let Expr { at, node: Node::Call { function, arguments } } = expr else { return };
                if let Err(reason) = self.call(module, engine, function, arguments.len()) {
                    faults.push(fault(Check::Builtins, module, at.line, Some(rule), reason));
                }
            });
        }
        faults
    }

    fn call(&self, module: &Module, engine: Engine, function: &Path, arguments: usize) -> Result<(), String> {
        let spelled = function.join(".");
        let Some(meant) = self.rule(module, function) else {
            return self.builtin(engine, &spelled, arguments);
        };
        let Some(kinds) = self.rules.get(&meant) else {
            return Err(format!("there is no function data.{}", meant.join(".")));
        };
        match kinds[0] {
            Kind::Function(wanted) => counted(&spelled, Some(wanted), arguments),
            _ => Err(format!("{spelled} is no function; leave the arguments out")),
        }
    }

    /// The rule that a call means, unless it means a built-in.
    fn rule(&self, module: &Module, function: &Path) -> Option<Path> {
        let root = function.first()?;
        if root == "data" {
            return Some(function[1..].to_vec());
        }
        if let Some(meant) =
            module.imported(root).filter(|path| path.first().is_some_and(|root| root == "data"))
        {
            return Some([&meant[1..], &function[1..]].concat());
        }
        Some([&module.package[..], function].concat()).filter(|own| self.rules.contains_key(own))
    }

    fn builtin(&self, engine: Engine, name: &str, arguments: usize) -> Result<(), String> {
        if REACHING_OUT.contains(&name) {
            return Err(format!(
                "{name} reaches out of the policy, which may see its input and its data only"
            ));
        }
        let list = match engine {
            Engine::External => &self.external,
            Engine::Embedded => &self.embedded,
        };
        match list.get(name) {
            Some(arity) => counted(name, *arity, arguments),
            None if engine == Engine::Embedded && self.external.contains_key(name) => Err(format!(
                "OPA has the built-in {name}, but the embedded engine, which decides here, does not"
            )),
            None => Err(format!("there is neither a function nor a built-in {name}")),
        }
    }
}

/// A call may capture the result in one more argument, as OPA allows.
fn counted(name: &str, arity: Arity, arguments: usize) -> Result<(), String> {
    match arity {
        Some(wanted) if arguments != wanted && arguments != wanted + 1 => {
            Err(format!("{name} takes {}, not {arguments}", count(wanted, "argument")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The list is what the engine takes a call for, in both directions.
    #[test]
    fn the_embedded_engine_has_what_the_list_says_and_nothing_more() {
        let has = |name: &str, arity: Arity| {
            let mut engine = regorus::Engine::new();
            let arguments = vec!["null"; arity.unwrap_or(1)].join(", ");
            let text = format!("package p\nr := {name}({arguments})");
            engine.add_policy("p.rego".into(), text).unwrap();
            let words = engine.eval_rule("data.p.r".into()).map_or_else(|e| e.to_string(), |_| String::new());
            !words.contains("could not find function")
        };
        let listed = of_embedded();
        assert!(listed.len() > 100);
        for (name, arity) in &listed {
            assert!(has(name, *arity), "{name}");
        }
        // Operators have names in OPA's list, which nobody calls.
        let callable = |name: &str| name.contains('.') && !name.starts_with("internal.");
        for (name, arity) in
            of_opa().into_iter().filter(|(name, _)| callable(name) && !listed.contains_key(name))
        {
            assert!(!has(name, arity), "{name}");
        }
    }

    #[test]
    fn where_both_engines_have_a_builtin_it_takes_as_many_arguments() {
        let opa = of_opa();
        let differs = |(name, arity): &(&str, Arity)| opa.get(name).is_some_and(|theirs| theirs != arity);
        let differ: Vec<_> = of_embedded().into_iter().filter(differs).collect();
        assert_eq!(differ, []);
    }
}
