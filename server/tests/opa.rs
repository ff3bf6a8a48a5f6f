//! A real OPA against the real server: it fetches, verifies, answers, reports and logs; and it never goes back.

#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

mod support;

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use portal::{
    Actor, Environment, Id, Token,
    access::{Job, TokenScope},
    clock::{Clock, SystemClock},
    exception, fleet, identity,
    policy::VersionRef,
    release,
    testing::{POLICY, POLICY_TEST, World},
};
use serde_json::json;
use sqlx::PgPool;
use support::{Opa, Served, Way, eventually, serve};

const SET_UP: Actor = Actor::Job(Job::SetUp);
const PROVISIONING: &str = "aegis-provisioning";

/// A portal in force in staging and production, and a second version that is not.
struct Scene {
    w: World,
    author: Actor,
    second: VersionRef,
}

async fn scene(pool: PgPool) -> Scene {
    let w = World::new(pool).await;
    // OPA's clock is the machine's, so the portal's is too.
    w.clock.advance(SystemClock.now() - w.clock.now());
    let author = w.author().await;
    let policy = with_exceptions(POLICY);
    let tests = POLICY_TEST.to_owned() + EXEMPTED_TEST;
    let files = [("s3/s3.rego", policy.as_str()), ("s3/s3_test.rego", tests.as_str())];
    let pushed = w.push(&author, &files).await;
    let first = pushed.versions.first().unwrap_or_else(|| panic!("it passes: {:?}", pushed.report)).clone();
    for environment in [Environment::staging(), Environment::production()] {
        release::begin(&w.portal, &SET_UP, environment, first.id).await.unwrap();
    }
    let changed = policy.replace("no encryption", "not encrypted");
    let second = w.push(&author, &[("s3/s3.rego", &changed), files[1]]).await.versions[0].clone();
    Scene { w, author, second }
}

/// The small policy, with exceptions looked up as the shipped helper does.
fn with_exceptions(policy: &str) -> String {
    let denied = "\tfound.rule == \"deny_no_encryption\"\n";
    let policy = policy.replace(denied, "\tcount(covering(found)) == 0\n");
    policy
        + r#"
exempted contains found.name if {
	some found in finding
	count(covering(found)) > 0
}

covering(found) := [e |
	some e in object.get(data.exceptions.index, ["aegis.provisioning.s3", found.rule, found.name], [])
	time.now_ns() < e.expires_ns
]
"#
}

const EXEMPTED_TEST: &str = r#"
test_exempts if {
	list := [{"id": "EXC-001", "expires_ns": 5}]
	index := {"index": {"aegis.provisioning.s3": {"deny_no_encryption": {"b": list}}}}
	data.aegis.provisioning.s3.exempted == {"b"} with input as {"resource": {"name": "b"}}
		with data.exceptions as index
		with time.now_ns as 4
}
"#;

async fn token(w: &World, environment: Environment) -> String {
    issued(w, environment).await.1
}

async fn issued(w: &World, environment: Environment) -> (Id<Token>, String) {
    let (id, secret) = w.token(None, Some(environment), &[TokenScope::Opa]).await;
    (id, secret.reveal().to_owned())
}

/// Whether a server has read of the token.
fn knows(site: &server::Site, secret: &str) -> bool {
    site.shelf.who_has_token(secret).is_ok_and(|actor| actor.by().is_some())
}

fn bare_bucket() -> serde_json::Value {
    json!({ "resource": { "name": "legacy-archive-bucket" } })
}

