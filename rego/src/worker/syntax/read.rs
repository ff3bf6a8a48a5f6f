//! From regorus' syntax tree to ours.

use regorus::unstable as theirs;
use regorus::unstable::{Ref, RuleHead};
use regorus::{Engine, Value};

use super::{
    At, Body, Expr, Import, Infix, Kind, Literal, Module, Node, Path, Query, Root, Rule, Statement, Step,
};

/// The modules that an engine has taken in, in that order.
pub(crate) fn modules(engine: &mut Engine) -> Vec<Module> {
    engine.get_modules().iter().map(|module| read_module(module)).collect()
}

/// The module that an engine has taken in last.
pub(crate) fn last(engine: &mut Engine) -> Option<Module> {
    engine.get_modules().last().map(|module| read_module(module))
}

/// The built-ins that the engine has, with how many arguments they take.
pub(crate) fn builtins() -> impl Iterator<Item = (&'static str, usize)> {
    theirs::BUILTINS.iter().map(|(name, (_, arguments))| (*name, usize::from(*arguments)))
}

fn read_module(module: &theirs::Module) -> Module {
    let source = &module.package.span.source;
    let import = |import: &theirs::Import| {
        let path = read_expr(&import.refr).path();
        let last = path.last().cloned().unwrap_or_default();
        Import { name: import.r#as.as_ref().map_or(last, |alias| alias.text().to_owned()), path }
    };
    Module {
        file: source.get_path().clone(),
        text: source.get_contents().clone(),
        package_at: at(&module.package.span),
        package: read_expr(&module.package.refr).path(),
        imports: module.imports.iter().map(import).collect(),
        rules: module.policy.iter().map(|rule| read_rule(rule)).collect(),
    }
}

fn at(span: &theirs::Span) -> At {
    At { line: span.line, start: span.start as usize, end: span.end as usize }
}

fn read_rule(rule: &theirs::Rule) -> Rule {
    match rule {
        theirs::Rule::Default { span, refr, args, value, .. } => {
            let (path, mut head) = head_path(refr);
            head.push(read_expr(value));
            let kind = if args.is_empty() { Kind::Complete } else { Kind::Function(args.len()) };
            Rule {
                at: at(span),
                path,
                kind,
                default: true,
                arguments: read_all(args),
                head,
                bodies: Vec::new(),
            }
        }
        theirs::Rule::Spec { span, head, bodies } => {
            let (refr, arguments, output) = match head {
                RuleHead::Compr { refr, assign, .. } => {
                    (refr, &[][..], assign.as_ref().map(|assign| &assign.value))
                }
                RuleHead::Set { refr, key, .. } => (refr, &[][..], key.as_ref()),
                RuleHead::Func { refr, args, assign, .. } => {
                    (refr, &args[..], assign.as_ref().map(|assign| &assign.value))
                }
            };
            let (path, mut computed) = head_path(refr);
            let kind = match head {
                RuleHead::Compr { .. } if computed.is_empty() => Kind::Complete,
                RuleHead::Compr { .. } => Kind::Object,
                RuleHead::Set { .. } => Kind::Set,
                RuleHead::Func { args, .. } => Kind::Function(args.len()),
            };
            computed.extend(output.map(read_expr));
            let bodies = bodies.iter().map(read_body).collect();
            Rule {
                at: at(span),
                path,
                kind,
                default: false,
                arguments: read_all(arguments),
                head: computed,
                bodies,
            }
        }
    }
}

/// The written part of a rule's reference, and the expressions in what follows it.
fn head_path(refr: &Ref<theirs::Expr>) -> (Path, Vec<Expr>) {
    let head = read_expr(refr);
    let path = head.path();
    let Node::Reference { steps, .. } = head.node else { return (path, Vec::new()) };
    let indexes =
        steps.into_iter().filter_map(|step| if let Step::Index(index) = step { Some(index) } else { None });
    (path, indexes.collect())
}

fn read_body(body: &theirs::RuleBody) -> Body {
    let value = body.assign.as_ref().map(|assign| read_expr(&assign.value));
    Body { at: at(&body.span), value, query: read_query(&body.query) }
}

fn read_query(query: &theirs::Query) -> Query {
    Query { at: at(&query.span), statements: query.stmts.iter().map(read_statement).collect() }
}

fn read_statement(statement: &theirs::LiteralStmt) -> Statement {
    let name = |span: &theirs::Span| span.text().to_owned();
    let literal = match &statement.literal {
        theirs::Literal::SomeVars { vars, .. } => Literal::Some(vars.iter().map(name).collect()),
        theirs::Literal::SomeIn { key, value, collection, .. } => Literal::SomeIn {
            pattern: key.iter().chain([value]).map(read_expr).collect(),
            collection: read_expr(collection),
        },
        theirs::Literal::Every { key, value, domain, query, .. } => Literal::Every {
            names: key.iter().chain([value]).map(name).collect(),
            domain: read_expr(domain),
            query: read_query(query),
        },
        theirs::Literal::Expr { expr, .. } => Literal::Expr(read_expr(expr)),
        theirs::Literal::NotExpr { expr, .. } => Literal::Not(read_expr(expr)),
    };
    let with =
        statement.with_mods.iter().map(|with| (read_expr(&with.refr), read_expr(&with.r#as))).collect();
    Statement { at: at(&statement.span), literal, with }
}

fn read_all(exprs: &[Ref<theirs::Expr>]) -> Vec<Expr> {
    exprs.iter().map(read_expr).collect()
}

fn read_expr(expr: &Ref<theirs::Expr>) -> Expr {
    use theirs::Expr as E;
    let infix = |infix, lhs, rhs| Node::Infix { infix, sides: Box::new([read_expr(lhs), read_expr(rhs)]) };
    let node = match &**expr {
        E::String { value, .. } | E::RawString { value, .. } => Node::Text(text(value)),
        E::Number { .. } | E::Bool { .. } | E::Null { .. } => Node::Scalar,
        E::Var { .. } | E::RefDot { .. } | E::RefBrack { .. } => read_reference(expr),
        E::Array { items, .. } => Node::Array(read_all(items)),
        E::Set { items, .. } => Node::Set(read_all(items)),
        E::Object { fields, .. } => {
            Node::Object(fields.iter().map(|(_, key, value)| (read_expr(key), read_expr(value))).collect())
        }
        E::ArrayCompr { term, query, .. } | E::SetCompr { term, query, .. } => {
            Node::Comprehension { terms: vec![read_expr(term)], query: read_query(query) }
        }
        E::ObjectCompr { key, value, query, .. } => {
            Node::Comprehension { terms: vec![read_expr(key), read_expr(value)], query: read_query(query) }
        }
        E::Call { fcn, params, .. } => {
            Node::Call { function: read_expr(fcn).path(), arguments: read_all(params) }
        }
        E::UnaryExpr { expr, .. } => Node::Minus(Box::new(read_expr(expr))),
        E::BinExpr { lhs, rhs, .. } | E::ArithExpr { lhs, rhs, .. } => infix(Infix::Compute, lhs, rhs),
        E::BoolExpr { lhs, rhs, .. } => infix(Infix::Compare, lhs, rhs),
        E::AssignExpr { op: theirs::AssignOp::ColEq, lhs, rhs, .. } => infix(Infix::Assign, lhs, rhs),
        E::AssignExpr { op: theirs::AssignOp::Eq, lhs, rhs, .. } => infix(Infix::Unify, lhs, rhs),
        E::Membership { key, value, collection, .. } => {
            Node::In(key.iter().chain([value, collection]).map(read_expr).collect())
        }
    };
    Expr { at: at(expr.span()), node }
}

/// Steps from the last to the first: a long reference is a deep tree.
fn read_reference(expr: &Ref<theirs::Expr>) -> Node {
    let (mut steps, mut here) = (Vec::new(), expr);
    let root = loop {
        match &**here {
            theirs::Expr::RefDot { refr, field, .. } => {
                steps.push(Step::Name(text(&field.1)));
                here = refr;
            }
            theirs::Expr::RefBrack { refr, index, .. } => {
                steps.push(match read_expr(index) {
                    Expr { node: Node::Text(name), .. } => Step::Name(name),
                    index => Step::Index(index),
                });
                here = refr;
            }
            theirs::Expr::Var { span, .. } => break Root::Name(span.text().to_owned()),
            _ => break Root::Other(Box::new(read_expr(here))),
        }
    };
    steps.reverse();
    Node::Reference { root, steps }
}

fn text(value: &Value) -> String {
    value.as_string().map(|text| text.to_string()).unwrap_or_default()
}
