//! One decision by the embedded engine, with what it was decided by.

use axum::{
    Extension,
    extract::{Request, State},
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use portal::{
    Actor, Environment, Scope,
    engine::{Evaluated, NoAnswer},
};
use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};
use utoipa::{IntoParams, ToSchema};

use super::{
    Operation, ask,
    data::DATA,
    failure,
    read::{Asked, flag, json_body, parse, wrong},
};
use crate::{problem::Problem, routes::Route, site::Site};

/// What the embedded engine decides.
const NAMESPACE: &str = "aegis.ai";

pub(super) fn routes(site: &Site) -> Vec<Route> {
    let operation = Operation::new("Decides by a policy of `aegis.ai.*`")
        .about(
            "The environment is the token's, else the body's, else production. `result` is not there where the \
             document is undefined. `explain=notes` tells what the policy traced; the embedded engine has no step trace.",
        )
        .query::<Wish>()
        .takes::<Question>()
        .answers(200, "Evaluation", "What was decided, and by which revisions.");
    vec![ask("evaluate policy", "/api/v1/policies/evaluate", evaluate, DATA, site, operation)]
}

#[derive(Deserialize, IntoParams)]
struct Wish {
    /// Adds `metrics`: nanoseconds, by OPA's names.
    #[serde(default, deserialize_with = "flag")]
    metrics: bool,
    /// `notes` adds `notes`: what the policy said by `trace`. Beside it only `off`.
    explain: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EvaluatePolicy)]
struct Question {
    /// The package or rule, such as `aegis.ai.access_control`.
    namespace: String,
    /// Any JSON; `docs/policies.md` says what the shipped policies read.
    #[schema(value_type = Value)]
    input: Box<RawValue>,
    /// Where no token says it; production where nobody does.
    #[schema(value_type = Option<String>)]
    environment: Option<Environment>,
}

async fn evaluate(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    Asked(wish): Asked<Wish>,
    request: Request,
) -> Result<Response, Problem> {
    let explain = match wish.explain.as_deref() {
        None | Some("off") => false,
        Some("notes") => true,
        Some(_) => return Err(wrong("explain", "the embedded engine has no step trace, only `notes`")),
    };
    let question: Question = parse(&json_body(request, &site).await?)?;
    let path = path(&question.namespace)?;
    let environment = environment(&actor, question.environment)?;
    let body = Bytes::from([r#"{"input":"#, question.input.get(), "}"].concat());
    let evaluated =
        site.engine.evaluate(&actor, &environment, &path, body, explain).await.map_err(problem)?;
    let mut told = json!({
        "environment": environment,
        "decision_id": evaluated.decision_id,
        "revisions": revisions(&evaluated),
        "duration_ns": evaluated.took.as_nanos() as u64,
    });
    if wish.metrics {
        told["metrics"] = json!({ "timer_rego_query_eval_ns": evaluated.took.as_nanos() as u64 });
    }
    if let Some(notes) = &evaluated.notes {
        told["notes"] = json!(notes);
    }
    Ok(with_result(evaluated.result.as_deref(), &told))
}

/// `aegis.ai.pii` as the engine has it, `aegis/ai/pii`.
fn path(namespace: &str) -> Result<String, Problem> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.".contains(&byte);
    let inside = namespace == NAMESPACE
        || namespace.strip_prefix(NAMESPACE).is_some_and(|rest| rest.starts_with('.') && rest.len() > 1);
    if inside && namespace.bytes().all(plain) {
        return Ok(namespace.replace('.', "/"));
    }
    Err(wrong("namespace", format!("the embedded engine decides {NAMESPACE}.* alone; ask an OPA for others")))
}

/// A token's environment, else the one that is named, else production.
///
/// # Errors
/// Where a token of one environment asks about another one.
pub(super) fn environment(actor: &Actor, named: Option<Environment>) -> Result<Environment, Problem> {
    match (of_token(actor), named) {
        (Some(own), Some(named)) if own != named => {
            Err(wrong("environment", format!("this token is of {own} and of no other")))
        }
        (Some(own), _) => Ok(own),
        (None, named) => Ok(named.unwrap_or_else(Environment::production)),
    }
}

/// The environment that a token belongs to.
pub(super) fn of_token(actor: &Actor) -> Option<Environment> {
    match actor {
        Actor::Token { within: Scope::Environment(own), .. } => Some(own.clone()),
        _ => None,
    }
}

fn problem(no: NoAnswer) -> Problem {
    let status = failure::status(&no);
    match no {
        NoAnswer::Refused(error) => error.into(),
        NoAnswer::Failed(failure) => Problem::field(status, "input", failure.to_string()),
    }
}

/// Bundles and their revisions.
pub(super) fn revisions(evaluated: &Evaluated) -> Map<String, Value> {
    evaluated.revisions.iter().map(|(bundle, revision)| (bundle.to_string(), json!(revision))).collect()
}

/// An answer around a result that is JSON already, and is not gone through again.
pub(super) fn with_result(result: Option<&[u8]>, told: &Value) -> Response {
    let told = told.to_string();
    let body = match result {
        Some(result) => [br#"{"result":"#, result, b",", &told.as_bytes()[1..]].concat(),
        None => told.into_bytes(),
    };
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}
