//! What comes in on OPA's routes and is not what OPA sends: nothing of it stops what comes beside it or after
//! it.

#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

use std::{io::Write, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{Request, request::Builder},
};
use flate2::{Compression, write::GzEncoder};
use leptos::prelude::LeptosOptions;
use portal::{
    Actor, Environment,
    fleet::{self, Instance},
    testing::{World, opa},
};
use rego::worker::program_for_tests;
use serde_json::{Value, json};
use server::Site;
use sqlx::PgPool;
use tower::ServiceExt;

/// A portal, and an OPA of staging that says what it likes.
struct Scene {
    w: World,
    router: Router,
    opa: Actor,
}

impl Scene {
    async fn new(pool: PgPool) -> Self {
        let w = World::new(pool).await;
        let options = LeptosOptions::builder().output_name("app").site_root("target/site").build();
        let site = Site::new(w.portal.clone(), options, program_for_tests());
        site.run();
        Self { w, router: server::router(&site), opa: opa(Environment::staging()) }
    }

    async fn send(&self, request: Builder, body: impl Into<Body>) -> u16 {
        let request =
            request.header("host", "localhost").extension(self.opa.clone()).body(body.into()).unwrap();
        self.router.clone().oneshot(request).await.unwrap().status().as_u16()
    }

    async fn logs(&self, body: impl Into<Body>) -> u16 {
        self.send(Request::post("/opa/staging/logs").header("content-encoding", "gzip"), body).await
    }

    async fn status(&self, body: impl Into<Body>) -> u16 {
        self.send(Request::post("/opa/staging/status"), body).await
    }

    /// Ids of the decisions that were kept, and the reasons why others were put aside.
    async fn kept(&self) -> (Vec<String>, Vec<String>) {
        let kept = sqlx::query_scalar("select decision_id from decision order by 1");
        let aside = sqlx::query_scalar("select reason from decision_quarantine order by id");
        (kept.fetch_all(&self.w.owner).await.unwrap(), aside.fetch_all(&self.w.owner).await.unwrap())
    }

