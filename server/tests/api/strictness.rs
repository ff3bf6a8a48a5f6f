//! Bad input, on any route: a problem document that names the field.

use axum::http::Request;
use portal::{Actor, access::Role};
use serde_json::{Value, json};
use sqlx::PgPool;
use strum::VariantArray;

use crate::{
    caller::{Api, Heard},
    document::Described,
    rights::{body_of, filled},
};

const PROBLEM: &str = "application/problem+json";

async fn anybody(api: &Api) -> Actor {
    api.w.person("zoe", Role::VARIANTS).await
}

/// Routes that read a JSON body strictly.
fn strict(api: &Api) -> Vec<Described<'_>> {
    let all = api.document.all().into_iter();
    let strict: Vec<_> =
        all.filter(|route| route.id() != "queryData" && api.document.body(route).is_some()).collect();
    assert!(strict.len() >= 10, "{}", strict.len());
    strict
}

/// The names that a reason sets in backticks.
fn backticked(heard: &Heard) -> Vec<String> {
    let detail = heard.json["detail"].as_str().unwrap_or_default();
    detail.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[sqlx::test(migrations = "../migrations")]
async fn an_unknown_field_is_named_and_the_known_ones_are_those_of_the_document(pool: PgPool) {
    let api = Api::new(pool).await;
    let zoe = anybody(&api).await;
    for route in strict(&api) {
        let mut body = body_of(route.id(), &api.w);
        body["nonsense"] = json!(1);
        let refused = api.post(&zoe, &filled(route.path), &body).await;
        assert_eq!((refused.status, refused.field()), (422, "nonsense"), "{}: {}", route.id(), refused.json);
        assert_eq!(refused.header("content-type"), PROBLEM);
        let (mut expected, known) = (backticked(&refused), api.document.body(&route).unwrap());
        expected.sort();
        let mut known: Vec<_> = known.keys().cloned().collect();
        known.sort();
        assert_eq!(expected, known, "{}", route.id());
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_field_that_is_missing_or_of_another_kind_is_named(pool: PgPool) {
    let api = Api::new(pool).await;
    let zoe = anybody(&api).await;
    for route in strict(&api) {
        let whole = body_of(route.id(), &api.w);
        for name in api.document.required(&route) {
            let mut body = whole.clone();
            body.as_object_mut().unwrap().remove(name);
            let refused = api.post(&zoe, &filled(route.path), &body).await;
            assert_eq!((refused.status, refused.field()), (422, name), "{}: {}", route.id(), refused.json);
        }
        // An input may be anything.
        for name in api.document.body(&route).unwrap().keys().filter(|name| *name != "input") {
            let mut body = whole.clone();
            body[name] = json!({ "not": "this" });
            let refused = api.post(&zoe, &filled(route.path), &body).await;
            assert_eq!(
                (refused.status, refused.field()),
                (422, name.as_str()),
                "{}: {}",
                route.id(),
                refused.json
            );
        }
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_no_json_too_long_or_of_another_kind_is_refused_everywhere(pool: PgPool) {
    let api = Api::new(pool).await;
    let zoe = anybody(&api).await;
    for route in strict(&api) {
        let path = filled(route.path);
        let cut = api.post_text(&zoe, &path, "{\n \"").await;
        assert_eq!(
            (cut.status, cut.field(), &cut.json["line"]),
            (400, "body", &json!(2)),
            "{}: {}",
            route.id(),
            cut.json
        );
        let list = api.post_text(&zoe, &path, "[\"x\"]").await;
        assert_eq!((list.status, list.field()), (422, "body"), "{}", route.id());
        let long = api.post_text(&zoe, &path, vec![b' '; 17 << 20]).await;
        assert_eq!((long.status, long.field()), (413, "body"), "{}", route.id());
        let text = Request::post(&path).header("content-type", "text/plain");
        let form = api.send(text, &zoe, "{}".into()).await;
        assert_eq!((form.status, form.field()), (415, "content-type"), "{}", route.id());
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn an_unknown_name_in_a_query_is_named_everywhere(pool: PgPool) {
    let api = Api::new(pool).await;
    let zoe = anybody(&api).await;
    // OPA's own shape allows more.
    for route in api.document.all().into_iter().filter(|route| route.id() != "queryData") {
        let path = format!("{}?nonsense=1", filled(route.path));
        let refused = match route.method {
            "get" => api.get(&zoe, &path).await,
            _ => api.post(&zoe, &path, &json!({})).await,
        };
        assert_eq!((refused.status, refused.field()), (422, "nonsense"), "{}: {}", route.id(), refused.json);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_value_of_a_query_or_an_address_that_is_of_no_use_is_named(pool: PgPool) {
    let api = Api::new(pool).await;
    let zoe = anybody(&api).await;
    let cases = [
        ("/api/v1/exceptions?standing=odd", 422, "standing"),
        ("/api/v1/exceptions?before=12", 422, "before"),
        ("/api/v1/exceptions?environment=A%20B", 422, "environment"),
        ("/api/v1/exceptions?mine=perhaps", 422, "mine"),
        ("/api/v1/exceptions?mine&mine", 422, "mine"),
        ("/api/v1/exceptions?text=%00", 422, "query"),
        ("/api/v1/versions?bundle=mine", 422, "bundle"),
        ("/api/v1/releases/history?environment=", 422, "environment"),
        ("/api/v1/audit?before=x", 422, "before"),
        ("/api/v1/policies/health?detail=perhaps", 422, "detail"),
        ("/api/v1/exceptions/7", 422, "number"),
        ("/api/v1/promotions/7", 422, "id"),
        ("/api/v1/changesets/7", 422, "id"),
        ("/api/v1/decisions?before=never-made", 422, "before"),
        ("/api/v1/decisions?environment=A%20B", 422, "environment"),
        ("/api/v1/tokens?before=7", 422, "before"),
        ("/api/v1/bundles/mine/status", 422, "bundle"),
        ("/api/v1/bundles/aegis-ai/versions/1", 422, "version"),
        ("/api/v1/bundles/aegis-ai/versions/1.tar.gz", 422, "version"),
        ("/api/v1/policies/%00", 422, "package"),
        ("/api/v1/policies/%FF", 400, "path"),
    ];
    for (path, status, field) in cases {
        let refused = api.get(&zoe, path).await;
        assert_eq!((refused.status, refused.field()), (status, field), "{path}: {}", refused.json);
        assert_eq!(refused.header("content-type"), PROBLEM, "{path}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_text_that_cannot_be_kept_is_refused_and_not_our_fault(pool: PgPool) {
    let api = Api::new(pool).await;
    api.w.pushed(&api.w.author().await).await;
    let mut wanted = body_of("requestException", &api.w);
    wanted["justification"] = json!("a\0b");
    let refused = api.post(&anybody(&api).await, "/api/v1/exceptions", &wanted).await;
    assert_eq!((refused.status, refused.field()), (422, "body"), "{}", refused.json);
    for (name, value) in
        [("environments", json!(["A B"])), ("category", json!("odd")), ("until", json!("tomorrow"))]
    {
        let mut wanted = body_of("requestException", &api.w);
        wanted[name] = value;
        let refused = api.post(&anybody(&api).await, "/api/v1/exceptions", &wanted).await;
        let field = refused.field().split('[').next().unwrap_or_default();
        assert_eq!((refused.status, field), (422, name), "{}", refused.json);
    }
    let nothing: Value = api.get(&api.w.requester().await, "/api/v1/exceptions").await.json;
    assert_eq!(nothing, json!({ "items": [] }));
}
