//! Decisions by the embedded engine, and whether they are to be had.

use std::time::Duration;

use portal::{
    Actor, Environment, Id, Scope,
    access::{Job, Role, TokenScope},
    decision,
    exception::{self, Wanted},
    fleet::{self, Reported},
    policy::{self, Bundle},
    release,
    shelf::{Answer, Resource},
    testing::{POLICY as S3, POLICY_TEST as S3_TEST, World, opa, token_of},
};
use rego::{folder::Folder, worker::program_for_tests};
use serde_json::{Value, json};
use server::Site;
use sqlx::PgPool;

use crate::caller::{Api, json as post, options};

const POLICY: &str = r#"# METADATA
# title: Readers
# description: Agents read, and do nothing else.
# custom:
#   severity: high
package aegis.ai.readers

default allow := false

allow if {
	trace(sprintf("asked to %v", [input.action]))
	input.action == "read"
}

never if input.action == "never"

few if to_number(input.n) < 10

pairs := count([1 | some _ in numbers.range(1, input.n); some _ in numbers.range(1, input.n)]) if input.n > 0
"#;

const TEST: &str = r#"package aegis.ai.readers_test

test_reads if data.aegis.ai.readers.allow with input as {"action": "read"}

test_denies if {
	denied := data.aegis.ai.readers.allow with input as {"action": "write"}
	denied == false
}

test_never if data.aegis.ai.readers.never with input as {"action": "never"}

test_few if data.aegis.ai.readers.few with input as {"n": "2"}

test_pairs if data.aegis.ai.readers.pairs == 4 with input as {"n": 2}
"#;