    async fn instance(&self, name: &str) -> Instance {
        let reader = self.w.requester().await;
        for _ in 0..200 {
            let fleet = fleet::list(&self.w.portal, &reader).await.unwrap();
            if let Some(found) = fleet.into_iter().find(|instance| instance.name == name) {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{name} is not in the fleet");
    }
}

fn packed(text: &[u8]) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(text).unwrap();
    gz.finish().unwrap()
}

fn decision(id: &str) -> Value {
    json!({ "decision_id": id, "labels": { "id": "8d1c" }, "path": "aegis/provisioning/s3/deny",
            "timestamp": "2026-11-20T10:00:05.123456789Z", "what_no_release_of_opa_has_said_yet": [1] })
}

fn upload(decisions: &[Value]) -> Vec<u8> {
    packed(json!(decisions).to_string().as_bytes())
}

#[sqlx::test(migrations = "../migrations")]
async fn logs_that_cannot_be_read_are_put_aside_and_acknowledged(pool: PgPool) {
    let opa = Scene::new(pool).await;
    let cut = upload(&[decision("cut")]);
    let bodies: [Vec<u8>; 8] = [
        vec![],
        b"not json".to_vec(),
        packed(b"[{"),
        packed(b"{}"),
        cut[..cut.len() / 2].to_vec(),
        [&cut[..], b"and more"].concat(),
        packed(&vec![b' '; (64 << 20) + 1]),
        vec![b'x'; 17 << 20],
    ];
    for (n, body) in bodies.iter().enumerate() {
        assert_eq!(opa.logs(body.clone()).await, 200, "upload {n}");
    }
    let (kept, aside) = opa.kept().await;
    assert_eq!((kept.len(), aside.len()), (0, bodies.len()), "{aside:?}");
    assert!(aside[6].contains("when unpacked") && aside[7].contains("an upload may have"), "{aside:?}");
    let longest: i32 = sqlx::query_scalar("select max(length(event)) from decision_quarantine")
        .fetch_one(&opa.w.owner)
        .await
        .unwrap();
    assert_eq!(longest, 64 << 10, "of a long one the beginning is kept");
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_no_decision_costs_none_of_those_around_it(pool: PgPool) {
    let opa = Scene::new(pool).await;
    let with_input = |id: &str, input: &str| {
        let event = decision(id).to_string();
        format!(r#"{},"input":{input}}}"#, event.strip_suffix('}').unwrap())
    };
    let events = [
        with_input("a", r#"{"any": [null, 1.5e3]}"#),
        with_input("nul", r#""\u0000""#),
        with_input("half-a-surrogate", r#""\ud800""#),
        with_input("huge-number", "1e999999"),
        with_input("deep", &("[".repeat(50_000) + &"]".repeat(50_000))),
        json!({ "decision_id": 7 }).to_string(),
        json!({ "decision_id": "when", "timestamp": "yesterday" }).to_string(),
        json!({ "decision_id": "", "timestamp": "2026-11-20T10:00:05Z" }).to_string(),
        json!({ "decision_id": "x".repeat(201), "timestamp": "2026-11-20T10:00:05Z" }).to_string(),
        "null".into(),
        with_input("b", "null"),
    ];
    assert_eq!(opa.logs(packed(format!("[{}]", events.join(",")).as_bytes())).await, 200);
    let (kept, aside) = opa.kept().await;
    assert_eq!((kept.as_slice(), aside.len()), (["a".to_owned(), "b".to_owned()].as_slice(), 9), "{aside:?}");
    assert_eq!(opa.logs(upload(&[decision("a"), decision("c")])).await, 200, "the same again, and a new one");
    assert_eq!(opa.kept().await.0, ["a", "b", "c"]);
}

#[sqlx::test(migrations = "../migrations")]
async fn one_of_very_many_that_cannot_be_kept_is_found_in_time(pool: PgPool) {
    let opa = Scene::new(pool).await;
    let mut events: Vec<_> = (0..5000).map(|n| decision(&format!("{n:04}")).to_string()).collect();
    events[1234] = events[1234].replace("[1]", "1e999999");
    let upload = packed(format!("[{}]", events.join(",")).as_bytes());
    let mut tries = 1;
    // As OPA does: on a busy machine not all of it is found within the time that a request has.
    while opa.logs(upload.clone()).await != 200 {
        tries += 1;
        assert!(tries < 20);
    }
    let (kept, aside) = opa.kept().await;
    assert_eq!((kept.len(), aside.len()), (4999, 1), "{aside:?}");
}

#[sqlx::test(migrations = "../migrations")]
async fn an_upload_of_very_many_is_acknowledged_and_the_least_of_it_kept(pool: PgPool) {
    let opa = Scene::new(pool).await;
    let mut tries = 1;
    while opa.logs(packed(format!("[{}1]", "1,".repeat(1 << 20)).as_bytes())).await != 200 {
        tries += 1;
        assert!(tries < 20);
    }
    let (kept, aside) = opa.kept().await;
    assert!(kept.is_empty() && aside.len() >= 20_001, "{}", aside.len());
    assert!(aside.last().unwrap().contains("events more than the 20000"), "{:?}", aside.last());
}

#[sqlx::test(migrations = "../migrations")]
async fn logs_are_read_by_their_bytes_whatever_the_encoding_is_called(pool: PgPool) {
    let opa = Scene::new(pool).await;
    let plain = |id: &str| json!([decision(id)]).to_string().into_bytes();
    let route = || Request::post("/opa/staging/logs/partition");
    let gzip = |name: &str| route().header("content-encoding", name);
    assert_eq!(opa.send(route(), plain("plain")).await, 200);
    assert_eq!(opa.send(gzip("gzip"), plain("plain-called-gzip")).await, 200);
    assert_eq!(opa.send(gzip("GZIP"), upload(&[decision("in-capitals")])).await, 200);
    assert_eq!(opa.send(route(), upload(&[decision("not-called-gzip")])).await, 200);
    let (kept, aside) = opa.kept().await;
    assert_eq!(
        (kept.as_slice(), aside.len()),
        (["in-capitals", "not-called-gzip", "plain", "plain-called-gzip"].map(str::to_owned).as_slice(), 0)
    );
    assert_eq!(opa.send(gzip("br"), b"\x8b\x02\x80[]\x03".to_vec()).await, 200);
    assert_eq!(opa.kept().await.1.len(), 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_report_is_read_past_all_that_is_not_ours(pool: PgPool) {
    let opa = Scene::new(pool).await;
    let never = "0001-01-01T00:00:00Z";
    let report = json!({
        "labels": { "id": "8d1c", "version": "1.22.2", "instance": "opa\u{0}-1", "replicas": 3 },
        "bundles": { "aegis-provisioning": {
            "name": "aegis-provisioning", "active_revision": "v1.0.0", "type": "snapshot", "size": 18231,
            "last_request": never, "last_successful_activation": never, "code": "bundle_error", "http_code": 404,
            "message": "server replied with Not Found", "errors": [{ "code": "x", "location": {} }],
            "metrics": { "timer_bundle_request_ns": 1 }, "later": {} } },
        "decision_logs": {}, "plugins": { "bundle": { "state": "OK" }, "later": { "state": "MAYBE" } },
        "metrics": { "prometheus": { "go_goroutines": { "metric": [{ "gauge": { "value": 12 } }] } } },
        "later": null,
    });
    assert_eq!(opa.status(report.to_string()).await, 200);
    let told = opa.instance("opa-1").await;
    assert_eq!((told.process.as_str(), told.opa_version.as_str()), ("8d1c", "1.22.2"));
    assert_eq!(
        (told.bundles[0].active_revision.as_str(), told.bundles[0].error.as_str()),
        ("v1.0.0", "server replied with Not Found")
    );
    // An OPA with the one bundle of old.
    let old = json!({ "labels": { "id": "old" }, "bundle": { "name": "aegis-provisioning", "active_revision": "v1.0.0" } });
    assert_eq!(opa.status(old.to_string()).await, 200);
    assert_eq!(opa.instance("old").await.bundles[0].name, "aegis-provisioning");
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_no_report_is_refused_and_those_after_it_are_not(pool: PgPool) {
    let opa = Scene::new(pool).await;
    for no in [
        "",
        "not json",
        "[]",
        "{}",
        r#"{"labels": {}}"#,
        r#"{"labels": {"id": ""}}"#,
        r#"{"labels": {"id": 7}}"#,
    ] {
        assert_eq!(opa.status(no).await, 400, "{no}");
    }
    let report = json!({ "labels": { "id": "8d1c" } }).to_string();
    assert_eq!(opa.status(vec![b' '; (8 << 20) + 1]).await, 413);
    let gzip = Request::post("/opa/staging/status").header("content-encoding", "gzip");
    assert_eq!(opa.send(gzip, packed(report.as_bytes())).await, 415);
    assert_eq!(opa.send(Request::post("/opa/production/status"), report.clone()).await, 403);
    assert_eq!(opa.send(Request::post("/opa/production/logs"), "[]").await, 403);
    assert_eq!(opa.status(report).await, 200);
    opa.instance("8d1c").await;
}

#[sqlx::test(migrations = "../migrations")]
async fn who_is_refused_is_in_the_audit_once_a_minute_for_each_permission(pool: PgPool) {
    let opa = Scene::new(pool).await;
    let evaluate = || Request::post("/api/v1/data/aegis/ai/pii").header("content-type", "application/json");
    for _ in 0..2 {
        for place in ["production", "development", "made-up"] {
            assert_eq!(opa.send(Request::get(format!("/opa/{place}/discovery")), "").await, 403);
            assert_eq!(opa.send(Request::post(format!("/opa/{place}/logs")), "[]").await, 403);
        }
        assert_eq!(opa.send(evaluate(), "{}").await, 403);
    }
    opa.w.clock.advance(chrono::TimeDelta::seconds(61));
    assert_eq!(opa.send(Request::get("/opa/production/discovery"), "").await, 403);
    let wanted = [
        "token bundle.fetch: refused",
        "token decision.report: refused",
        "token policy.evaluate: refused",
        "token bundle.fetch: refused",
    ];
    for _ in 0..200 {
        if opa.w.audit().await == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{:?}", opa.w.audit().await);
}
