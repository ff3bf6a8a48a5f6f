//! Signing out at both ends, and being signed out by the provider.

use axum::http::{Request, StatusCode};
use serde_json::json;
use sqlx::PgPool;

use crate::{
    provider::{CLIENT, SECRET, SignedBy, Token},
    round::{Answered, Round},
};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// An order to end what this subject has open.
pub(crate) fn order(round: &Round, id: &str, subject: &str) -> Token {
    let now = round.w.portal.now().timestamp();
    let claims = json!({
        "iss": round.provider.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": id,
        "sub": subject, "events": { EVENT: {} },
    });
    let mut token = Token::new(claims);
    token.header["typ"] = json!("logout+jwt");
    token
}

pub(crate) async fn send(round: &Round, token: &Token) -> Answered {
    let form = [("logout_token", token.signed())];
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    round.ask(Request::post("/sign-in/back-channel-logout"), &form).await
}

#[sqlx::test(migrations = "../migrations")]
async fn whoever_signs_out_does_so_at_the_provider_too(pool: PgPool) {
    let round = Round::new(pool).await;
    let ann = round.sign_in("ann", |_| {}).await;
    let out = round.ask(Request::post("/sign-out").header("cookie", &ann), "").await;
    let (place, query) = out.to.split_once('?').unwrap();
    assert_eq!(place, format!("{}/end", round.provider.issuer));
    let asked: std::collections::HashMap<_, _> =
        form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    assert_eq!(asked["kind"], "session", "what its address has of its own stays");
    assert_eq!(asked["post_logout_redirect_uri"], "http://localhost:3000/sign-in");
    assert_eq!(asked["client_id"], CLIENT);
    assert_eq!(asked["id_token_hint"].split('.').count(), 3);
    assert!(!round.knows(&ann).await);
    let kept: i64 = sqlx::query_scalar("select count(*) from session where id_token is not null")
        .fetch_one(&round.w.owner)
        .await
        .unwrap();
    assert_eq!(kept, 0, "the ID token goes with its session");
    let nobody = round.ask(Request::post("/sign-out").header("cookie", &ann), "").await;
    assert_eq!(nobody.to, "/sign-in");
    let told = round.w.audit().await;
    assert_eq!(told[1..], ["sign-in session.open: signed_in", "sign-in session.open: signed_out"]);
}

#[sqlx::test(migrations = "../migrations")]
async fn the_provider_ends_one_session_or_all_of_somebody_and_each_order_counts_once(pool: PgPool) {
    let round = Round::new(pool).await;
    let first = round.sign_in("ann", |said| said["sid"] = json!("first")).await;
    let second = round.sign_in("ann", |said| said["sid"] = json!("second")).await;
    let eve = round.sign_in("eve", |_| {}).await;

    let mut one = order(&round, "order-1", "ann");
    one.claims["sid"] = json!("first");
    assert_eq!(send(&round, &one).await.status, StatusCode::OK);
    assert!(!round.knows(&first).await);
    assert!(round.knows(&second).await);
    assert_eq!(send(&round, &one).await.status, StatusCode::BAD_REQUEST, "the same again");

    assert_eq!(send(&round, &order(&round, "order-2", "ann")).await.status, StatusCode::OK);
    assert!(!round.knows(&second).await);
    assert!(round.knows(&eve).await, "nobody else");
    assert_eq!(send(&round, &order(&round, "order-3", "nobody")).await.status, StatusCode::OK);
    assert_eq!(send(&round, &order(&round, "order-3", "eve")).await.status, StatusCode::BAD_REQUEST);
    let ended = round.w.audit().await.into_iter().filter(|entry| entry.ends_with("sessions_ended")).count();
    assert_eq!(ended, 2);
}

type Spoil = fn(&mut Token);

/// Orders that are none.
const BROKEN: [(&str, Spoil); 16] = [
    ("another issuer", |t| t.claims["iss"] = json!("https://evil.example")),
    ("another audience", |t| t.claims["aud"] = json!("somebody else")),
    ("an audience too many", |t| t.claims["aud"] = json!([CLIENT, "somebody else"])),
    ("an ID token", |t| t.claims["nonce"] = json!("x")),
    ("no event", |t| t.claims["events"] = json!({})),
    ("another event", |t| t.claims["events"] = json!({ "https://evil.example": {} })),
    ("names nobody", |t| {
        t.claims.as_object_mut().unwrap().remove("sub");
    }),
    ("no name of its own", |t| {
        t.claims.as_object_mut().unwrap().remove("jti");
    }),
    ("a name without end", |t| t.claims["jti"] = json!("x".repeat(256))),
    ("of the future", |t| t.claims["iat"] = json!(t.claims["iat"].as_i64().unwrap() + 301)),
    ("of the past", |t| t.claims["iat"] = json!(t.claims["iat"].as_i64().unwrap() - 601)),
    ("over", |t| t.claims["exp"] = json!(t.claims["iat"].as_i64().unwrap() - 301)),
    ("signed by nobody", |t| (t.header["alg"], t.by) = (json!("none"), SignedBy::Nobody)),
    ("signed by the client's secret", |t| {
        (t.header["alg"], t.by) = (json!("HS256"), SignedBy::Bytes(SECRET.as_bytes()));
    }),
    ("signed by another key", |t| t.by = SignedBy::Key(2)),
    ("of another kind", |t| t.header["typ"] = json!("at+jwt")),
];

#[sqlx::test(migrations = "../migrations")]
async fn an_order_that_is_not_the_providers_ends_nothing(pool: PgPool) {
    let round = Round::new(pool).await;
    let ann = round.sign_in("ann", |_| {}).await;
    for (number, (what, spoil)) in BROKEN.into_iter().enumerate() {
        let mut token = order(&round, &format!("order-{number}"), "ann");
        spoil(&mut token);
        let answered = send(&round, &token).await;
        assert_eq!(answered.status, StatusCode::BAD_REQUEST, "{what}: {answered:?}");
    }
    for unread in ["", "logout_token=x", "logout_token=a.b.c", "other=1"] {
        let answered = round.ask(Request::post("/sign-in/back-channel-logout"), unread).await;
        assert!(answered.status.is_client_error(), "{unread}: {answered:?}");
    }
    let long = format!("logout_token={}", "x".repeat(20_000));
    let answered = round.ask(Request::post("/sign-in/back-channel-logout"), &long).await;
    assert_eq!(answered.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(round.knows(&ann).await);
}
