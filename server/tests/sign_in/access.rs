//! Grants by hand and for an owner's policies, why somebody may, access reviews, and tokens on their page.

use std::collections::HashSet;

use axum::http::{Request, StatusCode};
use chrono::TimeDelta;
use portal::{
    Actor, Error, Permission, Scope,
    access::{Grant, Role, TokenScope},
    identity::{self, Holder, Refusal},
};
use serde_json::json;
use sqlx::PgPool;

use crate::round::{Answered, Round};

async fn send(round: &Round, path: &str, cookie: &str, form: &[(&str, &str)]) -> Answered {
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    round.ask(Request::post(path).header("cookie", cookie), &form).await
}

async fn read(round: &Round, path: &str, cookie: &str) -> Answered {
    round.ask(Request::get(path).header("cookie", cookie), "").await
}

async fn actor(round: &Round, cookie: &str) -> Actor {
    let portal = round.w.without_demo_people().await;
    identity::who_has_session(&portal, cookie.split_once('=').unwrap().1).await.unwrap()
}

fn id_of(actor: &Actor) -> portal::Id<portal::Person> {
    actor.by().and_then(|by| by.person()).expect("a person")
}

#[sqlx::test(migrations = "../migrations")]
async fn an_admin_grants_by_hand_and_the_page_says_why_somebody_may(pool: PgPool) {
    let round = Round::new(pool).await;
    let owner = round.sign_in("the owner", |said| said["name"] = json!("owner")).await;
    let paula = round.sign_in("paula", |said| said["name"] = json!("Paula")).await;
    let id = id_of(&actor(&round, &paula).await).to_string();
    let grant =
        [("act", "grant"), ("person", &id), ("their_role", "approver"), ("their_scope", "owner:payments")];
    let nowhere =
        [("act", "grant"), ("person", &id), ("their_role", "admin"), ("their_scope", "environment:staging")];
    let refused = send(&round, "/access", &owner, &nowhere).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("the role admin holds everywhere"), "{}", refused.text);
    assert_eq!(send(&round, "/access", &owner, &grant).await.status, StatusCode::SEE_OTHER);
    let again = send(&round, "/access", &owner, &grant).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.text.contains("has this role already"), "{}", again.text);
    assert!(read(&round, "/access", &owner).await.text.contains("approver for policies of payments"));
    assert_eq!(send(&round, "/access", &paula, &grant).await.status, StatusCode::FORBIDDEN);

    let ask = |scope: &str| format!("/access/why?person={id}&permission=exception.decide&scope={scope}");
    let may = read(&round, &ask("owner:payments"), &owner).await.text;
    assert!(may.contains("approver for policies of payments, granted by hand"), "{may}");
    let not = read(&round, &ask("portal"), &owner).await.text;
    assert!(not.contains("may not") && not.contains("It is allowed to them elsewhere"), "{not}");
    assert_eq!(read(&round, "/access/why?person=nonsense&scope=moon", &owner).await.status, StatusCode::OK);
    assert_eq!(read(&round, "/access/why", &paula).await.status, StatusCode::FORBIDDEN);

    let take =
        [("act", "take"), ("person", &id), ("their_role", "approver"), ("their_scope", "owner:payments")];
    assert_eq!(send(&round, "/access", &owner, &take).await.status, StatusCode::SEE_OTHER);
    assert_eq!(send(&round, "/access", &owner, &take).await.status, StatusCode::NOT_FOUND);
    let told = round.w.audit().await;
    for event in ["role_granted", "role_taken"] {
        assert!(told.iter().any(|entry| *entry == format!("person person.manage: {event}")), "{told:?}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_review_confirms_and_removes_what_was_seen_and_nothing_unseen(pool: PgPool) {
    let round = Round::new(pool).await;
    let owner = round.sign_in("the owner", |_| {}).await;
    let paula = round.sign_in("paula", |said| said["name"] = json!("Paula")).await;
    let (admin, person) = (actor(&round, &owner).await, id_of(&actor(&round, &paula).await));
    let portal = round.w.without_demo_people().await;
    let grant = |role| Grant { role, scope: Scope::Portal };
    identity::grant(&portal, &admin, person, grant(Role::Author)).await.unwrap();
    let page = read(&round, "/access/review", &owner).await.text;
    assert!(page.contains("Never reviewed yet."), "{page}");

    let seen = identity::to_review(&portal, &admin).await.unwrap().grants;
    let of_paula =
        |held: &identity::Reviewed| matches!(&held.holder, Holder::Person(who) if who.id == person);
    let (removed, confirmed): (Vec<_>, Vec<_>) = seen.clone().into_iter().partition(of_paula);
    let keys =
        |these: &[identity::Reviewed]| these.iter().map(identity::Reviewed::key).collect::<HashSet<_>>();
    identity::grant(&portal, &admin, person, grant(Role::Operator)).await.unwrap();
    let unseen = identity::review(&portal, &admin, keys(&confirmed), keys(&removed)).await;
    assert_eq!(unseen, Err(Error::Identity(Refusal::Changed)));
    let decided = [keys(&confirmed), keys(&removed)].into_iter().zip(["confirm", "remove"]);
    let decided: Vec<_> =
        decided.flat_map(|(keys, word)| keys.into_iter().map(move |key| (key, word))).collect();
    let shown = decided.len().to_string();
    let mut form = vec![("act", "review"), ("shown", shown.as_str())];
    form.extend(decided.iter().map(|(key, word)| (key.as_str(), *word)));
    let again = send(&round, "/access/review", &owner, &form).await;
    assert_eq!((again.status, again.text.matches("checked").count()), (StatusCode::CONFLICT, decided.len()));
    assert!(again.text.contains("new since"), "what has come since is told apart: {}", again.text);
    identity::take_grant(&portal, &admin, person, grant(Role::Operator)).await.unwrap();
    let everything = identity::review(&portal, &admin, HashSet::new(), keys(&seen)).await;
    assert_eq!(everything, Err(Error::Identity(Refusal::LastAdmin)), "nobody locks everybody out");
    let one_left_out = send(&round, "/access/review", &owner, &form[..form.len() - 1]).await;
    assert_eq!(one_left_out.status, StatusCode::UNPROCESSABLE_ENTITY);

    assert_eq!(send(&round, "/access/review", &paula, &form).await.status, StatusCode::FORBIDDEN);
    assert_eq!(send(&round, "/access/review", &owner, &form).await.status, StatusCode::SEE_OTHER);
    assert!(read(&round, "/access/review", &owner).await.text.contains("Last reviewed"));
    let told = round.w.audit().await;
    assert!(told.iter().any(|entry| entry == "person access.review: access_reviewed"), "{told:?}");
    let held = identity::to_review(&portal, &admin).await.unwrap().grants;
    assert_eq!(held, confirmed);
}

#[sqlx::test(migrations = "../migrations")]
async fn somebody_issues_a_token_of_their_own_is_told_its_secret_once_and_revokes_it(pool: PgPool) {
    let round = Round::new(pool).await;
    let owner = round.sign_in("the owner", |_| {}).await;
    let paula = round.sign_in("paula", |said| said["name"] = json!("Paula")).await;
    let (admin, person) = (actor(&round, &owner).await, id_of(&actor(&round, &paula).await));
    let portal = round.w.without_demo_people().await;
    let author = Grant { role: Role::Author, scope: Scope::Portal };
    identity::grant(&portal, &admin, person, author.clone()).await.unwrap();

    let issue = |scope: &'static str, days: &'static str| {
        [
            ("act", "issue"),
            ("name", "CI of payments"),
            ("scopes", scope),
            ("days", days),
            ("environment", "(everywhere)"),
        ]
    };
    for (scope, days, says) in [
        ("policy:manage", "366", "takes 1 to 365"),
        ("policy:manage", "0", "takes 1 to 365"),
        ("opa", "30", "an opa token carries no other scope"),
    ] {
        let refused = send(&round, "/access/tokens", &paula, &issue(scope, days)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{scope} {days}");
        assert!(refused.text.contains(says) && refused.text.contains("CI of payments"), "{}", refused.text);
    }
    let issued = send(&round, "/access/tokens", &paula, &issue("policy:manage", "13")).await;
    assert_eq!(issued.status, StatusCode::CREATED);
    let secret = format!(
        "aegis_token_{}",
        issued.text.split("aegis_token_").nth(1).unwrap().split('<').next().unwrap()
    );
    let listed = read(&round, "/access/tokens", &paula).await.text;
    assert!(!listed.contains(&secret) && listed.contains("Ends in 13 d"), "{listed}");

    let bearer = async || identity::who_has_token(&portal, &secret).await.unwrap();
    let token = bearer().await.unwrap();
    assert!(token.may(Permission::PushPolicy, &Scope::Portal));
    identity::note_use(&portal, &token);
    identity::write_down_uses(&portal).await.unwrap();
    assert!(identity::tokens(&portal, &admin, None).await.unwrap().0[0].used_at.is_some());
    let ending = identity::tokens_ending(&portal, &admin).await.unwrap();
    assert_eq!(ending.len(), 1, "a fortnight before");
    identity::take_grant(&portal, &admin, person, author).await.unwrap();
    assert!(
        !bearer().await.unwrap().may(Permission::PushPolicy, &Scope::Portal),
        "it never exceeds its owner"
    );

    let id = identity::tokens(&portal, &admin, None).await.unwrap().0[0].id.to_string();
    let revoke = [("act", "revoke"), ("token", id.as_str())];
    let eve = round.sign_in("eve", |_| {}).await;
    assert_eq!(send(&round, "/access/tokens", &eve, &revoke).await.status, StatusCode::FORBIDDEN);
    assert_eq!(send(&round, "/access/tokens", &owner, &revoke).await.status, StatusCode::SEE_OTHER);
    assert_eq!(bearer().await, Err(identity::Void::Revoked));
}

#[sqlx::test(migrations = "../migrations")]
async fn what_a_token_opens_not_it_is_told(pool: PgPool) {
    let round = Round::new(pool).await;
    let w = &round.w;
    let author = w.author().await;
    let owner = author.by().and_then(|by| by.person());
    let (_, secret) = w.token(owner, None, &[TokenScope::PolicyRead]).await;
    let ask = async |secret: &str| {
        let request = Request::get("/api/v1/policies").header("authorization", format!("Bearer {secret}"));
        let request = request.header("host", "localhost:3000").body(axum::body::Body::empty()).unwrap();
        let response = tower::ServiceExt::oneshot(round.router.clone(), request).await.unwrap();
        let told = response.headers().get("www-authenticate").map(|told| told.to_str().unwrap().to_owned());
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 1 << 16).await.unwrap();
        (status, told.unwrap_or_default(), String::from_utf8(body.to_vec()).unwrap())
    };
    assert_eq!(ask(secret.reveal()).await.0, StatusCode::OK);
    let slip = secret.reveal().replacen("aegis_token_", "aegis_token_x", 1);
    let invented = identity::Secret::fresh(identity::SecretKind::Token);
    let cases = [(slip.as_str(), "malformed"), (invented.reveal(), "not known"), ("nonsense", "malformed")];
    for (sent, says) in cases {
        let (status, told, text) = ask(sent).await;
        assert_eq!((status, told.as_str()), (StatusCode::UNAUTHORIZED, r#"Bearer error="invalid_token""#));
        assert!(text.contains(says) && !text.contains(sent), "{text}");
    }
    w.clock.advance(TimeDelta::days(1));
    assert!(ask(secret.reveal()).await.2.contains("this token ended at"));
}
