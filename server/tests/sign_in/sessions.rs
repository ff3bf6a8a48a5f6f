//! Sessions: how long they last, who sees them, and who ends them.

use axum::http::{Request, StatusCode};
use chrono::TimeDelta;
use portal::{
    Actor, Scope,
    access::{Job, Role, TokenScope},
    identity::{self, GroupRole},
};
use serde_json::json;
use sqlx::PgPool;

use crate::round::Round;

const SET_UP: Actor = Actor::Job(Job::SetUp);
const GONE: StatusCode = StatusCode::SEE_OTHER;

/// A portal in which the group `auditors` audits.
async fn round(pool: PgPool) -> Round {
    let round = Round::new(pool).await;
    let grant = GroupRole { group: "auditors".into(), role: Role::Auditor, scope: Scope::Portal };
    identity::map_group(&round.w.portal, &SET_UP, grant).await.unwrap();
    round
}

async fn auditor(round: &Round, subject: &str) -> String {
    round
        .sign_in(subject, |said| (said["groups"], said["name"]) = (json!(["auditors"]), json!(subject)))
        .await
}

async fn id_of(round: &Round, name: &str) -> portal::Id<portal::Person> {
    let id: uuid::Uuid = sqlx::query_scalar("select id from person where name = $1")
        .bind(name)
        .fetch_one(&round.w.owner)
        .await
        .unwrap();
    id.into()
}

/// What a page says to whoever has this cookie.
async fn read(round: &Round, path: &str, cookie: &str) -> String {
    round.ask(Request::get(path).header("cookie", cookie), "").await.text
}

async fn post(round: &Round, path: &str, cookie: &str, form: &str) -> (StatusCode, String) {
    let answered = round.ask(Request::post(path).header("cookie", cookie), form).await;
    (answered.status, answered.to + &answered.text)
}

#[sqlx::test(migrations = "../migrations")]
async fn a_session_ends_after_half_an_hour_without_use_and_after_twelve_hours_with_it(pool: PgPool) {
    let round = round(pool).await;
    let idle = auditor(&round, "idle").await;
    round.w.clock.advance(TimeDelta::minutes(30) - TimeDelta::seconds(1));
    assert_eq!(round.page("/audit", &idle).await, StatusCode::OK, "a second before");
    round.w.clock.advance(TimeDelta::minutes(30));
    assert_eq!(round.page("/audit", &idle).await, GONE);

    let busy = auditor(&round, "busy").await;
    for _quarter in 1..48 {
        round.w.clock.advance(TimeDelta::minutes(15));
        assert_eq!(round.page("/audit", &busy).await, StatusCode::OK);
    }
    round.w.clock.advance(TimeDelta::minutes(15) - TimeDelta::seconds(1));
    assert_eq!(round.page("/audit", &busy).await, StatusCode::OK, "a second before");
    round.w.clock.advance(TimeDelta::seconds(1));
    assert_eq!(round.page("/audit", &busy).await, GONE);
}

