//! What the names in a rule mean: its own variables, or something below `data`.

use std::collections::BTreeSet;

use super::{At, Body, Expr, Infix, Literal, Module, Node, Path, Query, Root, Rule};

/// Something below `data` that a rule's text refers to.
#[derive(Debug)]
pub(crate) struct Mention {
    pub(crate) at: At,
    /// Below `data`, as far as it is written out.
    pub(crate) path: Path,
    /// The name it begins with.
    pub(crate) root: String,
    /// What that name alone means, below `data`.
    pub(crate) root_path: Path,
    /// Whether it is what a `with` replaces, and so is not evaluated.
    pub(crate) replaced: bool,
}

/// All that a rule refers to outside itself. A built-in looks like a rule of the package here, one that no
/// module defines.
pub(crate) fn mentions(module: &Module, rule: &Rule) -> Vec<Mention> {
    let mut reader = Reader { module, locals: BTreeSet::new(), mentions: Vec::new() };
    rule.arguments.iter().for_each(|argument| reader.declare(argument));
    if rule.bodies.is_empty() {
        rule.head.iter().for_each(|expr| reader.expr(expr));
    }
    for body in &rule.bodies {
        reader.body(body, &rule.head);
    }
    reader.mentions
}

struct Reader<'a> {
    module: &'a Module,
    /// Names that the place being read gives its own meaning, so that they do not mean a rule.
    locals: BTreeSet<String>,
    mentions: Vec<Mention>,
}

impl Reader<'_> {
    fn body(&mut self, body: &Body, head: &[Expr]) {
        self.within(&body.query, |reader| {
            body.value.iter().chain(head).for_each(|expr| reader.expr(expr));
        });
    }

    /// Reads a query, then what sees its variables.
    fn within(&mut self, query: &Query, outputs: impl FnOnce(&mut Self)) {
        let outer = self.locals.clone();
        self.query(query);
        outputs(self);
        self.locals = outer;
    }

    fn declare(&mut self, pattern: &Expr) {
        match &pattern.node {
            Node::Reference { root: Root::Name(name), steps } if steps.is_empty() => {
                self.locals.insert(name.clone());
            }
            Node::Array(items) | Node::Set(items) => items.iter().for_each(|item| self.declare(item)),
            Node::Object(fields) => fields.iter().for_each(|(_, value)| self.declare(value)),
            _ => {}
        }
    }

    fn query(&mut self, query: &Query) {
        // Declarations first: a body may use a name above the statement that binds it.
        for statement in &query.statements {
            match &statement.literal {
                Literal::Some(names) => self.locals.extend(names.iter().cloned()),
                Literal::SomeIn { pattern, .. } => pattern.iter().for_each(|part| self.declare(part)),
                Literal::Expr(Expr { node: Node::Infix { infix: Infix::Assign, sides }, .. }) => {
                    self.declare(&sides[0])
                }
                _ => {}
            }
        }
        for statement in &query.statements {
            statement.parts().into_iter().for_each(|part| self.expr(part));
            if let Literal::Every { names, query, .. } = &statement.literal {
                let outer = self.locals.clone();
                self.locals.extend(names.iter().cloned());
                self.within(query, |_| {});
                self.locals = outer;
            }
            statement.with.iter().for_each(|(target, _)| self.refer(target.at, target.path(), true));
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.node {
            Node::Reference { root: Root::Name(_), .. } => self.refer(expr.at, expr.path(), false),
            Node::Call { function, .. } => self.refer(expr.at, function.clone(), false),
            Node::Comprehension { terms, query } => {
                return self.within(query, |reader| terms.iter().for_each(|term| reader.expr(term)));
            }
            _ => {}
        }
        expr.parts().into_iter().for_each(|part| self.expr(part));
    }

    fn refer(&mut self, at: At, path: Path, replaced: bool) {
        let Some(root) = path.first().cloned() else { return };
        if root == "input" || self.locals.contains(&root) {
            return;
        }
        let root_path = match self.module.imported(&root) {
            _ if root == "data" => Path::new(),
            Some(meant) if meant.first().is_some_and(|root| root == "data") => meant[1..].to_vec(),
            Some(_) => return,
            None => self.module.package.iter().chain([&root]).cloned().collect(),
        };
        let path = [&root_path[..], &path[1..]].concat();
        self.mentions.push(Mention { at, path, root, root_path, replaced });
    }
}
