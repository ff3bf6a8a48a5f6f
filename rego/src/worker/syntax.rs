//! Rego's syntax tree as our guards and checks see it. Only `read` knows regorus' own, which may change with
//! any version of it.

mod read;
mod scope;

pub(crate) use read::{builtins, last, modules};
pub(crate) use scope::{Mention, mentions};

/// The names of a reference that are written out, from its root: `["data", "aegis", "s3"]`.
pub(crate) type Path = Vec<String>;

/// Where something stands in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct At {
    /// Counted from 1.
    pub(crate) line: u32,
    /// Bytes from the start of the file. What ends in a text literal ends before its closing quote.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) file: String,
    pub(crate) text: String,
    pub(crate) package_at: At,
    /// Without `data`.
    pub(crate) package: Path,
    pub(crate) imports: Vec<Import>,
    pub(crate) rules: Vec<Rule>,
}

#[derive(Debug)]
pub(crate) struct Import {
    /// What the module calls it by.
    pub(crate) name: String,
    pub(crate) path: Path,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Complete,
    Set,
    Object,
    /// With how many arguments.
    Function(usize),
}

#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) at: At,
    /// Below its package, as far as it is written out.
    pub(crate) path: Path,
    pub(crate) kind: Kind,
    pub(crate) default: bool,
    pub(crate) arguments: Vec<Expr>,
    /// What the head says besides: the key of a set, the value, parts of its reference that are computed.
    pub(crate) head: Vec<Expr>,
    pub(crate) bodies: Vec<Body>,
}

#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) at: At,
    /// The value of an `else`.
    pub(crate) value: Option<Expr>,
    pub(crate) query: Query,
}

#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) at: At,
    pub(crate) statements: Vec<Statement>,
}

#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) at: At,
    pub(crate) literal: Literal,
    /// `with` target `as` value.
    pub(crate) with: Vec<(Expr, Expr)>,
}

#[derive(Debug)]
pub(crate) enum Literal {
    Some(Vec<String>),
    /// `some k, v in collection`; the pattern has one part or two.
    SomeIn {
        pattern: Vec<Expr>,
        collection: Expr,
    },
    Every {
        names: Vec<String>,
        domain: Expr,
        query: Query,
    },
    Expr(Expr),
    Not(Expr),
}

#[derive(Debug)]
pub(crate) struct Expr {
    pub(crate) at: At,
    pub(crate) node: Node,
}

#[derive(Debug)]
pub(crate) enum Node {
    Text(String),
    /// A number, a boolean, null.
    Scalar,
    /// A variable is a reference without steps.
    Reference {
        root: Root,
        steps: Vec<Step>,
    },
    Array(Vec<Expr>),
    Set(Vec<Expr>),
    Object(Vec<(Expr, Expr)>),
    /// What it collects (an object's key and value, else one), for each solution of its query.
    Comprehension {
        terms: Vec<Expr>,
        query: Query,
    },
    Call {
        function: Path,
        arguments: Vec<Expr>,
    },
    Infix {
        infix: Infix,
        sides: Box<[Expr; 2]>,
    },
    /// `value in collection` or `key, value in collection`: the parts in this order.
    In(Vec<Expr>),
    Minus(Box<Expr>),
}

#[derive(Debug)]
pub(crate) enum Root {
    Name(String),
    Other(Box<Expr>),
}

#[derive(Debug)]
pub(crate) enum Step {
    Name(String),
    Index(Expr),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Infix {
    /// `:=`.
    Assign,
    /// `=`.
    Unify,
    Compare,
    Compute,
}

impl Module {
    /// The path that a name means in this module by an import of it.
    pub(crate) fn imported(&self, name: &str) -> Option<&Path> {
        self.imports.iter().find(|import| import.name == name).map(|import| &import.path)
    }

    /// What a reference outside a rule's own variables means below `data`, by an import or in its own package; none
    /// where it means the input.
    pub(crate) fn below_data(&self, path: &[String]) -> Option<Path> {
        let (root, rest) = path.split_first()?;
        match self.imported(root) {
            _ if root == "data" => Some(rest.to_vec()),
            _ if root == "input" => None,
            Some(meant) => (meant.first()? == "data").then(|| [&meant[1..], rest].concat()),
            None => Some([&self.package[..], path].concat()),
        }
    }

    /// `aegis.provisioning.s3`.
    pub(crate) fn package_name(&self) -> String {
        self.package.join(".")
    }
}

impl Expr {
    /// The parts right below this one that are expressions. Queries of comprehensions are not looked into.
    pub(crate) fn parts(&self) -> Vec<&Expr> {
        match &self.node {
            Node::Text(_) | Node::Scalar => Vec::new(),
            Node::Reference { root, steps } => {
                let base = if let Root::Other(base) = root { Some(&**base) } else { None };
                let indexes = steps
                    .iter()
                    .filter_map(|step| if let Step::Index(index) = step { Some(index) } else { None });
                base.into_iter().chain(indexes).collect()
            }
            Node::Array(items) | Node::Set(items) | Node::In(items) => items.iter().collect(),
            Node::Object(fields) => fields.iter().flat_map(|(key, value)| [key, value]).collect(),
            Node::Comprehension { terms, .. } => terms.iter().collect(),
            Node::Call { arguments, .. } => arguments.iter().collect(),
            Node::Infix { sides, .. } => sides.iter().collect(),
            Node::Minus(inner) => vec![inner],
        }
    }

    /// The leading names of a reference, its root first; empty for anything else.
    pub(crate) fn path(&self) -> Path {
        let Node::Reference { root: Root::Name(root), steps } = &self.node else { return Path::new() };
        let names =
            steps.iter().map_while(|step| if let Step::Name(name) = step { Some(name) } else { None });
        [root].into_iter().chain(names).cloned().collect()
    }

    /// Shows this expression and all that is below it, the queries of comprehensions included.
    pub(crate) fn visit<'a>(&'a self, show: &mut dyn FnMut(&'a Expr)) {
        show(self);
        if let Node::Comprehension { query, .. } = &self.node {
            query.visit(show);
        }
        self.parts().into_iter().for_each(|part| part.visit(show));
    }
}

impl Statement {
    /// The expressions right in it; the query of an `every` is not looked into.
    pub(crate) fn parts(&self) -> Vec<&Expr> {
        let literal = match &self.literal {
            Literal::Some(_) => Vec::new(),
            Literal::SomeIn { pattern, collection } => pattern.iter().chain([collection]).collect(),
            Literal::Every { domain: expr, .. } | Literal::Expr(expr) | Literal::Not(expr) => vec![expr],
        };
        literal.into_iter().chain(self.with.iter().map(|(_, value)| value)).collect()
    }
}

impl Query {
    /// Shows all that is in its statements.
    pub(crate) fn visit<'a>(&'a self, show: &mut dyn FnMut(&'a Expr)) {
        for statement in &self.statements {
            statement.parts().into_iter().for_each(|part| part.visit(show));
            if let Literal::Every { query, .. } = &statement.literal {
                query.visit(show);
            }
        }
    }
}

impl Rule {
    /// Shows all that is in the rule.
    pub(crate) fn visit<'a>(&'a self, show: &mut dyn FnMut(&'a Expr)) {
        self.arguments.iter().chain(&self.head).for_each(|expr| expr.visit(show));
        for body in &self.bodies {
            body.value.iter().for_each(|value| value.visit(show));
            body.query.visit(show);
        }
    }

    /// As the file spells it, below its package: `deny`, `limits.cpu`.
    pub(crate) fn name(&self) -> String {
        self.path.join(".")
    }
}
