//! What most depends on who does it takes a sign-in of the last 15 minutes, by the provider's word, and nothing that was
//! typed is lost by that.

use axum::http::{Request, StatusCode};
use chrono::TimeDelta;
use portal::{
    Actor, Environment, Error, Scope,
    access::{Job, Role},
    exception,
    identity::{self, GroupRole},
};
use serde_json::json;
use sqlx::PgPool;

use crate::{
    provider::Token,
    round::{Answered, Begun, Round},
};

const SET_UP: Actor = Actor::Job(Job::SetUp);

async fn round(pool: PgPool) -> Round {
    let round = Round::new(pool).await;
    let grant = GroupRole { group: "security".into(), role: Role::Approver, scope: Scope::Portal };
    identity::map_group(&round.w.portal, &SET_UP, grant).await.unwrap();
    round
}

/// An approver who proved who they are so long ago.
async fn approver(round: &Round, proven: TimeDelta) -> String {
    let proven = (round.w.portal.now() - proven).timestamp();
    round
        .sign_in("bob", |said| (said["groups"], said["auth_time"]) = (json!(["security"]), json!(proven)))
        .await
}

async fn actor(round: &Round, cookie: &str) -> Actor {
    let portal = round.w.without_demo_people().await;
    identity::who_has_session(&portal, cookie.split_once('=').unwrap().1).await.unwrap()
}

/// Sends a form as a browser does that has this cookie.
async fn send(round: &Round, path: &str, cookie: &str, form: &str) -> Answered {
    round.ask(Request::post(path).header("cookie", cookie), form).await
}

/// The sign-in that a form began which was sent there.
fn begun(led: &Answered) -> Begun {
    assert_eq!(led.status, StatusCode::SEE_OTHER, "{led:?}");
    let cookie = format!("aegis_sign_in_3000={}", led.cookies["aegis_sign_in_3000"]);
    let query = led.to.split_once('?').expect("a query").1;
    Begun { cookie, asked: form_urlencoded::parse(query.as_bytes()).into_owned().collect() }
}

#[sqlx::test(migrations = "../migrations")]
async fn an_approval_takes_a_proof_of_the_last_quarter_of_an_hour_and_a_denial_does_not(pool: PgPool) {
    let round = round(pool).await;
    let w = &round.w;
    w.pushed(&w.author().await).await;
    let asked = exception::request(&w.portal, &w.requester().await, w.wanted()).await.unwrap();
    let other = exception::request(&w.portal, &w.requester().await, w.wanted()).await.unwrap();
    let approve = async |bob: &Actor| {
        exception::approve(&w.portal, bob, asked.number, &asked.seen(), w.in_days(3), "").await.map(drop)
    };
    let silent = round.sign_in("bob", |said| {
        said["groups"] = json!(["security"]);
        said.as_object_mut().unwrap().remove("auth_time");
    });
    assert_eq!(
        approve(&actor(&round, &silent.await).await).await,
        Err(Error::Unproven),
        "it does not say when"
    );

    let bob = approver(&round, TimeDelta::zero()).await;
    w.clock.advance(TimeDelta::minutes(15) + TimeDelta::seconds(1));
    let late = actor(&round, &bob).await;
    assert_eq!(approve(&late).await, Err(Error::Unproven));
    exception::deny(&w.portal, &late, other.number, "no").await.unwrap();
    w.clock.advance(-TimeDelta::seconds(1));
    approve(&actor(&round, &bob).await).await.unwrap();
}

#[sqlx::test(migrations = "../migrations")]
async fn a_provider_whose_clock_is_ahead_makes_no_proof_last_longer(pool: PgPool) {
    let round = round(pool).await;
    let bob = approver(&round, -TimeDelta::minutes(4)).await;
    round.w.clock.advance(TimeDelta::minutes(15) + TimeDelta::seconds(1));
    let Actor::Person { proven_at, .. } = actor(&round, &bob).await else { panic!("a person") };
    assert!(proven_at.unwrap() + TimeDelta::minutes(15) < round.w.portal.now());
}

