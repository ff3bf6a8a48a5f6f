//! What is sent by each way in so that it comes as far as the door: something that the way would take.

use portal::testing::World;
use serde_json::json;

use crate::{
    asked::Way,
    table::{Own, Things},
};

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// The kind of a body, and the body.
pub(crate) fn said(way: &Way, w: &World, things: &Things, own: &Own) -> (&'static str, String) {
    let path = way.path;
    if !way.changes() {
        (JSON, String::new())
    } else if path == "/changesets" || path == "/api/v1/changesets" {
        ("application/gzip", "no archive".to_owned())
    } else if path.starts_with("/opa/") {
        let logs = path.contains("/logs");
        (JSON, if logs { "[]".into() } else { json!({ "labels": { "id": "an-opa" } }).to_string() })
    } else if path.starts_with("/api/v1/") {
        (JSON, to_the_api(path, w))
    } else if path.starts_with("/api/") {
        (FORM, to_a_function(path, w, things, own))
    } else {
        (FORM, to_a_page(path, w, things, own))
    }
}

fn to_the_api(path: &str, w: &World) -> String {
    let version = "v1.1.0";
    let promoted = |environment: &str| json!({ "bundle": "aegis-provisioning", "version": version, "environment": environment, "reason": "x" });
    let body = match path.trim_start_matches("/api/v1/") {
        "policies/evaluate" => json!({ "namespace": "aegis.ai.pii", "input": {}, "environment": "staging" }),
        "data/{*path}" => json!({ "input": {} }),
        "releases" => promoted("development"),
        "promotions" => promoted("production"),
        "releases/rollback" => {
            json!({ "bundle": "aegis-provisioning", "environment": "staging", "to": "v1.0.0", "reason": "x" })
        }
        "exceptions" => serde_json::to_value(w.wanted()).expect("a request is plain JSON"),
        "exceptions/{number}/approve" => json!({ "seen": "", "until": w.in_days(1), "comment": "fine" }),
        "exceptions/{number}/deny" | "exceptions/{number}/revoke" | "promotions/{id}/decline" => {
            json!({ "reason": "x" })
        }
        "policies/reload" => json!({ "environment": "staging" }),
        // One that has an owner is refused to tokens before the door is asked: they are nobody who could own it.
        "tokens" => {
            json!({ "name": "OPA", "scopes": ["opa"], "environment": "staging", "ends_at": w.in_days(1) })
        }
        "audit/evidence-packs" => json!({ "since": day(w), "until": day(w) }),
        "promotions/{id}/confirm" => json!({ "seen": 1 }),
        "promotions/{id}/withdraw" | "exceptions/{number}/withdraw" | "tokens/{id}/revoke" => json!({}),
        other => panic!("{other} is new: say what it takes"),
    };
    body.to_string()
}

fn to_a_function(path: &str, w: &World, things: &Things, own: &Own) -> String {
    let end = w.in_days(1).format("%Y-%m-%dT%H:%M:%S").to_string();
    let (version, promotion) = (things.version.to_string(), things.promotion.to_string());
    let fields: Vec<(&str, &str)> = match path.trim_start_matches("/api/") {
        "audit/list" | "changeset/list" | "decision/list" | "exception/list" | "policy/list"
        | "release/history" | "version/list" | "environment/choose" | "environment/list" | "fleet/list"
        | "home" | "preference" | "release/board" | "sign-in/people" | "ui" | "viewer" | "waiting"
        | "exception/offer" => vec![],
        "changeset/show" => vec![("id", &things.changeset)],
        "decision/show" => vec![("id", &things.decision)],
        "fleet/show" => vec![("id", &things.instance)],
        "exception/show" | "exception/withdraw" => vec![("number", "EXC-001")],
        "exception/deny" | "exception/revoke" => vec![("number", "EXC-001"), ("reason", "x")],
        "exception/approve" => vec![("number", "EXC-001"), ("seen", ""), ("end[at]", &end)],
        "exception/chosen" => vec![("numbers[]", "EXC-001")],
        "exception/revoke-some" => vec![("numbers[]", "EXC-001"), ("reason", "x"), ("typed", "0")],
        "exception/look-ahead" => vec![("target", "aegis.provisioning.s3/deny_no_encryption")],
        "exception/request" => vec![
            ("target", "aegis.provisioning.s3/deny_no_encryption"),
            ("resources", "archive-1"),
            ("environments[]", "production"),
            ("justification", "the archive moves in a week"),
            ("ticket", "SEC-77"),
            ("category", "mitigated"),
            ("end[at]", &end),
        ],
        "find" => vec![("text", "EXC")],
        "fleet/reload" => vec![("environment", "staging")],
        "live/concerns" => vec![("since", "2024-01-01T00:00:00Z")],
        "policy/show" => vec![("package", "aegis.provisioning.s3")],
        "promotion/ask" => vec![("version", &version), ("environment", "production"), ("reason", "x")],
        "promotion/confirm" => vec![("id", &promotion), ("seen", "1"), ("typed", "production")],
        "promotion/decline" => vec![("id", &promotion), ("reason", "x")],
        "promotion/show" | "promotion/withdraw" => vec![("id", &promotion)],
        "release/promote" => vec![("version", &version), ("environment", "development")],
        "release/roll-back" => vec![
            ("environment", "staging"),
            ("bundle", "aegis-provisioning"),
            ("to", &version),
            ("reason", "x"),
            ("typed", "staging"),
        ],
        "trail/name" => vec![("path", "/exceptions/EXC-001")],
        "version/show" => vec![("bundle", "aegis-provisioning"), ("number", "v1.0.0")],
        "view/keep" => vec![("list", "exceptions"), ("name", "mine")],
        "view/remove" => vec![("list", "exceptions"), ("id", &own.view)],
        other => panic!("{other} is new: say what it takes"),
    };
    encoded(&fields)
}

/// A page takes whatever form is on it: one that anybody may send.
fn to_a_page(path: &str, w: &World, things: &Things, own: &Own) -> String {
    match path {
        "/exports/evidence-pack" => encoded(&[("since", &day(w)), ("until", &day(w))]),
        "/sessions" => encoded(&[("session", &own.session)]),
        "/access" => encoded(&[("act", "map"), ("group", "g"), ("role", "auditor"), ("scope", "portal")]),
        "/access/tokens" => encoded(&[("act", "revoke"), ("token", &things.token)]),
        "/access/review" => {
            encoded(&[("act", "review"), ("shown", "1"), ("00112233445566778899", "confirm")])
        }
        "/sign-in" | "/sign-in/back-channel-logout" | "/sign-out" => String::new(),
        path if path.starts_with("/exports/") => encoded(&[("query", "")]),
        _ => encoded(&[("act", "/api/preference"), ("theme", "dark")]),
    }
}

fn encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn day(w: &World) -> String {
    w.in_days(0).format("%Y-%m-%d").to_string()
}
