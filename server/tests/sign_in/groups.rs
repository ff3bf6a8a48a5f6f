//! Who somebody is once they are in: known by issuer and subject, and may what their groups are granted.

use std::collections::HashMap;

use axum::http::{Request, StatusCode};
use portal::{
    Actor, Error, Id, Person, Scope,
    access::{Grant, Job, Role},
    identity::{self, GroupRole, Refusal},
};
use serde_json::json;
use sqlx::PgPool;

use crate::{
    log::Log,
    provider::{SignedBy, Token},
    round::{Begun, Round},
};

const SET_UP: Actor = Actor::Job(Job::SetUp);

fn group(name: &str, role: Role) -> GroupRole {
    GroupRole { group: name.into(), role, scope: Scope::Portal }
}

async fn names(round: &Round) -> Vec<String> {
    sqlx::query_scalar("select name from person order by name").fetch_all(&round.w.owner).await.unwrap()
}

#[sqlx::test(migrations = "../migrations")]
async fn somebody_signs_in_is_who_the_provider_says_and_may_what_their_groups_may(pool: PgPool) {
    let round = Round::new(pool).await;
    identity::map_group(&round.w.portal, &SET_UP, group("auditors", Role::Auditor)).await.unwrap();
    let begun = round.begin(&[("to", "/audit?kind=signed_in")]).await;
    for (name, value) in
        [("response_type", "code"), ("code_challenge_method", "S256"), ("client_id", "aegis")]
    {
        assert_eq!(begun.asked[name], value);
    }
    assert_eq!(begun.asked["redirect_uri"], "http://localhost:3000/sign-in/callback");
    assert_eq!(begun.asked["scope"], "openid profile email");
    let mut claims = round.claims(&begun, "iris");
    claims["groups"] = json!(["auditors", "others"]);
    let back = round.come_back(&begun, Some(Token::new(claims))).await;
    assert_eq!((back.status, back.to.as_str()), (StatusCode::SEE_OTHER, "/audit?kind=signed_in"), "{back:?}");
    assert_eq!(back.cookies["aegis_sign_in_3000"], "", "the sign-in is over");
    let cookie = format!("aegis_session_3000={}", back.cookies["aegis_session_3000"]);
    assert_eq!(round.page("/audit", &cookie).await, StatusCode::OK);
    // A group that is granted something is so from the next request on.
    assert_eq!(round.page("/changesets/new", &cookie).await, StatusCode::OK);
    let told = round.w.audit().await;
    assert_eq!(told, ["sign-in session.open: person_enrolled", "sign-in session.open: signed_in"]);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_name_and_an_address_are_no_identity_and_groups_are_as_of_the_last_sign_in(pool: PgPool) {
    let round = Round::new(pool).await;
    identity::map_group(&round.w.portal, &SET_UP, group("auditors", Role::Auditor)).await.unwrap();
    let before = round.sign_in("ann-1", |said| said["groups"] = json!("auditors")).await;
    let other = round.sign_in("ann-2", |said| said["groups"] = json!(["Auditors"])).await;
    assert_eq!(names(&round).await, ["Ann Lee", "Ann Lee"], "two people of one name and one address");
    assert_eq!(round.page("/audit", &before).await, StatusCode::OK);
    assert_eq!(
        round.page("/audit", &other).await,
        StatusCode::FORBIDDEN,
        "a group's name is as it is written"
    );
    let renamed =
        |said: &mut serde_json::Value| (said["name"], said["groups"]) = (json!("Ann \u{202e}Ray"), json!([]));
    let after = round.sign_in("ann-1", renamed).await;
    assert_eq!(names(&round).await, ["Ann Lee", "Ann Ray"]);
    assert_eq!(round.page("/audit", &after).await, StatusCode::FORBIDDEN);
    assert_eq!(round.page("/audit", &before).await, StatusCode::FORBIDDEN, "in every session of theirs");
}

#[sqlx::test(migrations = "../migrations")]
async fn the_setting_makes_an_admin_and_the_last_one_stays(pool: PgPool) {
    let round = Round::new(pool).await;
    let owner = round.sign_in("the owner", |_| {}).await;
    let again = round.sign_in("the owner", |_| {}).await;
    let granted = round.w.audit().await.into_iter().filter(|entry| entry.ends_with("role_granted")).count();
    assert_eq!(granted, 1, "once, whoever often they sign in");
    assert_eq!(round.page("/audit", &owner).await, StatusCode::OK);
    let portal = round.w.without_demo_people().await;
    let secret = again.split_once('=').unwrap().1;
    let admin = identity::who_has_session(&portal, secret).await.unwrap();
    let Actor::Person { id, .. } = admin.clone() else { panic!("{admin:?}") };

    let last = Err(Error::Identity(Refusal::LastAdmin));
    assert_eq!(identity::disable(&portal, &admin, id).await, last, "nobody locks everybody out");
    assert_eq!(round.page("/audit", &owner).await, StatusCode::OK, "and nothing of it was done");
    identity::map_group(&portal, &admin, group("admins", Role::Admin)).await.unwrap();
    assert_eq!(identity::disable(&portal, &admin, id).await, last, "nobody of that group has been here");
    let second = round.sign_in("second", |said| said["groups"] = json!(["admins"])).await;
    assert_eq!(round.page("/audit", &second).await, StatusCode::OK);
    identity::disable(&portal, &admin, id).await.unwrap();
    assert_eq!(round.page("/audit", &owner).await, StatusCode::SEE_OTHER, "on the next request");
    let second = identity::who_has_session(&portal, second.split_once('=').unwrap().1).await.unwrap();
    assert_eq!(identity::unmap_group(&portal, &second, group("admins", Role::Admin)).await, last);

    let paul = round.sign_in("paul", |_| {}).await;
    let paul = identity::who_has_session(&portal, paul.split_once('=').unwrap().1).await.unwrap();
    identity::disable(&portal, &second, person_of(&paul)).await.unwrap();
    let begun = round.begin(&[]).await;
    let back = round.come_back(&begun, Some(Token::new(round.claims(&begun, "paul")))).await;
    assert_eq!(back.status, StatusCode::FORBIDDEN, "{back:?}");
    assert!(back.text.contains("an admin has disabled you here"), "{}", back.text);
    identity::enable(&portal, &second, person_of(&paul)).await.unwrap();
    round.sign_in("paul", |_| {}).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn whoever_the_setting_names_is_let_in_again_and_an_admin_again(pool: PgPool) {
    let round = Round::new(pool).await;
    let owner = round.sign_in("the owner", |_| {}).await;
    let portal = round.w.without_demo_people().await;
    identity::map_group(&portal, &SET_UP, group("admins", Role::Admin)).await.unwrap();
    let other = round.sign_in("another", |said| said["groups"] = json!(["admins"])).await;
    let who = async |cookie: &str| {
        identity::who_has_session(&portal, cookie.split_once('=').unwrap().1).await.unwrap()
    };
    let (id, other) = (person_of(&who(&owner).await), who(&other).await);
    let admin = Grant { role: Role::Admin, scope: Scope::Portal };
    let told = async |kind: &str| {
        let entry = format!("sign-in session.open: {kind}");
        round.w.audit().await.into_iter().filter(|told| *told == entry).count()
    };

    identity::take_grant(&portal, &other, id, admin.clone()).await.unwrap();
    assert_eq!(round.page("/audit", &owner).await, StatusCode::FORBIDDEN);
    let owner = round.sign_in("the owner", |_| {}).await;
    assert_eq!(round.page("/audit", &owner).await, StatusCode::OK);
    assert_eq!((told("role_granted").await, told("person_enabled").await), (2, 0));

    identity::take_grant(&portal, &other, id, admin).await.unwrap();
    identity::disable(&portal, &other, id).await.unwrap();
    assert!(!round.knows(&owner).await);
    let owner = round.sign_in("the owner", |_| {}).await;
    assert_eq!(round.page("/audit", &owner).await, StatusCode::OK);
    assert_eq!((told("role_granted").await, told("person_enabled").await), (3, 1));
}

fn person_of(actor: &Actor) -> Id<Person> {
    actor.by().and_then(|by| by.person()).unwrap()
}

#[sqlx::test(migrations = "../migrations")]
async fn what_the_token_does_not_say_is_asked_for_and_only_taken_of_the_same_person(pool: PgPool) {
    let round = Round::new(pool).await;
    identity::map_group(&round.w.portal, &SET_UP, group("auditors", Role::Auditor)).await.unwrap();
    let terse = |said: &mut serde_json::Value| {
        for claim in ["name", "groups"] {
            said.as_object_mut().unwrap().remove(claim);
        }
    };
    round.provider.script.lock().unwrap().user_info =
        json!({ "sub": "iris", "name": "Iris", "groups": ["auditors"] });
    let iris = round.sign_in("iris", terse).await;
    assert_eq!(round.page("/audit", &iris).await, StatusCode::OK);
    assert_eq!(names(&round).await, ["Iris"]);
    let begun = round.begin(&[]).await;
    let mut claims = round.claims(&begun, "eve");
    terse(&mut claims);
    let back = round.come_back(&begun, Some(Token::new(claims))).await;
    assert_eq!(back.status, StatusCode::BAD_REQUEST, "{back:?}");
    assert!(back.text.contains("what it says of you cannot be read"), "{}", back.text);
}

#[sqlx::test(migrations = "../migrations")]
async fn clocks_may_differ_by_five_minutes_which_is_logged(pool: PgPool) {
    let (log, _logged) = Log::listen();
    let round = Round::new(pool).await;
    let now = round.w.portal.now().timestamp();
    let told = || log.text().matches("the identity provider's clock is not ours; within the leeway").count();
    round.sign_in("ann", |_| {}).await;
    assert_eq!(told(), 0);
    round.sign_in("slow", |said| (said["iat"], said["exp"]) = (json!(now - 500), json!(now - 290))).await;
    assert_eq!(told(), 1);
    round.sign_in("fast", |said| (said["iat"], said["exp"]) = (json!(now + 290), json!(now + 900))).await;
    assert_eq!(told(), 2);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_new_key_is_learnt(pool: PgPool) {
    let round = Round::new(pool).await;
    round.begin(&[]).await;
    round.provider.script.lock().unwrap().keys = vec![1, 2];
    let by_key = async |begun: &Begun, key: u8| {
        let mut token = Token::new(round.claims(begun, "ann"));
        (token.header["kid"], token.by) = (json!(key.to_string()), SignedBy::Key(key));
        round.come_back(begun, Some(token)).await.status
    };
    let by_new_key = async || by_key(&round.begin(&[]).await, 2).await;
    let read = round.provider.asked("keys");
    assert_eq!(by_new_key().await, StatusCode::BAD_REQUEST, "they were read a moment ago");
    assert_eq!(round.provider.asked("keys"), read);
    round.w.clock.advance(chrono::TimeDelta::minutes(1));
    assert_eq!(by_new_key().await, StatusCode::SEE_OTHER);
    assert_eq!(round.provider.asked("keys"), read + 1);

    // It changes while somebody proves there who they are.
    let begun = [round.begin(&[]).await, round.begin(&[]).await];
    round.provider.script.lock().unwrap().keys = vec![2, 3];
    round.w.clock.advance(chrono::TimeDelta::seconds(30));
    assert_eq!(by_key(&begun[0], 3).await, StatusCode::SEE_OTHER);
    assert_eq!(round.provider.asked("keys"), read + 2);
    round.w.clock.advance(chrono::TimeDelta::seconds(30));
    assert_eq!(by_key(&begun[1], 4).await, StatusCode::BAD_REQUEST);
    assert_eq!(round.provider.asked("keys"), read + 2, "once a minute because of a key that is not known");
}

#[sqlx::test(migrations = "../migrations")]
async fn over_https_no_other_site_can_set_the_cookies(pool: PgPool) {
    let round = Round::with(pool, |set| set.public_url = Some("https://aegis.example".into())).await;
    let led = round.ask(Request::post("/sign-in"), "to=/").await;
    let [cookie] = &led.set_cookies[..] else { panic!("{led:?}") };
    is_of_this_host_alone(cookie, "__Host-aegis_sign_in=aegis_sign_in_");
    assert!(cookie.split("; ").any(|set| set == "Max-Age=600"), "{cookie}");
    let (_, query) = led.to.split_once('?').unwrap();
    let asked: HashMap<_, _> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    assert_eq!(asked["redirect_uri"], "https://aegis.example/sign-in/callback");

    let begun = Begun { cookie: cookie.split(';').next().unwrap().to_owned(), asked };
    let back = round.come_back(&begun, Some(Token::new(round.claims(&begun, "the owner")))).await;
    assert_eq!((back.status, back.to.as_str()), (StatusCode::SEE_OTHER, "/"), "{back:?}");
    let [session, sign_in] = &back.set_cookies[..] else { panic!("{back:?}") };
    is_of_this_host_alone(session, "__Host-aegis_session=aegis_session_");
    assert!(!session.contains("Max-Age"), "it goes with the browser's window: {session}");
    is_of_this_host_alone(sign_in, "__Host-aegis_sign_in=; ");
    let session = session.split(';').next().unwrap();
    assert_eq!(round.page("/audit", session).await, StatusCode::OK);
    // What another site could have set is nobody's.
    let unguarded = session.replace("__Host-aegis_session", "aegis_session_3000");
    assert_eq!(round.page("/audit", &unguarded).await, StatusCode::SEE_OTHER);

    let out = round.ask(Request::post("/sign-out").header("cookie", session), "").await;
    let [ended] = &out.set_cookies[..] else { panic!("{out:?}") };
    is_of_this_host_alone(ended, "__Host-aegis_session=; ");
    assert_eq!(round.page("/audit", session).await, StatusCode::SEE_OTHER);
}

/// Fails unless a cookie is one that no other site can set or read (RFC 6265bis, section 4.1.3.2).
fn is_of_this_host_alone(cookie: &str, begins: &str) {
    assert!(cookie.starts_with(begins), "{cookie}");
    for part in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"] {
        assert!(cookie.split("; ").any(|set| set == part), "{part} is missing in {cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_new_sign_in_is_a_new_session_and_ends_the_one_before(pool: PgPool) {
    let round = Round::new(pool).await;
    let before = round.sign_in("ann", |_| {}).await;
    let mut begun = round.begin(&[]).await;
    begun.cookie = format!("{}; {before}", begun.cookie);
    let back = round.come_back(&begun, Some(Token::new(round.claims(&begun, "ann")))).await;
    let after = format!("aegis_session_3000={}", back.cookies["aegis_session_3000"]);
    assert_ne!(before, after);
    assert!(!round.knows(&before).await);
    assert!(round.knows(&after).await);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_was_typed_comes_along_through_the_provider(pool: PgPool) {
    let round = Round::new(pool).await;
    let kept = "act=%2Fapi%2Fexception%2Frequest&why=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    let begun = round.begin(&[("to", "/exceptions/new"), ("kept", kept)]).await;
    let back = round.come_back(&begun, Some(Token::new(round.claims(&begun, "ann")))).await;
    assert_eq!(back.status, StatusCode::OK, "{back:?}");
    assert!(back.text.contains(r#"action="/exceptions/new""#), "{}", back.text);
    assert!(
        back.text.contains("name=\"kept\"") && back.text.contains("why=%22%3E%3Cscript"),
        "{}",
        back.text
    );
    let long = format!("to=/&kept={}", "x".repeat((64 << 10) + 1));
    let refused = round.ask(Request::post("/sign-in"), &long).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(refused.text.contains("too long to be carried"), "{}", refused.text);
}

#[sqlx::test(migrations = "../migrations")]
async fn with_a_provider_there_are_no_demo_people_not_even_those_of_before(pool: PgPool) {
    let round = Round::new(pool).await;
    let iris =
        identity::enrol(&round.w.portal, &SET_UP, "Iris Auditor", "", &[Role::Auditor], true).await.unwrap();
    let secret = identity::sign_in_as_demo_person(&round.w.portal, &Actor::Visitor { address: None }, iris)
        .await
        .unwrap();
    let demo = format!("aegis_session_3000={}", secret.reveal());
    assert_eq!(round.page("/audit", &demo).await, StatusCode::SEE_OTHER, "a session of theirs is nobody's");
    let led = round.ask(Request::post("/sign-in"), &format!("to=/&person={iris}")).await;
    assert!(led.to.starts_with(&round.provider.issuer), "{led:?}");
    let page = round.ask(Request::get("/sign-in"), "").await;
    assert!(page.text.contains("Go on to sign in") && !page.text.contains("Demo people"), "{}", page.text);
    // A request from anywhere is answered.
    let elsewhere = Request::get("/sign-in").header("x-forwarded-for", "203.0.113.7");
    assert_eq!(round.ask(elsewhere, "").await.status, StatusCode::OK);
}

#[sqlx::test(migrations = "../migrations")]
async fn of_two_admins_who_disable_each_other_at_once_one_stays(pool: PgPool) {
    let round = Round::new(pool).await;
    identity::map_group(&round.w.portal, &SET_UP, group("admins", Role::Admin)).await.unwrap();
    let portal = round.w.without_demo_people().await;
    let admin = async |subject: &str| {
        let cookie = round.sign_in(subject, |said| said["groups"] = json!(["admins"])).await;
        identity::who_has_session(&portal, cookie.split_once('=').unwrap().1).await.unwrap()
    };
    let (ann, bob) = (admin("ann").await, admin("bob").await);
    for _again in 0..5 {
        let each_other = tokio::join!(
            identity::disable(&portal, &ann, person_of(&bob)),
            identity::disable(&portal, &bob, person_of(&ann))
        );
        let last = Err(Error::Identity(Refusal::LastAdmin));
        assert!([(Ok(()), last.clone()), (last, Ok(()))].contains(&each_other), "{each_other:?}");
        let out = if each_other.0.is_ok() { &bob } else { &ann };
        identity::enable(&portal, &SET_UP, person_of(out)).await.unwrap();
    }
}
