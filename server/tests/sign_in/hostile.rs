//! Providers and strangers who mean ill, and one that is away.

use std::{
    task::{Context, Waker},
    time::{Duration, Instant},
};

use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::net::TcpListener;

use crate::{
    provider::{SECRET, SignedBy, Token},
    round::{Answered, Round, settings},
};

type Spoil = fn(&mut Token);

fn claim(token: &mut Token, name: &str, value: impl Into<Value>) {
    token.claims[name] = value.into();
}

fn without(token: &mut Token, name: &str) {
    token.claims.as_object_mut().unwrap().remove(name);
}

fn later(token: &mut Token, name: &str, seconds: i64) {
    let at = token.claims["iat"].as_i64().unwrap() + seconds;
    claim(token, name, at);
}

/// Broken ID tokens: what is wrong with each, and what the page says.
const BROKEN: [(&str, Spoil, &str); 21] = [
    ("another issuer", |t| claim(t, "iss", "https://evil.example"), "is of another provider"),
    (
        "an issuer that only begins as ours",
        |t| {
            let longer = format!("{}/", t.claims["iss"].as_str().unwrap());
            claim(t, "iss", longer);
        },
        "is of another provider",
    ),
    ("another audience", |t| claim(t, "aud", "somebody else"), "is for another client"),
    ("no audience", |t| without(t, "aud"), "is for another client"),
    ("an audience too many", |t| claim(t, "aud", json!(["aegis", "somebody else"])), "is for another client"),
    ("issued to another client", |t| claim(t, "azp", "somebody else"), "was issued to another client"),
    ("the nonce of another sign-in", |t| claim(t, "nonce", "x"), "is of another sign-in"),
    ("no nonce", |t| without(t, "nonce"), "is of another sign-in"),
    ("over since six minutes", |t| later(t, "exp", -360), "is of another time"),
    ("issued in six minutes", |t| later(t, "iat", 360), "is of another time"),
    (
        "signed by nobody",
        |t| {
            (t.header, t.by) = (json!({ "alg": "none" }), SignedBy::Nobody);
        },
        "is not signed",
    ),
    (
        "signed by the public key as if it were a secret",
        |t| {
            (t.header["alg"], t.by) = (json!("HS256"), SignedBy::PublicKey);
        },
        "not in a way that is taken",
    ),
    (
        "signed by the client's secret",
        |t| {
            (t.header["alg"], t.by) = (json!("HS256"), SignedBy::Bytes(SECRET.as_bytes()));
        },
        "not in a way that is taken",
    ),
    (
        "signed by a key that is not in the set",
        |t| {
            (t.header["kid"], t.by) = (json!("2"), SignedBy::Key(2));
        },
        "by a key that is not known",
    ),
    ("signed by another key under the name of ours", |t| t.by = SignedBy::Key(2), "is not signed by it"),
    (
        "changed after it was signed",
        |t| {
            t.swapped = Some(t.claims.clone());
            t.swapped.as_mut().unwrap()["sub"] = json!("the owner");
        },
        "is not signed by it",
    ),
    ("of nobody", |t| without(t, "sub"), "cannot be read"),
    ("of an empty name", |t| claim(t, "sub", ""), "is of nobody"),
    (
        "beside another access token",
        |t| claim(t, "at_hash", "bm90IHRoaXMgb25lISEhIQ"),
        "its access token is not the one",
    ),
    ("with a header that must be understood", |t| t.header["crit"] = json!(["x"]), "cannot be read"),
    ("of another kind", |t| t.header["typ"] = json!("logout+jwt"), "cannot be read"),
];

#[sqlx::test(migrations = "../migrations")]
async fn a_broken_id_token_opens_nothing_and_a_page_says_what_is_wrong_with_it(pool: PgPool) {
    let round = Round::new(pool).await;
    for (what, spoil, says) in BROKEN {
        let begun = round.begin(&[("to", "/audit")]).await;
        let mut token = Token::new(round.claims(&begun, "ann"));
        spoil(&mut token);
        let back = round.come_back(&begun, Some(token)).await;
        round.is_refused(what, &back, says).await;
    }
    let begun = round.begin(&[("to", "/audit")]).await;
    let back = round.come_back(&begun, None).await;
    round.is_refused("no ID token", &back, "it sent no ID token").await;
    let people: i64 =
        sqlx::query_scalar("select count(*) from person").fetch_one(&round.w.owner).await.unwrap();
    assert_eq!(people, 0, "nobody is enrolled by what proves nothing");
    let told = round.w.audit().await;
    assert!(told.iter().all(|entry| entry == "sign-in session.open: sign_in_failed"), "{told:?}");
    assert!(told.len() >= 10, "each kind of it is in the audit: {told:?}");
}

