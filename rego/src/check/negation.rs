//! `not` over a call that an absent field makes undefined.
//!
//! OPA evaluates the arguments before the negation: where one is missing, the whole body is undefined, and a
//! deny vanishes. The embedded engine finds the call undefined and the negation true. So what a document may
//! lack is to be fetched before the `not`. A reference by itself (`not input.x`), and one compared
//! (`not input.x == 1`), mean the same to both.

use std::collections::{BTreeMap, BTreeSet};

use super::fault::fault;
use crate::folder::is_test;
use crate::report::{Check, Fault};
use crate::worker::syntax::{
    Expr, Infix, Literal, Module, Node, Path, Query, Root, Rule, Statement, Step, builtins,
};

pub(super) fn check(modules: &[Module]) -> Vec<Fault> {
    let packages: BTreeSet<_> = modules.iter().map(|module| &module.package[..]).collect();
    let builtins: BTreeSet<_> = builtins().map(|(name, _)| name).collect();
    // Tests say what their own documents hold.
    let modules = modules.iter().filter(|module| !is_test(&module.file));
    let rules: Vec<_> =
        modules.flat_map(|module| module.rules.iter().map(move |rule| (module, rule))).collect();
    let mut functions = BTreeMap::<Path, Function>::new();
    for (n, (module, rule)) in rules.iter().enumerate() {
        functions.entry([&module.package[..], &rule.path].concat()).or_default().rules.push(n);
    }
    let mut found = vec![BTreeMap::new(); rules.len()];
    let mut due: BTreeSet<usize> = (0..rules.len()).collect();
    while let Some(n) = due.pop_first() {
        let (module, rule) = rules[n];
        let given = &functions[&[&module.package[..], &rule.path].concat()].foreign;
        let mut reader = Reader {
            packages: &packages,
            builtins: &builtins,
            module,
            found: BTreeMap::new(),
            gives: BTreeSet::new(),
        };
        reader.rule(rule, given);
        found[n] = reader.found;
        for (function, parameter) in reader.gives {
            // What is found in a function depends on what it is given anywhere.
            if let Some(function) = functions.get_mut(&function)
                && function.foreign.insert(parameter)
            {
                due.extend(&function.rules);
            }
        }
    }
    let found = rules.iter().zip(found).flat_map(|((module, rule), found)| {
        found.into_iter().map(|(missing, line)| refuse(module, rule, line, missing))
    });
    found.collect()
}

/// What is known of a function over all the rules that define it; other rules are given nothing.
#[derive(Default)]
struct Function {
    /// Places in the list of all rules.
    rules: Vec<usize>,
    /// Parameters, counted from 0, that some call gives a piece of a document that came from outside.
    foreign: BTreeSet<usize>,
}

struct Reader<'a> {
    packages: &'a BTreeSet<&'a [String]>,
    builtins: &'a BTreeSet<&'static str>,
    module: &'a Module,
    /// References, as spelled, that may be missing where they may not, and the line.
    found: BTreeMap<&'a str, u32>,
    /// Functions, and their parameters that get a piece of a document that came from outside.
    gives: BTreeSet<(Path, usize)>,
}

/// What is known in a query, its outer ones included.
#[derive(Clone, Default)]
struct Scope<'a> {
    /// Variables that hold a piece of a document that came from outside.
    foreign: BTreeSet<&'a str>,
    /// References, as spelled, that some statement needs to be there for the query to hold.
    shown: BTreeSet<&'a str>,
}

impl<'a> Reader<'a> {
    fn rule(&mut self, rule: &'a Rule, foreign: &BTreeSet<usize>) {
        let mut given = Scope::default();
        for (_, argument) in rule.arguments.iter().enumerate().filter(|(n, _)| foreign.contains(n)) {
            names(argument, &mut given.foreign);
        }
        if rule.bodies.is_empty() {
            rule.head.iter().for_each(|expr| self.within(expr, &given));
        }
        for body in &rule.bodies {
            let scope = self.query(&body.query, &given);
            body.value.iter().chain(&rule.head).for_each(|expr| self.within(expr, &scope));
        }
    }

