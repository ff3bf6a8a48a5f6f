//! A change sent again with its `Idempotency-Key` is done once, and answered the same.

use chrono::TimeDelta;
use portal::{Actor, access::Role, idempotency::KEPT};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    caller::{Api, Heard, json as post},
    releases::in_force_everywhere,
    rights::body_of,
};

const ALL: &str = "/api/v1/exceptions";

async fn send(api: &Api, actor: &Actor, path: &str, key: &str, body: &Value) -> Heard {
    api.send(post(path).header("idempotency-key", key), actor, body.to_string().into()).await
}

async fn how_many(api: &Api, actor: &Actor) -> Option<usize> {
    api.get(actor, ALL).await.json["items"].as_array().map(Vec::len)
}

#[sqlx::test(migrations = "../migrations")]
async fn a_change_sent_again_is_done_once_and_answered_the_same(pool: PgPool) {
    let api = Api::new(pool).await;
    api.w.pushed(&api.w.author().await).await;
    let (ann, cat) = (api.w.requester().await, api.w.author().await);
    let wanted = body_of("requestException", &api.w);

    let first = send(&api, &ann, ALL, "k-1", &wanted).await;
    let again = send(&api, &ann, ALL, "k-1", &wanted).await;
    assert_eq!((first.status, again.status), (201, 201), "{}", again.json);
    assert_eq!((&first.bytes, first.header("location")), (&again.bytes, again.header("location")));
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), ("", "true"));
    assert_eq!(how_many(&api, &ann).await, Some(1));
    // Somebody else's key is another one, and so is another key.
    assert_eq!(send(&api, &cat, ALL, "k-1", &wanted).await.json["number"], "EXC-002");
    assert_eq!(send(&api, &ann, ALL, "k-2", &wanted).await.json["number"], "EXC-003");
    // Without a key it is done as often as it is sent.
    assert_eq!(api.post(&ann, ALL, &wanted).await.json["number"], "EXC-004");
    api.w.clock.advance(KEPT - TimeDelta::seconds(1));
    assert_eq!(send(&api, &ann, ALL, "k-1", &wanted).await.json["number"], "EXC-001");
    api.w.clock.advance(TimeDelta::seconds(1));
    assert_eq!(send(&api, &ann, ALL, "k-1", &wanted).await.json["number"], "EXC-005");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_no_is_answered_again_too_and_a_key_stands_for_one_request(pool: PgPool) {
    let api = Api::new(pool).await;
    in_force_everywhere(&api).await;
    let dora = api.w.person("dora", &[Role::Author]).await;
    let to = |environment: &str, reason: &str| json!({ "bundle": "aegis-provisioning", "version": "v1.1.0", "environment": environment, "reason": reason });
    let no = send(&api, &dora, "/api/v1/releases", "k", &to("staging", "")).await;
    api.post(&dora, "/api/v1/releases", &to("development", "")).await;
    let again = send(&api, &dora, "/api/v1/releases", "k", &to("staging", "")).await;
    assert_eq!((no.status, again.status, &no.bytes), (409, 409, &again.bytes), "it would be possible by now");
    assert_eq!(again.header("content-type"), "application/problem+json");
    let another = send(&api, &dora, "/api/v1/releases", "k", &to("staging", "hurry")).await;
    assert_eq!((another.status, another.field()), (422, "Idempotency-Key"));
    // The same key on another route is another one.
    let reload = send(&api, &dora, "/api/v1/policies/reload", "k", &json!({})).await;
    assert_eq!(reload.status, 200, "{}", reload.json);
}

#[sqlx::test(migrations = "../migrations")]
async fn of_two_at_once_one_is_done(pool: PgPool) {
    let api = Api::new(pool).await;
    api.w.pushed(&api.w.author().await).await;
    let (ann, wanted) = (api.w.requester().await, body_of("requestException", &api.w));
    let once = async || send(&api, &ann, ALL, "k", &wanted).await.status;
    let (a, b, c) = tokio::join!(once(), once(), once());
    let mut told = [a, b, c];
    told.sort();
    assert!(told[0] == 201 && told[1..].iter().all(|status| [201, 409].contains(status)), "{told:?}");
    assert_eq!(how_many(&api, &ann).await, Some(1));
}

#[sqlx::test(migrations = "../migrations")]
async fn what_was_cut_off_is_not_done_again_and_what_we_failed_at_is(pool: PgPool) {
    let api = Api::new(pool).await;
    api.w.pushed(&api.w.author().await).await;
    let (ann, wanted) = (api.w.requester().await, body_of("requestException", &api.w));
    send(&api, &ann, ALL, "cut", &wanted).await;
    // As a server leaves it that dies between the change and its answer.
    let cut = "update idempotency set status = null, kind = null, location = null, body = null";
    sqlx::query(cut).execute(&api.w.owner).await.unwrap();
    let unknown = send(&api, &ann, ALL, "cut", &wanted).await;
    assert_eq!((unknown.status, unknown.field()), (409, "Idempotency-Key"));
    assert_eq!(how_many(&api, &ann).await, Some(1));

    sqlx::query("alter table exception rename to away").execute(&api.w.owner).await.unwrap();
    assert_eq!(send(&api, &ann, ALL, "ours", &wanted).await.status, 500);
    sqlx::query("alter table away rename to exception").execute(&api.w.owner).await.unwrap();
    assert_eq!(send(&api, &ann, ALL, "ours", &wanted).await.status, 201);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_key_is_a_short_text_and_every_change_takes_one(pool: PgPool) {
    let api = Api::new(pool).await;
    let ann = api.w.requester().await;
    let longest = "k".repeat(255);
    for (key, status) in [("", 400), (&*longest, 422), (&*format!("{longest}k"), 400)] {
        let heard = send(&api, &ann, ALL, key, &json!({})).await;
        assert_eq!((heard.status, heard.field() == "Idempotency-Key"), (status, status == 400), "{key}");
    }
    for route in api.document.all() {
        let parameters = route.operation["parameters"].as_array().unwrap();
        let takes_one = parameters.iter().any(|parameter| parameter["name"] == "Idempotency-Key");
        let asks = ["evaluatePolicy", "queryData", "issueToken", "makeEvidencePack"].contains(&route.id());
        assert_eq!(takes_one, route.method == "post" && !asks, "{}", route.id());
    }
}
