//! What the audit keeps of from where somebody came, and of how well they were known by then.

use std::net::SocketAddr;

use axum::{
    extract::ConnectInfo,
    http::{Request, StatusCode, request::Builder},
};
use portal::audit::{self, Entry, Filter};
use sqlx::PgPool;

use crate::round::Round;

fn from(address: &str, request: Builder) -> Builder {
    request.extension(ConnectInfo(SocketAddr::new(address.parse().unwrap(), 4711)))
}

async fn newest(round: &Round, kind: &str) -> Entry {
    let iris = round.w.person("iris", &[portal::access::Role::Auditor]).await;
    let filter = Filter { kind: Some(kind.into()), ..Filter::default() };
    audit::list(&round.w.portal, &iris, filter, None).await.unwrap().remove(0)
}

#[sqlx::test(migrations = "../migrations")]
async fn an_entry_tells_from_where_it_was_asked_for_and_when_they_had_proved_who_they_are(pool: PgPool) {
    let round = Round::new(pool).await;
    let owner = round.sign_in("the owner", |_| {}).await;
    let map = async |group: &str, request: Builder| {
        let form = format!("act=map&group={group}&role=auditor&scope=portal");
        let done = round.ask(request.header("cookie", &owner), &form).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        newest(&round, "group_mapped").await
    };
    let entry = map("one", from("10.8.0.17", Request::post("/access"))).await;
    assert_eq!(entry.address.as_deref(), Some("10.8.0.17"));
    assert!(entry.proven_at.is_some_and(|at| at <= entry.at), "{entry:?}");
    let mapped = map("two", from("::ffff:10.8.0.18", Request::post("/access"))).await;
    assert_eq!(mapped.address.as_deref(), Some("10.8.0.18"), "one address has one way to be written");
    let behind = from("10.8.0.1", Request::post("/access").header("x-forwarded-for", "203.0.113.7"));
    let told = map("three", behind).await.address;
    assert_eq!(told.as_deref(), Some("10.8.0.1"), "what a proxy says is not believed unasked");

    round.ask(from("192.0.2.9", Request::get("/sign-in/callback?state=x&code=y")), "").await;
    let failed = newest(&round, "sign_in_failed").await;
    assert_eq!((failed.address.as_deref(), failed.by.as_str()), (Some("192.0.2.9"), "job sign-in"));
}