#[sqlx::test(migrations = "../migrations")]
async fn what_was_typed_goes_along_to_the_provider_and_comes_back(pool: PgPool) {
    let round = round(pool).await;
    let w = &round.w;
    w.pushed(&w.author().await).await;
    let asked = exception::request(&w.portal, &w.requester().await, w.wanted()).await.unwrap();
    let bob = approver(&round, TimeDelta::hours(1)).await;
    let page = format!("/exceptions/{}", asked.number);
    let mut form = form_urlencoded::Serializer::new(String::new());
    let number = asked.number.to_string();
    let (seen, end) = (asked.seen(), w.in_days(3).format("%Y-%m-%dT%H:%M:%S").to_string());
    form.extend_pairs([
        ("act", "/api/exception/approve"),
        ("number", &number),
        ("seen", &seen),
        ("end[at]", &end),
        ("comment", "until the migration & not longer"),
    ]);
    let form = form.finish();

    let refused = send(&round, &page, &bob, &form).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    for part in [
        "a sign-in of the last 15 minutes",
        r#"formaction="/sign-in""#,
        "until the migration &amp; not longer",
    ] {
        assert!(refused.text.contains(part), "{part} is missing in {}", refused.text);
    }
    // The button sends the same form, and the page to come back to.
    let along = format!("{form}&anew={}", page.replace('/', "%2F"));
    let led = send(&round, "/sign-in", &bob, &along).await;
    let begun = begun(&led);
    assert_eq!((begun.asked["max_age"].as_str(), begun.asked["prompt"].as_str()), ("0", "login"));

    let mut claims = round.claims(&begun, "bob");
    claims["groups"] = json!(["security"]);
    let back = round.come_back(&begun, Some(Token::new(claims))).await;
    assert_eq!(back.status, StatusCode::OK, "{back:?}");
    assert!(back.text.contains(&format!(r#"action="{page}""#)), "{}", back.text);
    let bob = format!("aegis_session_3000={}", back.cookies["aegis_session_3000"]);
    let kept = form_urlencoded::Serializer::new(String::new()).append_pair("kept", &form).finish();
    let filled_in = send(&round, &page, &bob, &kept).await;
    assert!(filled_in.text.contains("until the migration &amp; not longer"), "{}", filled_in.text);
    let approved = send(&round, &page, &bob, &form).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{approved:?}");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_provider_that_leads_back_without_asking_has_proved_nothing(pool: PgPool) {
    let round = round(pool).await;
    let bob = approver(&round, TimeDelta::hours(1)).await;
    for (auth_time, says) in [
        (Some(TimeDelta::hours(1)), "it did not ask you anew who you are"),
        (None, "it does not say when it last asked you"),
    ] {
        let led = send(&round, "/sign-in", &bob, "anew=%2F").await;
        let begun = begun(&led);
        let mut claims = round.claims(&begun, "bob");
        match auth_time {
            Some(ago) => claims["auth_time"] = json!((round.w.portal.now() - ago).timestamp()),
            None => drop(claims.as_object_mut().unwrap().remove("auth_time")),
        }
        let back = round.come_back(&begun, Some(Token::new(claims))).await;
        assert_eq!(back.status, StatusCode::BAD_REQUEST, "{back:?}");
        assert!(back.text.contains(says), "{says} is missing in {}", back.text);
        assert!(round.knows(&bob).await, "who they were they still are");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn roles_and_tokens_take_one_too_and_are_asked_about_once_more(pool: PgPool) {
    let round = round(pool).await;
    let owner = round.sign_in("the owner", |_| {}).await;
    round.w.clock.advance(TimeDelta::minutes(16));
    let grant = "act=map&group=ops&role=operator&scope=environment%3Astaging";
    let waits = send(&round, "/access", &owner, grant).await;
    assert_eq!(waits.status, StatusCode::UNAUTHORIZED);
    assert!(waits.text.contains("Grant the group ops the role operator"), "{}", waits.text);
    let issue = "act=issue&name=CI&scopes=opa&owner=%28nobody%29&days=30&environment=staging";
    assert_eq!(send(&round, "/access/tokens", &owner, issue).await.status, StatusCode::UNAUTHORIZED);

    let led = send(&round, "/sign-in", &owner, &format!("{grant}&anew=%2Faccess")).await;
    let begun = begun(&led);
    let back = round.come_back(&begun, Some(Token::new(round.claims(&begun, "the owner")))).await;
    let owner = format!("aegis_session_3000={}", back.cookies["aegis_session_3000"]);
    let kept = form_urlencoded::Serializer::new(String::new()).append_pair("kept", grant).finish();
    let asked = send(&round, "/access", &owner, &kept).await;
    assert_eq!(asked.status, StatusCode::OK);
    assert!(asked.text.contains("Not sent yet") && asked.text.contains(r#"value="ops""#), "{}", asked.text);
    let granted = sqlx::query_scalar::<_, i64>("select count(*) from group_role where group_name = 'ops'");
    assert_eq!(granted.fetch_one(&round.w.owner).await.unwrap(), 0, "nothing is done before they say so");
    assert_eq!(send(&round, "/access", &owner, grant).await.status, StatusCode::SEE_OTHER);
    // What came of a button is not typed into the forms, which do the opposite.
    let taken = "act=unmap&group=others&role=operator&scope=portal";
    let kept = form_urlencoded::Serializer::new(String::new()).append_pair("kept", taken).finish();
    let asked = send(&round, "/access", &owner, &kept).await.text;
    assert!(asked.contains("you had to sign in first") && !asked.contains("others"), "{asked}");
    let place = identity::group_roles(&round.w.portal, &actor(&round, &owner).await).await.unwrap();
    assert!(place.iter().any(|mapped| mapped.grant.scope == Scope::Environment(Environment::staging())));
}
