//! Who gets in where: each way in, asked by a stranger, by somebody of each role, and by a token of each scope.

use std::fmt::Write;

use axum::http::StatusCode;
use portal::{
    Actor, Environment, Id, Promotion, Version,
    access::{Job, Role, TokenScope},
    exception, release,
    testing::{POLICY, POLICY_TEST, World},
};
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
    token: String,
}

/// Who asks, and by which header.
struct Column {
    name: String,
    header: Option<(&'static str, String)>,
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
    Things {
        changeset: changeset.id.to_string(),
        version: second,
        promotion: asked.id,
        token: token.to_string(),
    }
}

async fn columns(asked: &Asked) -> Vec<Column> {
    let mut columns = vec![Column { name: "stranger".into(), header: None }];
    columns.push(Column {
        name: "no role".into(),
        header: Some(("cookie", asked.signed_in("noah", &[]).await)),
    });
    for &role in Role::VARIANTS {
        let name = role.to_string();
        let cookie = asked.signed_in(&format!("an {name}"), &[role]).await;
        columns.push(Column { name, header: Some(("cookie", cookie)) });
    }
    for &scope in TokenScope::VARIANTS {
        let token = asked.token(&[scope]).await;
        columns.push(Column { name: format!("`{scope}`"), header: Some(("authorization", token)) });
    }
    asked.site.run();
    for token in columns.iter().filter_map(|column| column.header.as_ref()) {
        if token.0 == "authorization" {
            asked.until_known(&token.1).await;
        }
    }
    columns
}

async fn ask(asked: &Asked, way: &Way, things: &Things, column: &Column) -> StatusCode {
    let thing = match way.path {
        path if path.contains("/changesets/") => things.changeset.clone(),
        path if path.contains("/promotions/") => things.promotion.to_string(),
        path if path.contains("/tokens/") => things.token.clone(),
        _ => ID.to_owned(),
    };
    let (kind, body) = said(way, &asked.w, things);
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
    let answers: Vec<_> = names.iter().zip(answers).collect();
    (stranger || answers.iter().any(|(_, status)| amiss(status))).then(|| format!("{way}: {answers:?}"))
}

fn mark(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "401",
        403 => "403",
        404 => "404",
        _ => "yes",
    }
}
