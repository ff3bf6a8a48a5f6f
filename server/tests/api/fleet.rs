//! The fleet and its bundles, reload, and the audit.

use portal::{
    Environment,
    access::Role,
    fleet::{self, Reported},
    testing::opa,
};
use serde_json::json;
use sqlx::PgPool;

use crate::{caller::Api, releases::in_force_everywhere};

async fn report(api: &Api, name: &str, revision: &str, error: &str) {
    let staging = Environment::staging();
    let reported = Reported {
        environment: staging.clone(),
        name: name.into(),
        process: name.into(),
        opa_version: "1.22.2".into(),
        bundles: vec![("aegis-provisioning".into(), revision.into(), error.into())],
        dropped: 0,
        ready: true,
        at: api.w.in_days(0),
    };
    fleet::report(&api.w.portal, &opa(staging), &reported).await.unwrap();
}

#[sqlx::test(migrations = "../migrations")]
async fn how_far_a_bundle_has_come_is_told_for_each_environment_and_instance(pool: PgPool) {
    let api = Api::new(pool).await;
    in_force_everywhere(&api).await;
    report(&api, "opa-1", "v1.0.0", "").await;
    report(&api, "opa-2", "v0.9.0", "").await;
    report(&api, "opa-3", "v0.9.0", "scope mismatch").await;
    let otto = api.w.person("otto", &[Role::Operator]).await;

    let status = api.get(&otto, "/api/v1/bundles/aegis-provisioning/status").await;
    let staging = &status.json["environments"][1];
    assert_eq!(
        (&staging["revision"], &staging["instances"], &staging["converged"]),
        (&json!("v1.0.0"), &json!(3), &json!(1))
    );
    let drifts: Vec<_> =
        staging["running"].as_array().unwrap().iter().map(|runs| runs["drift"].clone()).collect();
    assert_eq!(drifts, ["converged", "behind", "error"]);
    let nothing = api.get(&otto, "/api/v1/bundles/aegis-ai/status").await;
    assert_eq!(nothing.json["environments"][2]["revision"], json!(null));
    let all = api.get(&otto, "/api/v1/fleet").await;
    assert_eq!(all.json["items"][2]["drift"], "error");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_reload_reaches_the_live_instances_and_is_recorded(pool: PgPool) {
    let api = Api::new(pool).await;
    in_force_everywhere(&api).await;
    report(&api, "opa-1", "v1.0.0", "").await;
    let otto = api.w.person("otto", &[Role::Operator]).await;

    let reload = api.post(&otto, "/api/v1/policies/reload", &json!({ "environment": "staging" })).await;
    assert_eq!((reload.status, &reload.json), (200, &json!({ "environment": "staging", "instances": 1 })));
    let production = api.post_text(&otto, "/api/v1/policies/reload", "").await;
    assert_eq!(production.json, json!({ "environment": "production", "instances": 0 }));
    assert_eq!(
        api.post(&otto, "/api/v1/policies/reload", &json!({ "environment": "moon" })).await.status,
        404
    );

    let entries = api.get(&otto, "/api/v1/audit?kind=reload_triggered&by=otto").await;
    let entries = entries.json["items"].as_array().unwrap().clone();
    assert_eq!(entries.len(), 2);
    assert_eq!((&entries[1]["by"], &entries[1]["event"]["environment"]), (&json!("otto"), &json!("staging")));
    let before =
        api.get(&otto, &format!("/api/v1/audit?kind=reload_triggered&before={}", entries[0]["seq"])).await;
    assert_eq!(before.json["items"].as_array().map(Vec::len), Some(1));
    let about = api.get(&otto, "/api/v1/audit?about=staging&kind=reload_triggered").await;
    assert_eq!(about.json["items"].as_array().map(Vec::len), Some(1));
}

#[sqlx::test(migrations = "../migrations")]
async fn the_log_proves_itself_and_leaves_as_a_pack(pool: PgPool) {
    let api = Api::new(pool).await;
    in_force_everywhere(&api).await;
    let otto = api.w.person("otto", &[Role::Operator]).await;
    while portal::audit::log::sequence(&api.w.portal).await.unwrap() > 0 {}
    let signed = portal::audit::log::checkpoint(&api.w.portal, true).await.unwrap().unwrap();
    let key: evidence::PublicKey = portal::audit::log::public_key(&api.w.portal).parse().unwrap();

    let told = api.get(&otto, "/api/v1/audit/consistency?from=1").await;
    assert_eq!((told.status, &told.json["from"], &told.json["to"]), (200, &json!(1), &json!(signed.size)));
    assert_eq!(key.open(told.json["checkpoint"].as_str().unwrap()), Ok(signed.clone()));
    let proof = evidence::Consistency::read(told.json.to_string().as_bytes()).unwrap();
    let leaf = api.get(&otto, "/api/v1/audit/inclusion?seq=1&size=1").await;
    let root = evidence::leaf(leaf.json["entry"].as_str().unwrap().as_bytes());
    proof.check(&evidence::Checkpoint { branch: 1, size: 1, root }, &signed).unwrap();

    assert_eq!(api.get(&otto, "/api/v1/audit/inclusion?seq=1").await.json["size"], json!(signed.size));
    assert_eq!(api.get(&otto, "/api/v1/audit/inclusion?seq=999").await.status, 404);
    let wrong = api.get(&otto, "/api/v1/audit/consistency?from=9&to=3").await;
    assert_eq!((wrong.status, wrong.field()), (422, "from"));

    let days = json!({ "since": "2024-10-01", "until": "2024-10-04" });
    let pack = api.post(&otto, "/api/v1/audit/evidence-packs", &days).await;
    assert_eq!((pack.status, pack.header("content-type")), (200, "application/zip"));
    let reversed = json!({ "since": "2024-10-02", "until": "2024-10-01" });
    let wrong = api.post(&otto, "/api/v1/audit/evidence-packs", &reversed).await;
    assert_eq!((wrong.status, wrong.field()), (422, "until"));
}
