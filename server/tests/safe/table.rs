//! Who gets in where: each way in, asked by a stranger, by somebody of each role, and by a token of each scope.

use std::fmt::Write;

use axum::http::StatusCode;
use portal::{
    Actor, Environment, Id, Promotion, Version,
    access::{Job, Role, TokenScope},
    decision::{self, Batch},
    exception,
    fleet::{self, Reported},
    identity,
    list::List,
    release, saved_view,
    testing::{POLICY, POLICY_TEST, World, opa},
};
use serde_json::{json, value::RawValue};
use server::routes::Who;
use sqlx::PgPool;
use strum::VariantArray;

use crate::{
    asked::{Asked, ID, Way},
    said::said,
};

/// The table that auditors read; a test keeps it equal to what the server answers.
const ROUTES: &str = include_str!("../../../docs/routes.md");

/// What the ways lead to.
pub(crate) struct Things {
    pub(crate) changeset: String,
    pub(crate) version: Id<Version>,
    pub(crate) promotion: Id<Promotion>,
    /// A requester's.
    pub(crate) token: String,
    pub(crate) decision: String,
    pub(crate) instance: String,
}

/// What is theirs alone who ask, and nobody else may have.
pub(crate) struct Own {
    /// Another one than the one in which they ask.
    pub(crate) session: String,
    pub(crate) view: String,
}

impl Default for Own {
    fn default() -> Self {
        Self { session: ID.to_owned(), view: ID.to_owned() }
    }
}