/// A portal whose embedded engine runs the policy in staging and production.
async fn deciding(pool: PgPool) -> (Api, Actor) {
    let api = Api::new(pool).await;
    let author = api.w.author().await;
    let changeset = api.w.push(&author, &[("readers.rego", POLICY), ("readers_test.rego", TEST)]).await;
    assert!(changeset.passed, "{:?}", changeset.report);
    for environment in [Environment::staging(), Environment::production()] {
        let version = changeset.versions[0].id;
        release::begin(&api.w.portal, &Actor::Job(Job::SetUp), environment, version).await.unwrap();
    }
    api.site.run();
    for _ in 0..200 {
        let loaded = [Environment::staging(), Environment::production()];
        if loaded.iter().all(|environment| api.site.engine.health(environment) == "ok") {
            return (api, author);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it is not loaded: {}", api.site.engine.health(&Environment::production()));
}

#[sqlx::test(migrations = "../migrations")]
async fn with_the_signing_key_lost_what_it_signed_goes_on(pool: PgPool) {
    let (api, author) = deciding(pool).await;
    let lost = policy::versions(&api.w.portal, &author, Some(Bundle::Ai)).await.unwrap()[0].keyid.clone();
    let site = Site::new(api.w.without_its_key().await, options(), program_for_tests());
    site.run();
    let staging = Environment::staging();
    for _ in 0..200 {
        if site.engine.health(&staging) == "ok" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(site.engine.health(&staging), "ok");

    // An OPA goes on with the key that it was told, until discovery tells it another.
    let sent = async |key: &str| {
        let named = Resource::Bundle(Bundle::Exceptions, Some(key.to_owned()));
        let answer = site.shelf.answer(&opa(staging.clone()), &staging, &named, None, Duration::ZERO).await;
        matches!(answer.unwrap(), Answer::Send(_))
    };
    let files = [("s3.rego".to_owned(), S3.into()), ("s3_test.rego".to_owned(), S3_TEST.into())];
    policy::push(&site.portal, &author, Folder::from_files(files), "").await.unwrap();
    let pushed = policy::versions(&site.portal, &author, Some(Bundle::Provisioning)).await.unwrap();
    let fresh = pushed[0].keyid.clone();
    assert_ne!(fresh, lost);
    assert!(sent(&lost).await && !sent(&fresh).await);
    let ann = api.w.requester().await;
    let wanted = Wanted { environments: vec![staging.clone()], ..api.w.wanted() };
    let asked = exception::request(&site.portal, &ann, wanted).await.unwrap();
    let (bob, end) = (api.w.approver().await, api.w.in_days(3));
    exception::approve(&site.portal, &bob, asked.number, &asked.seen(), end, "").await.unwrap();
    site.shelf.refresh(tokio::time::Instant::now()).await.unwrap();
    assert!(sent(&fresh).await && !sent(&lost).await);
}

fn of_staging(owner: &Actor, scope: TokenScope) -> Actor {
    let Actor::Token { id, owner, scopes, grants, .. } = token_of(owner, &[scope]) else { panic!("a token") };
    Actor::Token {
        id,
        owner,
        scopes,
        within: Scope::Environment(Environment::staging()),
        grants,
        address: None,
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_policy_is_evaluated_with_what_it_was_decided_by(pool: PgPool) {
    let (api, author) = deciding(pool).await;
    let path = "/api/v1/policies/evaluate";
    let ask = async |actor: &Actor, query: &str, body: Value| {
        api.post(actor, &format!("{path}{query}"), &body).await
    };

    let read = json!({ "namespace": "aegis.ai.readers", "input": { "action": "read" } });
    let allowed = ask(&author, "", read.clone()).await;
    assert_eq!((allowed.status, &allowed.json["result"]), (200, &json!({ "allow": true })));
    assert_eq!(allowed.json["environment"], "production");
    assert_eq!(allowed.json["revisions"]["aegis-ai"], "v1.0.0");
    assert!(
        allowed.json["duration_ns"].as_u64().is_some_and(|ns| ns > 0) && allowed.json["metrics"].is_null()
    );
    let denied =
        ask(&author, "?metrics", json!({ "namespace": "aegis.ai.readers.allow", "input": {} })).await;
    assert_eq!((denied.status, &denied.json["result"]), (200, &json!(false)));
    assert!(denied.json["metrics"]["timer_rego_query_eval_ns"].is_u64());
    let undefined = ask(&author, "", json!({ "namespace": "aegis.ai.readers.never", "input": null })).await;
    assert!(undefined.status == 200 && undefined.json.get("result").is_none(), "{}", undefined.json);

    let told = ask(&author, "?explain=notes", read.clone()).await;
    assert_eq!((told.status, &told.json["notes"]), (200, &json!(["asked to read"])), "{}", told.json);
    let refused = ask(&author, "?explain=full", read.clone()).await;
    assert_eq!((refused.status, refused.field()), (422, "explain"));
    for outside in ["aegis.provisioning.s3", "aegis.aim", "aegis.ai.", "aegis.ai.a/b", ""] {
        let refused = ask(&author, "", json!({ "namespace": outside, "input": {} })).await;
        assert_eq!((refused.status, refused.field()), (422, "namespace"), "{outside}");
    }
    let elsewhere = json!({ "namespace": "aegis.ai.readers", "input": {}, "environment": "development" });
    assert_eq!(ask(&author, "", elsewhere).await.status, 503, "nothing is loaded there");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_token_asks_about_its_own_environment(pool: PgPool) {
    let (api, author) = deciding(pool).await;
    let token = of_staging(&author, TokenScope::PolicyEvaluate);
    let ask = async |environment: Option<&str>| {
        let body = json!({ "namespace": "aegis.ai.readers", "input": {}, "environment": environment });
        api.post(&token, "/api/v1/policies/evaluate", &body).await
    };
    assert_eq!(ask(None).await.json["environment"], "staging");
    assert_eq!(ask(Some("staging")).await.status, 200);
    let refused = ask(Some("production")).await;
    assert_eq!((refused.status, refused.field()), (422, "environment"));
    let reader = of_staging(&author, TokenScope::PolicyRead);
    let forbidden = api.post(&reader, "/api/v1/data/aegis/ai/readers", &json!({ "input": {} })).await;
    assert_eq!((forbidden.status, forbidden.json["code"].as_str()), (403, Some("unauthorized")));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_client_of_opas_is_answered_in_opas_shape(pool: PgPool) {
    let (api, author) = deciding(pool).await;
    let token = token_of(&author, &[TokenScope::PolicyManage]);
    let ask = async |path: &str, body: &str| {
        api.post_text(&token, &format!("/api/v1/data/{path}"), body.to_owned()).await
    };

    let allowed = ask("aegis/ai/readers/allow", r#"{"input": {"action": "read"}, "more": [1]}"#).await;
    assert_eq!((allowed.status, &allowed.json["result"]), (200, &json!(true)));
    assert!(allowed.json["decision_id"].is_string() && allowed.json.as_object().unwrap().len() == 2);
    let undefined = ask("aegis/ai/readers/never", r#"{"input": {}}"#).await;
    assert!(undefined.status == 200 && undefined.json.get("result").is_none(), "{}", undefined.json);
    let more = ask("aegis/ai/readers/?instrument&provenance=true&pretty", r#"{"input": {}}"#).await;
    assert_eq!(more.json["provenance"]["bundles"]["aegis-ai"]["revision"], "v1.0.0");
    assert!(more.json["metrics"]["timer_server_handler_ns"].is_u64());
    let read = r#"{"input": {"action": "read"}}"#;
    let told = ask("aegis/ai/readers/allow?explain=notes", read).await;
    let note = &told.json["explanation"][0];
    assert_eq!((&note["op"], &note["message"]), (&json!("note"), &json!("asked to read")), "{}", told.json);
    let told = ask("aegis/ai/readers/allow?explain=notes&pretty", read).await;
    assert_eq!(told.json["explanation"], json!([r#"Note "asked to read""#]));
    let nothing = ask("aegis/ai/readers/never?explain=notes", read).await;
    assert!(nothing.json.get("explanation").is_none(), "{}", nothing.json);
    let bare = ask("aegis/ai/readers/allow", "").await;
    assert_eq!(
        (&bare.json["result"], &bare.json["warning"]["code"]),
        (&json!(false), &json!("api_usage_warning"))
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn a_client_of_opas_is_refused_in_opas_shape(pool: PgPool) {
    let (api, author) = deciding(pool).await;
    let refused = async |path: &str, body: Vec<u8>| {
        let heard = api.post_text(&author, &format!("/api/v1/data/{path}"), body).await;
        assert!(heard.json["message"].is_string(), "{}", heard.json);
        (heard.status, heard.json["code"].as_str().unwrap_or_default().to_owned())
    };
    let known = "aegis/ai/readers";
    let input = || br#"{"input": {}}"#.to_vec();
    let invalid = |status: u16| (status, "invalid_parameter".to_owned());
    assert_eq!(refused(known, br#"{"input": "#.to_vec()).await, invalid(400));
    assert_eq!(refused(known, b"[1]".to_vec()).await, invalid(400));
    assert_eq!(refused(known, vec![b' '; 17 << 20]).await, invalid(413));
    assert_eq!(refused(&format!("{known}?explain=full"), input()).await, invalid(400));
    assert_eq!(refused(&format!("{known}?strict-builtin-errors"), input()).await, invalid(400));
    assert_eq!(refused(&format!("{known}?metrics&metrics"), input()).await, invalid(400));
    assert_eq!(refused("aegis/ai/%FF", input()).await, invalid(400));
    assert_eq!(refused("aegis/provisioning/s3", input()).await, (404, "resource_not_found".into()));
    for (name, value) in [("content-encoding", "gzip"), ("content-type", "application/yaml")] {
        let request = axum::http::Request::post(format!("/api/v1/data/{known}")).header(name, value);
        assert_eq!(api.send(request, &author, "x".into()).await.status, 415);
    }
    let off = api.post(&author, &format!("/api/v1/data/{known}?explain=off"), &json!({ "input": {} })).await;
    assert_eq!(off.status, 200);
}

#[sqlx::test(migrations = "../migrations")]
async fn an_input_that_uses_up_a_worker_is_told_so_and_answered_nothing(pool: PgPool) {
    let (api, author) = deciding(pool).await;
    let input = json!({ "action": "read", "n": 50_000 });
    let body = json!({ "namespace": "aegis.ai.readers", "input": input });
    let refused = api.post(&author, "/api/v1/policies/evaluate", &body).await;
    assert_eq!((refused.status, refused.field()), (422, "input"), "{}", refused.json);
    let refused = api.post(&author, "/api/v1/data/aegis/ai/readers", &json!({ "input": input })).await;
    assert_eq!((refused.status, &refused.json["code"]), (422, &json!("internal_error")), "{}", refused.json);
    assert!(refused.json.get("result").is_none());
    let others = api.post(&author, "/api/v1/data/aegis/ai/readers/allow", &json!({ "input": {} })).await;
    assert_eq!((others.status, &others.json["result"]), (200, &json!(false)), "{}", others.json);
}

#[sqlx::test(migrations = "../migrations")]
async fn health_is_always_200_and_says_what_is_not_well(pool: PgPool) {
    let (api, author) = deciding(pool).await;
    let health =
        async |actor: &Actor, query: &str| api.get(actor, &format!("/api/v1/policies/health{query}")).await;

    let nobody = health(&Actor::Anonymous, "").await;
    assert_eq!(
        nobody.json,
        json!({ "opa_external": "no live instance reports in production", "opa_embedded": "ok" })
    );
    report(&api.w).await;
    let well = health(&Actor::Anonymous, "").await;
    assert_eq!(well.json, json!({ "opa_external": "ok", "opa_embedded": "ok" }));
    assert_eq!(health(&Actor::Anonymous, "?detail").await.status, 401);
    let told = health(&author, "?detail").await.json;
    let names: Vec<_> = told["instances"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert!(names.contains(&&json!("opa-1")), "{told}");
    let none = json!({ "deaths": 0, "retries": 0, "refusals": 0, "strict_errors": 0, "outgrown": 0 });
    assert_eq!(told["workers"], json!({ "production": none, "staging": none }), "{told}");
    // By a token: what a person may evaluate in a minute is less.
    let gateway = token_of(&author, &[TokenScope::PolicyEvaluate]);
    for _ in 0..200 {
        let input = json!({ "input": { "n": "x" } });
        api.post(&gateway, "/api/v1/data/aegis/ai/readers/few", &input).await;
    }
    let workers = health(&author, "?detail").await.json["workers"].clone();
    assert!(workers["production"]["strict_errors"].as_u64().is_some_and(|seen| seen > 0), "{workers}");
}

#[sqlx::test(migrations = "../migrations")]
async fn health_is_told_with_the_database_away(pool: PgPool) {
    let w = World::new(pool).await;
    let ann = w.requester().await;
    // Nobody listens there.
    let port = rego::free_port();
    let site = Site::new(w.behind(port).await, options(), program_for_tests());
    let api = Api::of(w, site).await;
    for query in ["", "?detail"] {
        let away = api.get(&ann, &format!("/api/v1/policies/health{query}")).await;
        let (external, embedded) = (&away.json["opa_external"], &away.json["opa_embedded"]);
        assert_eq!(
            (away.status, external),
            (200, &json!("the database cannot be reached just now; try again"))
        );
        assert_ne!(embedded, "ok", "nothing is loaded");
    }
    let away = api.get(&ann, "/api/v1/exceptions").await;
    assert_eq!((away.status, away.header("retry-after")), (503, "2"));
    let request = post("/api/v1/policies/reload").header("idempotency-key", "k");
    assert_eq!(api.send(request, &ann, "{}".into()).await.status, 503);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_decision_that_cannot_be_kept_is_put_aside_and_costs_no_other(pool: PgPool) {
    let (api, author) = deciding(pool).await;
    for action in ["read", "re\\u0000ad", "write"] {
        let body = format!(r#"{{"input": {{"action": "{action}"}}}}"#);
        let answer = api.post_text(&author, "/api/v1/data/aegis/ai/readers", body).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
    }
    let kept = "select (select count(*) from decision), (select count(*) from decision_quarantine)";
    for _ in 0..200 {
        let kept: (i64, i64) = sqlx::query_as(kept).fetch_one(&api.w.owner).await.unwrap();
        if kept == (2, 1) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not all was kept");
}

#[sqlx::test(migrations = "../migrations")]
async fn decisions_are_listed_newest_first_a_page_at_a_time(pool: PgPool) {
    let api = Api::new(pool).await;
    let (staging, production) = (Environment::staging(), Environment::production());
    let event = |n: i64, path: &str| decision::Event {
        decision_id: format!("{n:03}"),
        instance: "opa-1".into(),
        path: path.into(),
        // Several share an instant.
        at: api.w.in_days(n / 4),
        event: serde_json::value::to_raw_value(&json!({ "decision_id": n })).unwrap(),
    };
    let keep = async |environment: &Environment, events: Vec<decision::Event>| {
        let batch = decision::Batch { events, quarantined: vec![] };
        decision::keep(&api.w.portal, &opa(environment.clone()), environment.clone(), &batch).await.unwrap();
    };
    keep(&staging, (0..230).map(|n| event(n, "aegis/provisioning/s3/deny")).collect()).await;
    keep(&production, vec![event(230, "aegis/provisioning/s3"), event(231, "aegis/provisioning/s3x")]).await;

    let iris = api.w.person("iris", &[Role::Auditor]).await;
    let list = async |actor: &Actor, query: &str| {
        let heard = api.get(actor, &format!("/api/v1/decisions?{query}")).await;
        assert_eq!(heard.status, 200, "{query}: {}", heard.json);
        let items = heard.json["items"].as_array().unwrap().iter();
        let ids: Vec<_> = items.map(|item| item["decision_id"].as_str().unwrap().to_owned()).collect();
        (ids, heard.json["next"].as_str().map(str::to_owned))
    };
    let (mut all, mut next) = list(&iris, "").await;
    assert_eq!((all.len(), all[0].as_str()), (100, "231"));
    while let Some(before) = next {
        let page = list(&iris, &format!("before={before}")).await;
        all.extend(page.0);
        next = page.1;
    }
    let wanted: Vec<_> = (0..232).rev().map(|n| format!("{n:03}")).collect();
    assert_eq!(all, wanted);

    assert_eq!(list(&iris, "environment=production").await.0, ["231", "230"]);
    let below = list(&iris, "path=/aegis/provisioning/s3&environment=production").await.0;
    assert_eq!(below, ["230"], "a path and what is below it, not what begins alike");
    assert_eq!(list(&iris, "path=aegis/provisioning/s3").await.0[1], "229");
    assert_eq!(api.get(&iris, "/api/v1/decisions?environment=moon").await.status, 404);

    let reads = |within| Actor::Token {
        id: Id::fresh(),
        owner: None,
        scopes: vec![TokenScope::DecisionRead],
        within,
        grants: vec![],
        address: None,
    };
    assert_eq!(list(&reads(Scope::Portal), "").await.0[0], "231");
    assert_eq!(list(&reads(Scope::Environment(staging.clone())), "").await.0[0], "229");
    let other =
        api.get(&reads(Scope::Environment(staging)), "/api/v1/decisions?environment=production").await;
    assert_eq!((other.status, other.field()), (422, "environment"));
    assert_eq!(api.get(&api.w.requester().await, "/api/v1/decisions").await.status, 403);
}

/// A live OPA of production says that it runs nothing of ours yet.
async fn report(w: &World) {
    let production = Environment::production();
    let reported = Reported {
        environment: production.clone(),
        name: "opa-1".into(),
        process: "8d1c".into(),
        opa_version: "1.22.2".into(),
        bundles: vec![],
        dropped: 0,
        ready: true,
        at: w.in_days(0),
    };
    fleet::report(&w.portal, &opa(production), &reported).await.unwrap();
}