#[sqlx::test(migrations = "../migrations")]
async fn an_opa_fetches_a_release_answers_reports_and_logs(pool: PgPool) {
    let Scene { w, author, second } = scene(pool).await;
    let Served { url, .. } = serve(w.portal.clone()).await;
    let opa = Opa::start(&url, "staging", &token(&w, Environment::staging()).await);
    opa.until(PROVISIONING, "v1.0.0").await;

    let answer = opa.ask("aegis/provisioning/s3/deny", bare_bucket()).await.unwrap();
    assert_eq!(answer["result"][0]["msg"], "no encryption");

    let moved = Instant::now();
    release::promote(&w.portal, &author, second.id, Environment::staging(), "now").await.unwrap();
    opa.until(PROVISIONING, "v1.1.0").await;
    assert!(moved.elapsed() < Duration::from_secs(15), "{:?}", moved.elapsed());

    eventually("the fleet's report", async || {
        let fleet = fleet::list(&w.portal, &author).await.unwrap();
        let told = fleet.iter().flat_map(|instance| &instance.bundles);
        told.into_iter().any(|bundle| bundle.name == PROVISIONING && bundle.active_revision == "v1.1.0")
    })
    .await;
    let id = answer["decision_id"].as_str().unwrap();
    eventually("the decision", async || {
        let kept: i64 = sqlx::query_scalar("select count(*) from decision where decision_id = $1")
            .bind(id)
            .fetch_one(&w.owner)
            .await
            .unwrap();
        kept == 1
    })
    .await;
}

#[sqlx::test(migrations = "../migrations")]
async fn an_exception_is_in_force_in_opa_and_ends_with_the_portal_gone(pool: PgPool) {
    let Scene { w, .. } = scene(pool).await;
    let served = serve(w.portal.clone()).await;
    let way_out = Way::to(&w.owner).await;
    let opa = Opa::start(&served.url, "production", &token(&w, Environment::production()).await);
    opa.until(PROVISIONING, "v1.0.0").await;
    let (ann, bob) = (w.requester().await, w.approver().await);
    let asked = exception::request(&w.portal, &ann, w.wanted()).await.unwrap();

    w.clock.advance(SystemClock.now() - w.clock.now());
    let ends_at = SystemClock.now() + TimeDelta::seconds(4);
    exception::approve(&w.portal, &bob, asked.number, &asked.seen(), ends_at, "").await.unwrap();

    let denied = async || {
        let answer = opa.ask("aegis/provisioning/s3/deny", bare_bucket()).await?;
        answer["result"].as_array().map(|denied| !denied.is_empty())
    };
    eventually("the exception in OPA", async || denied().await == Some(false)).await;
    assert!(SystemClock.now() < ends_at, "it came before it ended");
    // The portal goes: nobody tells OPA anything any more.
    drop(served);
    way_out.cut();
    tokio::time::sleep(
        (ends_at - SystemClock.now()).to_std().unwrap_or_default() + Duration::from_millis(50),
    )
    .await;
    assert_eq!(denied().await, Some(true), "it ended by OPA's own clock");
}

#[sqlx::test(migrations = "../migrations")]
async fn with_the_database_away_opa_is_served_and_heard(pool: PgPool) {
    let Scene { w, author, .. } = scene(pool).await;
    let way = Way::to(&w.owner).await;
    let Served { site, url } = serve(w.behind(way.port).await).await;
    let secret = token(&w, Environment::staging()).await;
    eventually("the shelf", async || !site.shelf.environments().is_empty() && knows(&site, &secret)).await;
    way.cut();
    let client = reqwest::Client::new();

    // A cold OPA starts: discovery and bundles come from the shelf of the only server.
    let opa = Opa::start(&url, "staging", &secret);
    opa.until(PROVISIONING, "v1.0.0").await;

    let post = async |path: &str, body: String| {
        let post = client.post(format!("{url}/opa/staging/{path}")).bearer_auth(&secret).body(body);
        let asked = Instant::now();
        let status = post.header("content-type", "application/json").send().await.unwrap().status().as_u16();
        (status, asked.elapsed())
    };
    let status = post("status", json!({"labels": {"id": "8d1c", "instance": "waits"}}).to_string()).await;
    assert_eq!(status.0, 200);
    let event = json!([{"decision_id": "kept-once", "labels": {"id": "8d1c"}, "path": "a",
                        "timestamp": "2026-11-20T10:00:05.123456789Z"}]);
    let (refused, took) = post("logs", event.to_string()).await;
    assert_eq!(refused, 503);
    // A second, and what a busy machine puts on top.
    assert!(took < Duration::from_secs(3), "{took:?}");

    way.mend();
    eventually("logs are taken again", async || post("logs", event.to_string()).await.0 == 200).await;
    assert_eq!(post("logs", event.to_string()).await.0, 200, "OPA may send it twice");
    let kept: i64 = sqlx::query_scalar("select count(*) from decision where decision_id = 'kept-once'")
        .fetch_one(&w.owner)
        .await
        .unwrap();
    assert_eq!(kept, 1);
    eventually("the report that waited", async || {
        fleet::list(&w.portal, &author).await.unwrap().iter().any(|instance| instance.name == "waits")
    })
    .await;
}

