//! Promote, ask and confirm, roll back.

use portal::{
    Actor, Environment,
    access::{Job, Role},
    policy::VersionRef,
    release,
    testing::{POLICY, POLICY_TEST},
};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::caller::Api;

/// Puts a first version in force everywhere, and makes a second one that is in force nowhere.
pub(crate) async fn in_force_everywhere(api: &Api) -> VersionRef {
    let author = api.w.author().await;
    let first = api.w.pushed(&author).await;
    for environment in [Environment::development(), Environment::staging(), Environment::production()] {
        release::begin(&api.w.portal, &Actor::Job(Job::SetUp), environment, first.id).await.unwrap();
    }
    let changed = POLICY.replace("no encryption", "not encrypted");
    let changeset = api.w.push(&author, &[("s3/s3.rego", &changed), ("s3/s3_test.rego", POLICY_TEST)]).await;
    changeset.versions[0].clone()
}

fn to(environment: &str, reason: &str) -> Value {
    json!({ "bundle": "aegis-provisioning", "version": "v1.1.0", "environment": environment, "reason": reason })
}

#[sqlx::test(migrations = "../migrations")]
async fn a_version_moves_up_and_comes_back(pool: PgPool) {
    let api = Api::new(pool).await;
    in_force_everywhere(&api).await;
    let dora = api.w.person("dora", &[Role::Author]).await;

    let left_out = api.post(&dora, "/api/v1/releases", &to("staging", "")).await;
    assert_eq!(left_out.status, 409, "{}", left_out.json);
    let mut promotion = to("development", "");
    promotion.as_object_mut().unwrap().remove("reason");
    let moved = api.post(&dora, "/api/v1/releases", &promotion).await;
    assert_eq!((moved.status, &moved.json["revision"]), (201, &json!("v1.1.0")), "{}", moved.json);
    let guarded = api.post(&dora, "/api/v1/releases", &to("production", "quick")).await;
    assert_eq!(guarded.status, 409);
    assert_eq!(
        guarded.json["title"],
        "production is guarded: ask for the promotion, and somebody else confirms it"
    );
    assert_eq!(api.post(&dora, "/api/v1/releases", &to("moon", "x")).await.status, 404);

    let back =
        json!({ "bundle": "aegis-provisioning", "environment": "development", "reason": "too strict" });
    let came_back = api.post(&dora, "/api/v1/releases/rollback", &back).await;
    assert_eq!(
        (came_back.status, &came_back.json["how"]),
        (201, &json!("rolled_back")),
        "{}",
        came_back.json
    );
    let history =
        api.get(&dora, "/api/v1/releases/history?environment=development&bundle=aegis-provisioning").await;
    let revisions: Vec<_> =
        history.json["items"].as_array().unwrap().iter().map(|r| r["revision"].clone()).collect();
    assert_eq!(revisions, ["v1.0.0", "v1.1.0", "v1.0.0"]);
    let board = api.get(&dora, "/api/v1/releases").await;
    assert_eq!(board.json["items"].as_array().map(Vec::len), Some(3));
    assert_eq!(board.json["items"][0]["in_force"][1]["release"]["revision"], "v1.0.0");
    let places = api.get(&dora, "/api/v1/environments").await;
    assert_eq!(
        places.json["items"][2],
        json!({ "environment": "production", "position": 3, "guarded": true })
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn into_production_one_asks_and_another_confirms(pool: PgPool) {
    let api = Api::new(pool).await;
    in_force_everywhere(&api).await;
    let (dora, bob) = (api.w.person("dora", &[Role::Author]).await, api.w.approver().await);
    let ask = async || api.post(&dora, "/api/v1/promotions", &to("production", "a clearer word")).await;

    let asked = ask().await;
    assert_eq!((asked.status, &asked.json["state"]), (201, &json!("asked")), "{}", asked.json);
    let path = asked.header("location").to_owned();
    let act = async |actor: &Actor, verb: &str, body: Value| {
        api.post(actor, &format!("{path}/{verb}"), &body).await
    };
    assert_eq!(api.get(&bob, "/api/v1/promotions").await.json["items"][0], asked.json);
    let board = api.get(&bob, "/api/v1/releases").await;
    assert_eq!(board.json["items"][2]["waiting"][0], asked.json);
    let seen = json!({ "seen": asked.json["seen"] });
    assert_eq!(act(&dora, "confirm", seen.clone()).await.status, 409, "nobody confirms their own");
    assert_eq!(act(&bob, "confirm", json!({ "seen": 0 })).await.status, 409, "something else was seen");
    assert_eq!(act(&bob, "confirm", json!({})).await.status, 422, "nothing was seen");
    assert_eq!(act(&bob, "withdraw", json!({})).await.status, 403, "an approver asks for nothing");

    let confirmed = act(&bob, "confirm", seen).await;
    assert_eq!(
        (confirmed.status, &confirmed.json["revision"]),
        (200, &json!("v1.1.0")),
        "{}",
        confirmed.json
    );
    assert_eq!(act(&bob, "decline", json!({ "reason": "late" })).await.status, 409, "it is decided");
    let shown = api.get(&dora, &path).await;
    assert_eq!(
        (&shown.json["state"], &shown.json["decision"]["by"]["name"]),
        (&json!("confirmed"), &json!("bob"))
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn a_promotion_is_declined_with_a_reason_or_withdrawn(pool: PgPool) {
    let api = Api::new(pool).await;
    in_force_everywhere(&api).await;
    let (dora, bob) = (api.w.person("dora", &[Role::Author]).await, api.w.approver().await);
    let ask = async || api.post(&dora, "/api/v1/promotions", &to("production", "a clearer word")).await;
    let first = ask().await.header("location").to_owned();
    let declined = api.post(&bob, &format!("{first}/decline"), &json!({ "reason": "not on a Friday" })).await;
    assert_eq!((declined.status, &declined.json["decision"]["said"]), (200, &json!("not on a Friday")));
    let second = ask().await.header("location").to_owned();
    let withdrawn = api.post(&dora, &format!("{second}/withdraw"), &json!({})).await;
    assert_eq!((withdrawn.status, &withdrawn.json["state"]), (200, &json!("withdrawn")));
    assert_eq!(api.get(&bob, "/api/v1/promotions").await.json["items"], json!([]));
}