#[sqlx::test(migrations = "../migrations")]
async fn an_answer_counts_once_in_the_browser_that_asked_for_it(pool: PgPool) {
    let round = Round::new(pool).await;
    let elsewhere = "this browser did not begin that sign-in";
    let begun = round.begin(&[("to", "/")]).await;
    let token = Token::new(round.claims(&begun, "ann"));

    let mut stranger = begun.clone();
    stranger.cookie = String::new();
    let back = round.come_back(&stranger, Some(token.clone())).await;
    round.is_refused("a browser that began none", &back, elsewhere).await;

    // The victim is led to an answer that the attacker was given (RFC 6749, section 10.12).
    let mut victim = round.begin(&[("to", "/")]).await;
    victim.asked = begun.asked.clone();
    let back = round.come_back(&victim, Some(token.clone())).await;
    round.is_refused("a browser that began another", &back, elsewhere).await;
    let back = round.come_back(&victim, Some(token.clone())).await;
    round.is_refused("and its own is over by that", &back, elsewhere).await;

    let back = round.come_back(&begun, Some(token.clone())).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "{back:?}");
    let again = round.come_back(&begun, Some(token)).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST, "{again:?}");
    assert_eq!(round.sessions().await, 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_old_or_was_used_or_is_of_another_provider_is_refused(pool: PgPool) {
    let round = Round::new(pool).await;
    let begun = round.begin(&[]).await;
    let code = format!("code-{}", begun.asked["state"]);
    let back = round.bring(&begun, &[("code", "made up"), ("iss", &round.provider.issuer)]).await;
    round.is_refused("a code that is none", &back, "it did not take its own code").await;

    // Somebody else's code, put into one's own answer: the challenge is another's (RFC 7636).
    round.provider.answers(
        &code,
        &begun.asked["code_challenge"],
        Some(Token::new(round.claims(&begun, "ann"))),
    );
    let mine = round.begin(&[]).await;
    let back = round.bring(&mine, &[("code", &code), ("iss", &round.provider.issuer)]).await;
    round.is_refused("another's code", &back, "it did not take its own code").await;

    let mixed = round.begin(&[]).await;
    let back = round.bring(&mixed, &[("code", "x"), ("iss", "https://evil.example")]).await;
    round.is_refused("another provider's answer", &back, "is of another provider").await;
    let unnamed = round.begin(&[]).await;
    let back = round.bring(&unnamed, &[("code", "x")]).await;
    round.is_refused("an answer of nobody", &back, "does not say of which provider").await;

    let denied = round.begin(&[]).await;
    let said =
        [("error", "access_denied"), ("error_description", "<b>evil</b>"), ("iss", &round.provider.issuer)];
    let back = round.bring(&denied, &said).await;
    round.is_refused("denied there", &back, "it denied access").await;
    assert!(!back.text.contains("evil"), "nothing of what it says is shown: {}", back.text);

    let late = round.begin(&[]).await;
    round.w.clock.advance(chrono::TimeDelta::minutes(10));
    let back = round.come_back(&late, Some(Token::new(round.claims(&late, "ann")))).await;
    round.is_refused("ten minutes later", &back, "too long ago").await;
}

#[sqlx::test(migrations = "../migrations")]
async fn nobody_is_led_to_another_site_after_signing_in(pool: PgPool) {
    let round = Round::new(pool).await;
    for foreign in
        ["//evil.example", "/\\evil.example", "https://evil.example", "/%2f/evil.example", "javascript:x"]
    {
        let begun = round.begin(&[("to", foreign)]).await;
        let back = round.come_back(&begun, Some(Token::new(round.claims(&begun, "ann")))).await;
        assert_eq!((back.status, back.to.as_str()), (StatusCode::SEE_OTHER, "/"), "{foreign}");
    }
}

/// Fails unless a page says that the provider is away.
fn is_away(what: &str, answered: &Answered) {
    assert_eq!(answered.status, StatusCode::SERVICE_UNAVAILABLE, "{what}: {answered:?}");
    let says = "the identity provider cannot be reached just now, so nobody new can sign in";
    assert!(answered.text.contains(says) && answered.text.contains("<h1"), "{what}: {}", answered.text);
    assert!(answered.to.is_empty(), "{what}: {answered:?}");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_provider_that_is_away_keeps_newcomers_out_and_nobody_else(pool: PgPool) {
    let round = Round::new(pool).await;
    let ann = round.sign_in("ann", |_| {}).await;
    let begun = round.begin(&[]).await;
    assert_eq!(round.provider.asked("discovery"), 1, "it is not asked at each step");
    round.provider.stop().await;
    let back = round.bring(&begun, &[("code", "x"), ("iss", &round.provider.issuer)]).await;
    is_away("a code that cannot be exchanged", &back);
    // It answered, and is gone since.
    round.w.clock.advance(chrono::TimeDelta::seconds(5));
    for form in ["to=/", "to=/audit"] {
        is_away("a browser that would be led there", &round.ask(Request::post("/sign-in"), form).await);
    }
    round.w.clock.advance(chrono::TimeDelta::minutes(20));
    is_away("later", &round.ask(Request::post("/sign-in"), "to=/").await);
    assert!(round.knows(&ann).await, "whoever is signed in stays so");
    let out = round.ask(Request::post("/sign-out").header("cookie", &ann), "").await;
    assert_eq!(out.to, "/sign-in", "who signs out is not led to where nobody answers");

    let fresh = crate::round::router(&round.w, &settings("http://127.0.0.1:1")).await;
    let away = Round { router: fresh, ..round };
    is_away("one that never answered", &away.ask(Request::post("/sign-in"), "to=/").await);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_provider_is_looked_for_before_somebody_is_led_there_and_not_by_each_of_a_crowd(pool: PgPool) {
    let round = Round::new(pool).await;
    round.begin(&[]).await;
    round.w.clock.advance(chrono::TimeDelta::seconds(4));
    round.begin(&[]).await;
    assert_eq!(round.provider.asked("discovery"), 1, "it answered a moment ago");
    round.w.clock.advance(chrono::TimeDelta::seconds(1));
    tokio::join!(round.begin(&[]), round.begin(&[]), round.begin(&[]));
    assert_eq!(round.provider.asked("discovery"), 2, "once for all who come together");

    // Whoever hangs up meanwhile keeps nobody out.
    round.w.clock.advance(chrono::TimeDelta::seconds(5));
    let mut hung_up = Box::pin(round.ask(Request::post("/sign-in"), "to=/"));
    assert!(hung_up.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(hung_up);
    round.begin(&[]).await;

    // One that takes connections, and never answers on them.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let deaf = Round { router: crate::round::router(&round.w, &settings(&address)).await, ..round };
    let begun = Instant::now();
    let ask = async || deaf.ask(Request::post("/sign-in"), "to=/").await;
    for led in <[_; 3]>::from(tokio::join!(ask(), ask(), ask())) {
        is_away("nobody answers there", &led);
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "one waits, and the others for the same answer");
    is_away("in the next three seconds it is left alone", &ask().await);
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[sqlx::test(migrations = "../migrations")]
async fn what_a_provider_says_of_itself_is_taken_only_if_it_is_of_that_issuer_and_has_an_end(pool: PgPool) {
    let round = Round::new(pool).await;
    let spoils: [fn(&mut Value); 3] = [
        |said| said["issuer"] = json!("https://evil.example"),
        |said| said["authorization_endpoint"] = json!("javascript:alert(1)"),
        |said| said["padding"] = json!("x".repeat(2 << 20)),
    ];
    for spoil in spoils {
        let honest = round.provider.script.lock().unwrap().discovery.clone();
        spoil(&mut round.provider.script.lock().unwrap().discovery);
        let led = round.ask(Request::post("/sign-in"), "to=/").await;
        assert_eq!(led.status, StatusCode::SERVICE_UNAVAILABLE, "{led:?}");
        round.provider.script.lock().unwrap().discovery = honest;
        round.w.clock.advance(chrono::TimeDelta::seconds(3));
    }
    round.begin(&[]).await;
}