#[sqlx::test(migrations = "../migrations")]
async fn of_two_servers_the_one_that_is_cut_off_takes_no_opa_back(pool: PgPool) {
    let Scene { w, author, second } = scene(pool).await;
    let (way_a, way_b) = (Way::to(&w.owner).await, Way::to(&w.owner).await);
    let (a, b) = (serve(w.behind(way_a.port).await).await, serve(w.behind(way_b.port).await).await);
    let secret = token(&w, Environment::staging()).await;
    for server in [&a, &b] {
        eventually("the shelf", async || knows(&server.site, &secret)).await;
    }
    // Each has said that it is live, so neither takes itself for the only one.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let fetch = async |server: &Served, etag: Option<&str>| {
        let get = reqwest::Client::new()
            .get(format!("{}/opa/staging/bundles/{PROVISIONING}", server.url))
            .bearer_auth(&secret)
            .header("prefer", "modes=snapshot,delta;wait=1");
        let get = if let Some(etag) = etag { get.header("if-none-match", etag) } else { get };
        let answer = get.send().await.unwrap();
        let etag = answer.headers().get("etag").map(|etag| etag.to_str().unwrap().to_owned());
        (answer.status().as_u16(), etag)
    };
    let old = fetch(&a, None).await.1.unwrap();
    way_a.cut();
    let held = tokio::spawn({
        let (url, secret, old) = (b.url.clone(), secret.clone(), old.clone());
        async move {
            let get = reqwest::Client::new().get(format!("{url}/opa/staging/bundles/{PROVISIONING}"));
            let get = get.bearer_auth(secret).header("prefer", "wait=30").header("if-none-match", old);
            let started = Instant::now();
            (get.send().await.unwrap().status().as_u16(), started.elapsed())
        }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    // Made through the third, and felt by the second, which holds a poll.
    release::promote(&w.portal, &author, second.id, Environment::staging(), "now").await.unwrap();
    let (status, took) = held.await.unwrap();
    assert_eq!(status, 200);
    assert!(took < Duration::from_secs(10), "a release wakes what other servers hold: {took:?}");

    let new = fetch(&b, Some(&old)).await.1.unwrap();
    assert_ne!(new, old);
    assert_eq!(fetch(&a, Some(&new)).await.0, 304, "what it does not know may be newer");
    assert_eq!(fetch(&a, None).await.0, 503, "a restarted OPA keeps its persisted bundle");

    let opa = Opa::start(&b.url, "staging", &secret);
    opa.until(PROVISIONING, "v1.1.0").await;
    let restarted = Opa::start_in(opa.kill(), &a.url, "staging", &secret);
    restarted.until(PROVISIONING, "v1.1.0").await;
    for _ in 0..20 {
        assert_eq!(restarted.revision(PROVISIONING).await.as_deref(), Some("v1.1.0"), "it never goes back");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    way_a.mend();
    eventually("the first server catches up", async || {
        fetch(&a, Some(&old)).await.1.as_deref() == Some(&new)
    })
    .await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_was_rolled_back_comes_back_from_no_server_that_is_cut_off(pool: PgPool) {
    let Scene { w, author, second } = scene(pool).await;
    let way = Way::to(&w.owner).await;
    let (a, b) = (serve(w.behind(way.port).await).await, serve(w.portal.clone()).await);
    let (secret, staging) = (token(&w, Environment::staging()).await, Environment::staging());
    let fetch = async |server: &Served, etag: Option<&str>| {
        let get = reqwest::Client::new().get(format!("{}/opa/staging/bundles/{PROVISIONING}", server.url));
        let get = get.bearer_auth(&secret);
        let get = if let Some(etag) = etag { get.header("if-none-match", etag) } else { get };
        let answer = get.send().await.unwrap();
        let etag = answer.headers().get("etag").map(|etag| etag.to_str().unwrap().to_owned());
        (answer.status().as_u16(), etag)
    };
    eventually("the first version", async || fetch(&a, None).await.0 == 200).await;
    let first = fetch(&a, None).await.1.unwrap();
    release::promote(&w.portal, &author, second.id, staging.clone(), "now").await.unwrap();
    // Each has said that it is live, so neither takes itself for the only one.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_ne!(fetch(&a, None).await.1.as_ref(), Some(&first), "the first server knows the second version");
    way.cut();
    let bundle = portal::policy::Bundle::Provisioning;
    release::roll_back(&w.portal, &author, staging, bundle, None, "it broke").await.unwrap();
    eventually("the way back", async || fetch(&b, None).await.1.as_ref() == Some(&first)).await;

    assert_eq!(fetch(&a, Some(&first)).await.0, 304);
}

#[sqlx::test(migrations = "../migrations")]
async fn one_archive_that_cannot_be_had_costs_nothing_but_itself(pool: PgPool) {
    let Scene { w, author, second } = scene(pool).await;
    let secret = token(&w, Environment::staging()).await;
    release::promote(&w.portal, &author, second.id, Environment::staging(), "now").await.unwrap();
    let digest: String = sqlx::query_scalar(
        "select served_digest from pointer join release on release.id = release_id where pointer.environment = 'staging'
         and pointer.bundle = $1",
    )
    .bind(PROVISIONING)
    .fetch_one(&w.owner)
    .await
    .unwrap();
    let archive = w.folder.path().join(format!("objects/archive/{digest}.tar.gz"));
    std::fs::write(&archive, b"spoiled").unwrap();

    let Served { site, url } = serve(w.portal.clone()).await;
    eventually("the token", async || knows(&site, &secret)).await;
    let get = async |path: &str, etag: Option<&str>| {
        let get = reqwest::Client::new().get(format!("{url}/opa/staging/{path}")).bearer_auth(&secret);
        let get = if let Some(etag) = etag { get.header("if-none-match", etag) } else { get };
        get.send().await.unwrap().status().as_u16()
    };
    let bundle = format!("bundles/{PROVISIONING}");
    assert_eq!(get(&bundle, None).await, 503, "it is in force, and cannot be had");
    assert_eq!(get(&bundle, Some("\"of another server\"")).await, 304);
    assert_eq!(get("discovery", None).await, 200);
    let other = token(&w, Environment::staging()).await;
    eventually("a token issued meanwhile", async || knows(&site, &other)).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_server_that_has_not_read_yet_says_so_and_turns_no_opa_away(pool: PgPool) {
    let Scene { w, .. } = scene(pool).await;
    let secret = token(&w, Environment::staging()).await;
    let way = Way::to(&w.owner).await;
    way.cut();
    let Served { url, .. } = serve(w.behind(way.port).await).await;
    for path in ["discovery", "bundles/aegis-provisioning"] {
        let get = reqwest::Client::new().get(format!("{url}/opa/staging/{path}")).bearer_auth(&secret);
        assert_eq!(get.send().await.unwrap().status().as_u16(), 503, "{path}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn where_nobody_can_listen_the_pointers_are_read_all_the_same(pool: PgPool) {
    let Scene { w, .. } = scene(pool).await;
    let way = Way::deaf(&w.owner).await;
    let Served { site, .. } = serve(w.behind(way.port).await).await;
    let secret = token(&w, Environment::staging()).await;
    eventually("the token", async || knows(&site, &secret)).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_revoked_token_is_refused_on_every_server_and_its_held_polls_get_nothing(pool: PgPool) {
    let Scene { w, author, second } = scene(pool).await;
    let (a, b) = (serve(w.portal.clone()).await, serve(w.portal.clone()).await);
    let (id, secret) = issued(&w, Environment::staging()).await;
    let fetch = |server: &Served, etag: Option<String>| {
        let get = reqwest::Client::new().get(format!("{}/opa/staging/bundles/{PROVISIONING}", server.url));
        let get = get.bearer_auth(&secret).header("prefer", "wait=30");
        let get = if let Some(etag) = etag { get.header("if-none-match", etag) } else { get };
        async move {
            let answer = get.send().await.unwrap();
            let etag = answer.headers().get("etag").map(|etag| etag.to_str().unwrap().to_owned());
            (answer.status().as_u16(), etag)
        }
    };
    for server in [&a, &b] {
        eventually("the token", async || knows(&server.site, &secret)).await;
    }
    let etag = fetch(&a, None).await.1;
    let held = tokio::spawn(fetch(&a, etag));
    tokio::time::sleep(Duration::from_millis(200)).await;

    identity::revoke_token(&w.portal, &SET_UP, id).await.unwrap();
    let revoked = Instant::now();
    for server in [&a, &b] {
        eventually("the refusal", async || fetch(server, None).await.0 == 401).await;
    }
    assert!(revoked.elapsed() < Duration::from_secs(10), "{:?}", revoked.elapsed());
    release::promote(&w.portal, &author, second.id, Environment::staging(), "now").await.unwrap();
    assert_eq!(held.await.unwrap().0, 401);
}

#[sqlx::test(migrations = "../migrations")]
async fn an_opa_of_one_environment_is_nobody_in_another(pool: PgPool) {
    let Scene { w, .. } = scene(pool).await;
    let Served { site, url } = serve(w.portal.clone()).await;
    let secret = token(&w, Environment::staging()).await;
    eventually("the token", async || knows(&site, &secret)).await;
    let get = async |path: &str, secret: &str| {
        let get = reqwest::Client::new().get(format!("{url}/opa/{path}")).bearer_auth(secret);
        get.send().await.unwrap().status().as_u16()
    };
    assert_eq!(get("staging/discovery", &secret).await, 200);
    assert_eq!(get("production/discovery", &secret).await, 403);
    assert_eq!(get("staging/discovery", "aegis_token_forged").await, 401);
    assert_eq!(get("nowhere/discovery", &secret).await, 403);
    assert_eq!(get("staging/bundles/no-such", &secret).await, 404);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_discovery_document_that_is_refused_again_and_again_is_sent_once_a_second(pool: PgPool) {
    let Scene { w, .. } = scene(pool).await;
    let Served { site, url } = serve(w.portal.clone()).await;
    let secret = token(&w, Environment::staging()).await;
    eventually("the token", async || knows(&site, &secret)).await;
    let client = reqwest::Client::new();
    let ask = async |held: &str| {
        let get = client.get(format!("{url}/opa/staging/discovery")).bearer_auth(&secret);
        let asked = Instant::now();
        assert_eq!(get.header("if-none-match", held).send().await.unwrap().status().as_u16(), 200);
        asked.elapsed()
    };
    // As many as are live, for the embedded engine may be, and five more.
    for _ in 0..site.shelf.live(&Environment::staging()) + 5 {
        ask("refused").await;
    }
    assert!(ask("refused").await >= Duration::from_secs(1));
    assert!(ask("another").await < Duration::from_secs(1), "others are answered as ever");
}