#[sqlx::test(migrations = "../migrations")]
async fn somebody_sees_their_sessions_and_ends_them_and_nobody_elses(pool: PgPool) {
    let round = round(pool).await;
    let (first, second) = (auditor(&round, "ann").await, auditor(&round, "ann").await);
    let eve = auditor(&round, "eve").await;
    let page = read(&round, "/sessions", &first).await;
    assert!(page.contains("This one"), "{page}");
    let id =
        page.split(r#"name="session" value=""#).nth(1).expect("another to end").split('"').next().unwrap();
    let form = format!("session={id}");
    assert_eq!(post(&round, "/sessions", &eve, &form).await.0, StatusCode::NOT_FOUND);
    assert_eq!(round.page("/audit", &second).await, StatusCode::OK);
    assert_eq!(
        post(&round, "/sessions", &first, &form).await,
        (StatusCode::SEE_OTHER, "/sessions#main".into())
    );
    assert_eq!(round.page("/audit", &second).await, GONE);
    assert_eq!(round.page("/audit", &first).await, StatusCode::OK);
    let forged = Request::post("/sessions").header("cookie", &first).header("sec-fetch-site", "cross-site");
    assert_eq!(round.ask(forged, &form).await.status, StatusCode::FORBIDDEN);
}

#[sqlx::test(migrations = "../migrations")]
async fn an_admin_ends_sessions_disables_people_and_says_what_groups_may_and_an_auditor_only_looks(
    pool: PgPool,
) {
    let round = round(pool).await;
    let owner = round.sign_in("the owner", |said| said["name"] = json!("owner")).await;
    let iris = auditor(&round, "iris").await;
    let seen = read(&round, "/access", &iris).await;
    assert!(seen.contains("auditors") && seen.contains("owner"), "{seen}");
    assert!(!seen.contains(r#"action="/access""#), "who only looks changes nothing: {seen}");
    let odd = read(&round, "/access?after=nonsense", &iris).await;
    assert!(
        odd.contains("Could not read") && odd.contains("after=nonsense") && odd.contains("owner"),
        "{odd}"
    );
    let person = id_of(&round, "iris").await;
    let disable = format!("act=disable&person={person}");
    assert_eq!(post(&round, "/access", &iris, &disable).await.0, StatusCode::FORBIDDEN);

    let (token, secret) = round.w.token(Some(person), None, &[TokenScope::PolicyRead]).await;
    let known = async || {
        identity::who_has_token(&round.w.portal, secret.reveal()).await.unwrap().unwrap_or(Actor::Anonymous)
    };
    assert!(matches!(known().await, Actor::Token { id, .. } if id == token));
    let asks = async |name: &str, value: &str| {
        round.ask_in_json(Request::get("/api/v1/policies").header(name, value), "").await.status
    };
    let bearer = format!("Bearer {}", secret.reveal());
    assert_eq!(asks("authorization", &bearer).await, StatusCode::OK);

    assert_eq!(
        post(&round, "/access", &owner, &format!("act=end&person={person}")).await.0,
        StatusCode::SEE_OTHER
    );
    assert_eq!(round.page("/audit", &iris).await, GONE);
    let iris = auditor(&round, "iris").await;
    assert_eq!(post(&round, "/access", &owner, &disable).await.0, StatusCode::SEE_OTHER);
    assert_eq!(round.page("/audit", &iris).await, GONE, "on the next request");
    assert_eq!(known().await, Actor::Anonymous, "and so is every token of theirs");
    assert_eq!(asks("authorization", &bearer).await, StatusCode::UNAUTHORIZED);
    assert_eq!(asks("cookie", &iris).await, StatusCode::UNAUTHORIZED);
    assert_eq!(post(&round, "/access", &owner, &disable).await.0, StatusCode::CONFLICT);
    assert_eq!(
        post(&round, "/access", &owner, &format!("act=enable&person={person}")).await.0,
        StatusCode::SEE_OTHER
    );
    assert!(matches!(known().await, Actor::Token { .. }));

    let rita = round.sign_in("rita", |said| said["groups"] = json!(["ops"])).await;
    assert_eq!(round.page("/audit", &rita).await, StatusCode::FORBIDDEN);
    let map = "act=map&group=ops&role=operator&scope=portal";
    assert_eq!(post(&round, "/access", &owner, map).await.0, StatusCode::SEE_OTHER);
    assert_eq!(round.page("/audit", &rita).await, StatusCode::OK, "from the next request on");
    assert_eq!(post(&round, "/access", &owner, map).await.0, StatusCode::CONFLICT);
    assert_eq!(post(&round, "/access", &owner, &map.replace("map", "unmap")).await.0, StatusCode::SEE_OTHER);
    assert_eq!(round.page("/audit", &rita).await, StatusCode::FORBIDDEN);
    for nonsense in ["act=map&group=ops&role=king&scope=portal", "act=map&group=ops", "act=fly", "group=ops"]
    {
        assert_eq!(
            post(&round, "/access", &owner, nonsense).await.0,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{nonsense}"
        );
    }
    let told = round.w.audit().await;
    for kind in ["sessions_ended", "person_disabled", "person_enabled", "group_mapped", "group_unmapped"] {
        let entry = format!("person person.manage: {kind}");
        assert!(told.contains(&entry), "{entry} is missing in {told:?}");
    }
}
