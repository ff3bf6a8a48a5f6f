//! Tokens, and what comes in with them.

use std::time::{Duration, Instant};

use axum::http::Request;
use portal::{
    Actor, Environment,
    access::Role,
    identity::{self, Secret, SecretKind},
    testing::World,
};
use rego::worker::program_for_tests;
use serde_json::{Value, json};
use server::Site;
use sqlx::PgPool;

use crate::caller::{Api, Heard, options};

async fn issue(api: &Api, actor: &Actor, scopes: &[&str], more: Value) -> Heard {
    let mut body = json!({ "name": "CI", "scopes": scopes });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    api.post(actor, "/api/v1/tokens", &body).await
}

#[sqlx::test(migrations = "../migrations")]
async fn somebody_issues_a_token_that_asks_for_what_its_scopes_allow(pool: PgPool) {
    let api = Api::new(pool).await;
    api.w.pushed(&api.w.author().await).await;
    let ada = api.w.person("ada", &[Role::Admin, Role::Requester]).await;
    let issued = issue(&api, &ada, &["exception:request"], json!({})).await;
    assert_eq!(issued.status, 201, "{}", issued.json);
    let bearer = format!("Bearer {}", issued.json["secret"].as_str().unwrap());

    let asked = |path: &str, body: &Value| {
        let request = Request::post(path).header("authorization", &bearer);
        let request = request.header("content-type", "application/json");
        (request, body.to_string())
    };
    let (request, body) = asked("/api/v1/exceptions", &serde_json::to_value(api.w.wanted()).unwrap());
    let asked_for = api.send_as_sent(request, body.into()).await;
    assert_eq!(
        (asked_for.status, &asked_for.json["requested_by"]["name"]),
        (201, &json!("ada")),
        "{}",
        asked_for.json
    );
    let (request, body) = asked("/api/v1/policies/reload", &json!({}));
    assert_eq!(api.send_as_sent(request, body.into()).await.status, 403);
    let nobody = Request::post("/api/v1/policies/reload").header("authorization", "Bearer nobody-has-this");
    assert_eq!(api.send_as_sent(nobody, "{}".into()).await.status, 401);
    let told = api.w.audit().await;
    let of_issue = told.iter().filter(|entry| *entry == "person token.manage: token_issued");
    assert_eq!(of_issue.count(), 1, "{told:?}");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_slip_of_the_hand_is_told_at_once_with_the_database_away(pool: PgPool) {
    let w = World::new(pool).await;
    let nowhere = w.behind(1).await;
    let api = Api::of(w, Site::new(nowhere, options(), program_for_tests())).await;
    let ask = async |secret: &str| {
        let request = Request::get("/api/v1/policies").header("authorization", format!("Bearer {secret}"));
        api.send_as_sent(request, "".into()).await
    };
    let secret = Secret::fresh(SecretKind::Token);
    let (rest, last) = secret.reveal().split_at(secret.reveal().len() - 1);
    let slip = format!("{rest}{}", if last == "x" { "y" } else { "x" });

    let begun = Instant::now();
    let told = ask(&slip).await;
    let took = begun.elapsed();
    assert_eq!(told.status, 401, "{}", told.json);
    assert!(told.json["title"].as_str().unwrap().contains("malformed"), "{}", told.json);
    assert_eq!(told.header("www-authenticate"), r#"Bearer error="invalid_token""#);
    assert!(took < Duration::from_secs(1), "nobody was waited for: {took:?}");
    assert_eq!(ask(secret.reveal()).await.status, 503, "whose token this is would have to be looked up");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_token_that_cannot_be_is_refused_by_field(pool: PgPool) {
    let api = Api::new(pool).await;
    let ada = api.w.person("ada", &[Role::Admin]).await;
    let cases: [(&[&str], Value, &str); 7] = [
        (&[], json!({}), "scopes"),
        (&["exception:approve"], json!({}), "scopes[0]"),
        (&["opa"], json!({}), "scopes"),
        (&["opa", "policy:read"], json!({ "environment": "staging" }), "scopes"),
        (&["policy:read"], json!({ "environment": "moon" }), "environment"),
        (&["policy:read"], json!({ "ends_at": api.w.in_days(366) }), "ends_at"),
        (&["policy:read"], json!({ "name": " " }), "name"),
    ];
    for (scopes, more, field) in cases {
        let refused = issue(&api, &ada, scopes, more.clone()).await;
        assert_eq!((refused.status, refused.field()), (422, field), "{scopes:?} {more}: {}", refused.json);
    }
    assert_eq!(issue(&api, &ada, &["opa"], json!({ "environment": "staging" })).await.status, 201);
    let beyond = issue(&api, &ada, &["policy:manage"], json!({})).await;
    assert_eq!((beyond.status, beyond.field()), (201, ""), "an admin may look at policies");
    let beyond = issue(&api, &ada, &["policy:evaluate"], json!({})).await;
    assert_eq!((beyond.status, beyond.field()), (422, "scopes"), "{}", beyond.json);
    let cat = api.w.author().await;
    assert_eq!(issue(&api, &cat, &["policy:evaluate"], json!({})).await.status, 201, "their own");
    let (ada, cat) = (ada.by().unwrap().person().unwrap(), api.w.author().await);
    assert_eq!(issue(&api, &cat, &["policy:read"], json!({ "owner": ada })).await.status, 403, "another's");
    assert_eq!(issue(&api, &cat, &["opa"], json!({ "environment": "staging" })).await.status, 403);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_token_that_is_revoked_opens_nothing_and_stays_on_the_list(pool: PgPool) {
    let api = Api::new(pool).await;
    let (ada, iris) =
        (api.w.person("ada", &[Role::Admin]).await, api.w.person("iris", &[Role::Auditor]).await);
    let kept = issue(&api, &ada, &["policy:read"], json!({})).await;
    let lost = issue(&api, &ada, &["policy:read"], json!({ "environment": "staging" })).await;
    let asks = async |issued: &Heard| {
        let bearer = format!("Bearer {}", issued.json["secret"].as_str().unwrap());
        let request = Request::get("/api/v1/environments").header("authorization", bearer);
        api.send_as_sent(request, "".into()).await.status
    };
    let path = format!("/api/v1/tokens/{}/revoke", lost.json["id"].as_str().unwrap());
    assert_eq!(api.post(&iris, &path, &json!({})).await.status, 404, "another's");
    let revoked = api.post(&ada, &path, &json!({})).await;
    assert_eq!(
        (revoked.status, &revoked.json["revoked_at"]),
        (200, &json!(api.w.in_days(0))),
        "{}",
        revoked.json
    );
    assert_eq!((asks(&kept).await, asks(&lost).await), (200, 401));
    let again = api.post(&ada, &path, &json!({})).await;
    assert_eq!(
        (again.status, again.json["title"].as_str()),
        (409, Some("the token has already been revoked"))
    );
    let path = "/api/v1/tokens/01890000-0000-7000-8000-000000000000/revoke";
    assert_eq!(api.post(&ada, path, &json!({})).await.status, 404);

    let all = api.get(&iris, "/api/v1/tokens").await;
    let told: Vec<_> =
        all.json["items"].as_array().unwrap().iter().map(|token| token["id"].clone()).collect();
    assert_eq!(told, [lost.json["id"].clone(), kept.json["id"].clone()]);
    assert_eq!(
        (&all.json["items"][1]["owner"]["name"], &all.json["items"][1]["revoked_at"]),
        (&json!("ada"), &json!(null))
    );
    assert!(!all.json.to_string().contains(kept.json["secret"].as_str().unwrap()));
    let older = api.get(&iris, &format!("/api/v1/tokens?before={}", lost.json["id"].as_str().unwrap())).await;
    assert_eq!(older.json["items"].as_array().map(Vec::len), Some(1));
    let of_cat = api.get(&api.w.author().await, "/api/v1/tokens").await;
    assert_eq!((of_cat.status, &of_cat.json["items"]), (200, &json!([])), "their own alone");
    assert_eq!(all.json["items"][1]["ends_at"], json!(api.w.in_days(90)), "where nobody says otherwise");
    assert_eq!(api.w.audit().await.iter().filter(|entry| entry.ends_with("token_revoked")).count(), 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn each_start_of_the_demo_revokes_the_tokens_of_the_one_before(pool: PgPool) {
    let api = Api::new(pool).await;
    let ada = api.w.person("ada", &[Role::Admin]).await;
    let theirs = issue(&api, &ada, &["opa"], json!({ "environment": "staging" })).await;
    for start in 0..3 {
        let mut made = vec![];
        for environment in [Environment::staging(), Environment::production()] {
            made.push(server::set_up::opa_token(&api.w.portal, environment).await.unwrap());
        }
        let ids: Vec<_> = made.iter().map(|(id, _)| *id).collect();
        server::set_up::revoke_earlier_tokens(&api.w.portal, &ids).await.unwrap();
        api.w.clock.advance(chrono::TimeDelta::days(20));
        for (_, secret) in made {
            let actor = identity::who_has_token(&api.w.portal, &secret).await.unwrap();
            assert!(actor.is_ok(), "start {start}");
        }
    }
    let all = api.get(&ada, "/api/v1/tokens").await;
    let standing = all.json["items"].as_array().unwrap().iter().filter(|token| token["revoked_at"].is_null());
    let standing: Vec<_> = standing.map(|token| token["name"].as_str().unwrap()).collect();
    assert_eq!(standing, ["demo OPA of production", "demo OPA of staging", "CI"]);
    assert_eq!(theirs.status, 201);
}