/// Who asks, and by which header.
struct Column {
    name: String,
    header: Option<(&'static str, String)>,
    own: Own,
}

#[sqlx::test(migrations = "../migrations")]
async fn who_gets_in_where_is_what_the_auditors_read(pool: PgPool) {
    let asked = Asked::new(pool).await;
    let things = things(&asked.w).await;
    let columns = columns(&asked).await;
    let mut ways = asked.ways();
    // The last one ends the session of whoever asks.
    ways.sort_by_key(|way| (way.path == "/sign-out", way.path, way.method.to_string()));
    let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
    let mut table = format!("| | {} |\n|---|{}\n", names.join(" | "), ":-:|".repeat(names.len()));
    let mut faults = Vec::new();
    for way in &ways {
        let mut answers = Vec::new();
        for column in &columns {
            answers.push(ask(&asked, way, &things, column).await);
        }
        faults.extend(fault(way, &names, &answers));
        let marks: Vec<_> = answers.iter().map(|status| mark(*status)).collect();
        writeln!(table, "| `{way}` | {} |", marks.join(" | ")).unwrap();
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(ROUTES.ends_with(&table), "docs/routes.md should end with:\n{table}");
}

async fn things(w: &World) -> Things {
    let author = w.person("zoe", &[Role::Author]).await;
    let first = w.pushed(&author).await;
    for environment in [Environment::development(), Environment::staging(), Environment::production()] {
        release::begin(&w.portal, &Actor::Job(Job::SetUp), environment, first.id).await.unwrap();
    }
    let changed = POLICY.replace("no encryption", "not encrypted");
    let changeset = w.push(&author, &[("s3/s3.rego", &changed), ("s3/s3_test.rego", POLICY_TEST)]).await;
    let second = changeset.versions[0].id;
    let promoted = release::promote(&w.portal, &author, second, Environment::staging(), "clearer").await;
    promoted.unwrap();
    let asked = release::ask(&w.portal, &author, second, Environment::production(), "clearer").await.unwrap();
    let requester = w.person("yan", &[Role::Requester]).await;
    exception::request(&w.portal, &requester, w.wanted()).await.unwrap();
    let person = requester.by().and_then(|by| by.person()).unwrap();
    let (token, _) = w.token(Some(person), None, &[TokenScope::PolicyRead]).await;
    let (decision, instance) = heard_of_an_opa(w).await;
    Things {
        changeset: changeset.id.to_string(),
        version: second,
        promotion: asked.id,
        token: token.to_string(),
        decision,
        instance,
    }
}

/// A decision and an instance, as an OPA of staging reports them.
async fn heard_of_an_opa(w: &World) -> (String, String) {
    let (staging, at) = (Environment::staging(), w.in_days(0));
    let name = "opa-1".to_owned();
    let decision = decision::Event {
        decision_id: "d-1".into(),
        instance: name.clone(),
        path: "aegis/provisioning/s3/deny".into(),
        at,
        event: RawValue::from_string(json!({ "result": [] }).to_string()).unwrap(),
    };
    let batch = Batch { events: vec![decision], quarantined: vec![] };
    decision::keep(&w.portal, &opa(staging.clone()), staging.clone(), &batch).await.unwrap();
    let reported = Reported {
        environment: staging.clone(),
        name,
        process: "1".into(),
        opa_version: "1.22.2".into(),
        bundles: vec![("aegis-provisioning".into(), "v1.0.0".into(), String::new())],
        dropped: 0,
        ready: true,
        at,
    };
    fleet::report(&w.portal, &opa(staging), &reported).await.unwrap();
    let fleet = fleet::list(&w.portal, &w.author().await).await.unwrap();
    ("d-1".into(), fleet[0].id.to_string())
}

async fn columns(asked: &Asked) -> Vec<Column> {
    let mut columns = vec![Column { name: "stranger".into(), header: None, own: Own::default() }];
    columns.push(of_somebody(asked, "no role", &[]).await);
    for &role in Role::VARIANTS {
        columns.push(of_somebody(asked, &role.to_string(), &[role]).await);
    }
    for &scope in TokenScope::VARIANTS {
        let token = asked.token(&[scope]).await;
        let header = Some(("authorization", token));
        columns.push(Column { name: format!("`{scope}`"), header, own: Own::default() });
    }
    asked.site.run();
    for token in columns.iter().filter_map(|column| column.header.as_ref()) {
        if token.0 == "authorization" {
            asked.until_known(&token.1).await;
        }
    }
    columns
}

async fn of_somebody(asked: &Asked, name: &str, roles: &[Role]) -> Column {
    let (portal, cookie) = (&asked.w.portal, asked.signed_in(name, roles).await);
    let secret = cookie.split_once('=').unwrap().1;
    let who = identity::who_has_session(portal, secret).await.unwrap();
    let person = who.by().and_then(|by| by.person()).unwrap();
    identity::sign_in_as_demo_person(portal, &Actor::Visitor { address: None }, person).await.unwrap();
    let sessions = identity::my_sessions(portal, &who, secret).await.unwrap();
    let session = sessions.into_iter().find(|session| !session.here).unwrap().id.to_string();
    let view = saved_view::keep(portal, &who, List::Exceptions, "theirs", "").await;
    // Whoever has no role keeps none.
    let view = view.map_or(ID.to_owned(), |view| view.id.to_string());
    Column { name: name.to_owned(), header: Some(("cookie", cookie)), own: Own { session, view } }
}

async fn ask(asked: &Asked, way: &Way, things: &Things, column: &Column) -> StatusCode {
    let thing = match way.path {
        path if path.contains("/changesets/") => things.changeset.clone(),
        path if path.contains("/promotions/") => things.promotion.to_string(),
        path if path.contains("/tokens/") => things.token.clone(),
        path if path.starts_with("/decisions/") => things.decision.clone(),
        path if path.starts_with("/fleet/") => things.instance.clone(),
        _ => ID.to_owned(),
    };
    let (kind, body) = said(way, &asked.w, things, &column.own);
    let query = match way.path {
        "/api/v1/audit/consistency" => "?from=1&to=1",
        "/api/v1/audit/inclusion" => "?seq=1&size=1",
        _ => "",
    };
    let mut request = axum::http::Request::builder()
        .method(way.method.clone())
        .uri(way.address.replace(ID, &thing) + query)
        .header("accept", "application/json")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", kind);
    if let Some((name, value)) = &column.header {
        request = request.header(*name, value);
    }
    asked.ask(request, body).await.status
}

/// What is wrong where the answers tell of what was sent, and not of the door.
fn fault(way: &Way, names: &[&str], answers: &[StatusCode]) -> Option<String> {
    let unknown = answers.contains(&StatusCode::UNAUTHORIZED);
    let stranger = match way.who {
        Who::Known => answers[0] != StatusCode::UNAUTHORIZED,
        Who::Anyone | Who::Everybody => unknown,
    };
    // A folder that is none, and an evaluation of what is not in force, are refused by whoever is behind the door.
    let behind = match way.path {
        "/changesets" | "/api/v1/changesets" => 422,
        "/api/v1/policies/evaluate" | "/api/v1/data/{*path}" => 503,
        _ => 0,
    };
    let amiss = |status: &StatusCode| {
        let read_first = [400, 405, 413, 415, 422, 429, 500, 503].contains(&status.as_u16());
        way.who == Who::Known && read_first && status.as_u16() != behind
    };
    // Where nobody finds anything, it is not told who may.
    let nothing = way.who == Who::Known && answers.iter().all(|status| mark(*status) != "yes");
    let answers: Vec<_> = names.iter().zip(answers).collect();
    (stranger || nothing || answers.iter().any(|(_, status)| amiss(status)))
        .then(|| format!("{way}: {answers:?}"))
}

fn mark(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "401",
        403 => "403",
        404 => "404",
        _ => "yes",
    }
}