    /// Reads a query, and gives what is known where it holds.
    fn query(&mut self, query: &'a Query, outer: &Scope<'a>) -> Scope<'a> {
        let mut scope = outer.clone();
        for statement in query.statements.iter().filter(|statement| proves(statement)) {
            statement.parts().into_iter().for_each(|part| shown(self.module, part, &mut scope.shown));
        }
        // A variable may be bound below where it is used, so one reading is not enough.
        let mut known = usize::MAX;
        while known != scope.foreign.len() {
            known = scope.foreign.len();
            query.statements.iter().for_each(|statement| self.bind(statement, &mut scope));
        }
        for statement in &query.statements {
            if let Literal::Not(negated) = &statement.literal {
                self.negated(negated, &scope, false);
            }
            statement.parts().into_iter().for_each(|part| self.within(part, &scope));
            if let Literal::Every { names, domain, query } = &statement.literal {
                let mut inner = scope.clone();
                if self.is_foreign(domain, &scope) {
                    inner.foreign.extend(names.iter().map(String::as_str));
                }
                self.query(query, &inner);
            }
        }
        scope
    }

    /// Looks into the queries of comprehensions, and at what functions are given.
    fn within(&mut self, expr: &'a Expr, scope: &Scope<'a>) {
        if let Node::Comprehension { terms, query } = &expr.node {
            let inner = self.query(query, scope);
            return terms.iter().for_each(|term| self.within(term, &inner));
        }
        if let Node::Call { function, arguments } = &expr.node
            && let Some(function) = self.module.below_data(function)
        {
            let foreign =
                arguments.iter().enumerate().filter(|(_, argument)| self.is_foreign(argument, scope));
            let foreign: Vec<_> = foreign.map(|(n, _)| (function.clone(), n)).collect();
            self.gives.extend(foreign);
        }
        expr.parts().into_iter().for_each(|part| self.within(part, scope));
    }

    fn bind(&self, statement: &'a Statement, scope: &mut Scope<'a>) {
        let (patterns, from) = match &statement.literal {
            Literal::SomeIn { pattern, collection } => (&pattern[..], collection),
            Literal::Expr(Expr {
                node: Node::Infix { infix: Infix::Assign | Infix::Unify, sides }, ..
            }) => (&sides[..1], &sides[1]),
            _ => return,
        };
        if self.is_foreign(from, scope) {
            patterns.iter().for_each(|pattern| names(pattern, &mut scope.foreign));
        }
    }

    /// Whether what an expression gives has the shape somebody else chose: a piece of the input, or of a data
    /// document that no package makes, also where a function is called with it. A function of a policy gives what
    /// its author made.
    fn is_foreign(&self, expr: &Expr, scope: &Scope<'_>) -> bool {
        match &expr.node {
            Node::Reference { root: Root::Name(root), .. } => {
                root == "input" || scope.foreign.contains(root.as_str()) || self.is_document(expr)
            }
            Node::Call { function, arguments } => {
                self.builtins.contains(function.join(".").as_str())
                    && arguments.first().is_some_and(|first| self.is_foreign(first, scope))
            }
            _ => false,
        }
    }

    fn is_document(&self, expr: &Expr) -> bool {
        let path = expr.path();
        let Some(root) = path.first() else { return false };
        let below = match self.module.imported(root) {
            _ if root == "data" => path[1..].to_vec(),
            Some(meant) if meant.first().is_some_and(|root| root == "data") => {
                [&meant[1..], &path[1..]].concat()
            }
            Some(meant) => return meant.first().is_some_and(|root| root == "input"),
            None => return false,
        };
        !self.packages.iter().any(|package| below.starts_with(package) || package.starts_with(&below))
    }

    /// What is negated: references right in it may be missing; in a call, in `in`, in arithmetic or as a step of
    /// another reference (`inner`) they may not.
    fn negated(&mut self, expr: &'a Expr, scope: &Scope<'a>, inner: bool) {
        let inside = match &expr.node {
            Node::Comprehension { .. } => return,
            Node::Infix { infix: Infix::Compare | Infix::Unify, .. } => inner,
            _ => true,
        };
        if let Node::Reference { steps, .. } = &expr.node
            && inner
            && !steps.is_empty()
            && self.is_foreign(expr, scope)
        {
            let spelled = spelled(self.module, expr);
            if !scope.shown.contains(spelled) {
                self.found.entry(spelled).or_insert(expr.at.line);
            }
        }
        expr.parts().into_iter().for_each(|part| self.negated(part, scope, inside));
    }
}

/// Whether a statement holds only when its references are there, in the documents that the query sees.
fn proves(statement: &Statement) -> bool {
    !matches!(statement.literal, Literal::Not(_)) && statement.with.is_empty()
}

/// The references without which a statement does not hold. What is in a comprehension may be missing.
fn shown<'a>(module: &'a Module, expr: &'a Expr, shown_there: &mut BTreeSet<&'a str>) {
    match &expr.node {
        Node::Comprehension { .. } => return,
        Node::Reference { steps, .. } if steps.iter().all(|step| matches!(step, Step::Name(_))) => {
            shown_there.insert(spelled(module, expr));
        }
        _ => {}
    }
    expr.parts().into_iter().for_each(|part| shown(module, part, shown_there));
}

fn spelled<'a>(module: &'a Module, expr: &Expr) -> &'a str {
    module.text.get(expr.at.start..expr.at.end).unwrap_or_default()
}

fn names<'a>(pattern: &'a Expr, into: &mut BTreeSet<&'a str>) {
    if let Node::Reference { root: Root::Name(name), .. } = &pattern.node {
        into.insert(name);
    }
    pattern.parts().into_iter().for_each(|part| names(part, into));
}

fn refuse(module: &Module, rule: &Rule, line: u32, missing: &str) -> Fault {
    let reason = format!(
        "where {missing} is missing, OPA finds this rule undefined and the embedded engine finds the negation true; \
         fetch it before the `not` (object.get with a default), or say first that it is there (is_string({missing}))"
    );
    fault(Check::Negation, module, line, Some(rule), reason)
}
