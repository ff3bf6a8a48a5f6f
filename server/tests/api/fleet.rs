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
