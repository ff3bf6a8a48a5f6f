//! OPA's own question and answer, on the embedded engine: an OPA client takes `https://HOST/api` for its OPA.
//!
//! The body is passed on as it came, and parsed once, by a worker.

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{
        Query, State,
        rejection::{BytesRejection, QueryRejection},
    },
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use portal::{
    Actor, Environment,
    engine::{Evaluated, NoAnswer},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::time::Instant;
use utoipa::IntoParams;

use super::{
    Operation,
    evaluate::{of_token, revisions, with_result},
    failure,
    operation::of,
    read::At,
};
use crate::{
    problem::Problem,
    routes::{Route, known},
    site::Site,
};

/// Bytes of a body that is evaluated: what a worker takes, and what stands around the input.
pub(super) const DATA: usize = (16 << 20) + (4 << 10);

pub(super) fn routes(site: &Site) -> Vec<Route> {
    let operation = Operation::new("Answers as OPA does, by a policy of `aegis.ai.*`")
        .about(
            "The request and the answer have OPA's shape (OPA's documentation, \"REST API\", Data API). The environment \
             is the token's, else production. Paths outside `aegis/ai` are 404: OPA servers decide those. Top-level keys \
             beside `input` are let be. `explain=notes` tells what the policy traced; other ways to explain, and \
             `strict-builtin-errors`, are refused with 400, since they would not be heeded.",
        )
        .query::<Wish>()
        .takes_raw("application/json", of("DataQuestion"))
        .answers(200, "DataAnswer", "The document; no `result` where it is undefined.")
        .like_opa();
    let mut route = known("query data", Method::POST, "/api/v1/data/{*path}", data, DATA, site);
    route.operation = Some(operation);
    vec![route]
}

/// What OPA's clients ask for beside the document; what they ask for besides is let be, as OPA does.
#[derive(Deserialize, IntoParams)]
struct Wish {
    /// Adds `metrics`.
    #[param(value_type = Option<bool>)]
    metrics: Option<String>,
    /// Adds `metrics`; the embedded engine has no finer ones.
    #[param(value_type = Option<bool>)]
    instrument: Option<String>,
    /// Adds `provenance`: the portal's version, and the bundles' revisions.
    #[param(value_type = Option<bool>)]
    provenance: Option<String>,
    /// `notes` adds `explanation`, unless the document is undefined: an event for each `trace` of the policy.
    /// Beside it only `off`: the embedded engine has no step trace.
    explain: Option<String>,
    /// Makes a text of each event.
    #[param(value_type = Option<bool>)]
    pretty: Option<String>,
    /// Only `false`.
    #[serde(rename = "strict-builtin-errors")]
    #[param(value_type = Option<bool>)]
    strict_builtin_errors: Option<String>,
}

/// A *no* of OPA's shape.
struct Refused {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refused {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, code: "invalid_parameter", message: message.into() }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "code": self.code, "message": self.message }))).into_response()
    }
}

impl From<NoAnswer> for Refused {
    fn from(no: NoAnswer) -> Self {
        Self { status: failure::status(&no), code: failure::code(&no), message: no.to_string() }
    }
}

async fn data(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    at: Result<At, Problem>,
    wish: Result<Query<Wish>, QueryRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refused> {
    let started = Instant::now();
    let at = at.map_err(|_| Refused::new(StatusCode::BAD_REQUEST, "the path is not UTF-8"))?;
    let Query(wish) = wish.map_err(|no| Refused::new(no.status(), no.body_text()))?;
    wish.can_be_heeded()?;
    is_plain(&headers)?;
    let body = body.map_err(|no| Refused::new(no.status(), no.body_text()))?;
    let environment = of_token(&actor).unwrap_or_else(Environment::production);
    let has_input = holds(&body, b"\"input\"");
    let path = at.text("path").trim_matches('/');
    let evaluated = site.engine.evaluate(&actor, &environment, path, body, wish.wants_notes()).await?;
    Ok(with_result(evaluated.result.as_deref(), &wish.told(&evaluated, has_input, started)))
}

impl Wish {
    fn can_be_heeded(&self) -> Result<(), Refused> {
        let no = match (self.explain.as_deref(), is_set(&self.strict_builtin_errors)) {
            (None | Some("" | "off" | "notes"), false) => return Ok(()),
            (None | Some("" | "off" | "notes"), true) => {
                "strict-builtin-errors: the embedded engine swallows them"
            }
            (Some(_), _) => "explain: the embedded engine has no step trace, only `notes`",
        };
        Err(Refused::new(StatusCode::BAD_REQUEST, no))
    }

    fn wants_notes(&self) -> bool {
        self.explain.as_deref() == Some("notes")
    }

    fn told(&self, evaluated: &Evaluated, has_input: bool, started: Instant) -> Value {
        let mut told = json!({ "decision_id": evaluated.decision_id });
        if is_set(&self.metrics) || is_set(&self.instrument) {
            told["metrics"] = json!({
                "timer_rego_query_eval_ns": evaluated.took.as_nanos() as u64,
                "timer_server_handler_ns": started.elapsed().as_nanos() as u64,
            });
        }
        if is_set(&self.provenance) {
            let bundles = revisions(evaluated)
                .into_iter()
                .map(|(name, revision)| (name, json!({ "revision": revision })));
            let bundles: Map<String, Value> = bundles.collect();
            told["provenance"] = json!({ "version": env!("CARGO_PKG_VERSION"), "bundles": bundles });
        }
        // As OPA: what is undefined is not explained.
        if let (Some(notes), Some(_)) = (&evaluated.notes, &evaluated.result) {
            let pretty = is_set(&self.pretty);
            told["explanation"] = notes.iter().map(|note| event(note, pretty)).collect();
        }
        if !has_input {
            let message = "'input' key missing from the request";
            told["warning"] = json!({ "code": "api_usage_warning", "message": message });
        }
        told
    }
}

/// A note as OPA tells it (OPA's documentation, "REST API", Trace Events), or as it writes it for people.
fn event(note: &str, pretty: bool) -> Value {
    if pretty {
        return json!(format!("Note {}", json!(note)));
    }
    json!({ "op": "note", "query_id": 0, "parent_id": 0, "type": "", "node": null, "locals": [], "message": note })
}

/// A flag as OPA reads it: its bare name or `=true`; any other value leaves it off.
fn is_set(flag: &Option<String>) -> bool {
    matches!(flag.as_deref(), Some("" | "true"))
}

/// OPA also reads YAML and gzip; a worker does not, and would blame the input.
fn is_plain(headers: &HeaderMap) -> Result<(), Refused> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let no = if text(header::CONTENT_TYPE).contains("yaml") {
        "the embedded engine reads JSON, not YAML"
    } else if !matches!(text(header::CONTENT_ENCODING), "" | "identity") {
        "the embedded engine reads plain bodies, without a content-encoding"
    } else {
        return Ok(());
    };
    Err(Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, no))
}

/// Where it is there it comes early, so that few bodies are gone through.
fn holds(body: &[u8], text: &[u8]) -> bool {
    body.windows(text.len()).any(|window| window == text)
}
