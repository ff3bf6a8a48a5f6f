use std::time::Duration;

use sqlx::{ConnectOptions, PgPool};
use tokio::time::timeout;

use super::{Portal, migrate};
use crate::{
    Actor, Environment, Error, Id, Permission, Policy, Scope,
    access::{Action, Everything, Reach, Role},
    audit::Event,
    exception,
    live::{self, Heard},
    testing::{World, person, token_of},
};

struct See;
impl Action for See {
    type On = Id<Policy>;
    const PERMISSION: Permission = Permission::SeePolicy;
}

struct Decide;
impl Action for Decide {
    type On = Id<Policy>;
    const PERMISSION: Permission = Permission::DecideException;
}

struct List;
impl Action for List {
    type On = Everything;
    const PERMISSION: Permission = Permission::SeeException;
}

/// A change that tells of itself before it fails, or does not.
async fn tell(
    portal: &Portal,
    actor: &Actor,
    policy: Id<Policy>,
    done: crate::Result<()>,
) -> crate::Result<()> {
    portal
        .change::<Decide, _>(actor, policy, async |change| {
            live::tell(change.conn(), &[live::Kind::Release]).await?;
            done.map(|()| ((), Event::ReloadTriggered { environment: Environment::staging() }))
        })
        .await
}

async fn decide(portal: &Portal, actor: &Actor, policy: Id<Policy>) -> Option<Error> {
    portal.view::<Decide>(actor, policy).await.err()
}

/// A policy to ask about, and that of another world's.
async fn policy(w: &World) -> Id<Policy> {
    w.pushed(&w.author().await).await;
    crate::policy::list(&w.portal, &w.requester().await).await.unwrap()[0].id
}

#[sqlx::test(migrations = "../migrations")]
async fn a_look_cannot_write(pool: PgPool) {
    let w = World::new(pool).await;
    let mut view = w.portal.view::<See>(&w.approver().await, policy(&w).await).await.unwrap();

    let written = sqlx::query("update pointer set sequence = sequence + 1").execute(view.conn()).await;

    assert!(written.unwrap_err().to_string().contains("read-only transaction"));
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_rolled_back_tells_nothing(pool: PgPool) {
    let w = World::new(pool).await;
    let (policy, bob) = (policy(&w).await, w.approver().await);
    let mut heard = w.portal.heard();
    tokio::spawn(w.portal.clone().keep_hearing());
    assert_eq!(heard.recv().await.unwrap(), Heard::Anything);

    assert!(tell(&w.portal, &bob, policy, Err(Error::Unauthenticated)).await.is_err());
    tell(&w.portal, &bob, policy, Ok(())).await.unwrap();

    // The first that is heard is of the change that was done, and its entry comes with it.
    assert_eq!(heard.recv().await.unwrap(), Heard::Change(live::Kind::Release, 1));
    assert_eq!(heard.recv().await.unwrap(), Heard::Change(live::Kind::Instance, 2));
}

#[sqlx::test(migrations = "../migrations")]
async fn each_is_told_the_no_it_may_hear(pool: PgPool) {
    let w = World::new(pool).await;
    let (policy, elsewhere) = (policy(&w).await, Scope::Policy(Id::fresh()));
    let no_such_policy = Some(Error::NotFound("policy".into()));
    let forbidden = Some(Error::Forbidden(Permission::DecideException));
    let of_elsewhere = person(Id::fresh(), "eve", &[Role::Approver], &elsewhere);
    let of_nothing = person(Id::fresh(), "noah", &[], &Scope::Portal);

    assert_eq!(decide(&w.portal, &Actor::Anonymous, policy).await, Some(Error::Unauthenticated));
    assert_eq!(decide(&w.portal, &of_elsewhere, policy).await, forbidden);
    assert_eq!(decide(&w.portal, &of_nothing, policy).await, no_such_policy);
    assert_eq!(decide(&w.portal, &w.approver().await, Id::fresh()).await, no_such_policy);
    assert_eq!(decide(&w.portal, &w.requester().await, policy).await, forbidden);
    assert_eq!(decide(&w.portal, &w.approver().await, policy).await, None);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_refusal_is_written_down_once_a_minute(pool: PgPool) {
    let w = World::new(pool).await;
    let (policy, ann) = (policy(&w).await, w.requester().await);
    let before = w.audit().await.len();

    for _again in 0..3 {
        for refused in [&Actor::Anonymous, &ann, &token_of(&ann, &[])] {
            assert!(decide(&w.portal, refused, policy).await.is_some());
        }
    }

    // A token that is made anew each time is another one; the person is the same.
    let told = w.audit().await.split_off(before);
    let of_ann = told.iter().filter(|entry| *entry == "person exception.decide: refused");
    assert_eq!(of_ann.count(), 1, "{told:?}");
    w.clock.advance(chrono::TimeDelta::minutes(1));
    assert!(decide(&w.portal, &ann, policy).await.is_some());
    assert_eq!(w.audit().await.len(), before + told.len() + 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_list_is_opened_to_whoever_reaches_any_of_it(pool: PgPool) {
    let w = World::new(pool).await;
    let policy = policy(&w).await;
    let here = person(Id::fresh(), "ina", &[Role::Auditor], &Scope::Policy(policy));
    let nowhere = person(Id::fresh(), "noah", &[], &Scope::Portal);

    assert_eq!(w.portal.list::<List>(&here).await.unwrap().1, Reach::Policies(vec![policy]));
    assert_eq!(w.portal.list::<List>(&nowhere).await.err(), Some(Error::Forbidden(Permission::SeeException)));
    assert_eq!(w.portal.list::<List>(&Actor::Anonymous).await.err(), Some(Error::Unauthenticated));
}

#[sqlx::test(migrations = "../migrations")]
async fn neither_a_look_nor_a_refusal_waits_for_a_deed(pool: PgPool) {
    let w = World::new(pool).await;
    w.pushed(&w.author().await).await;
    let asked = exception::request(&w.portal, &w.requester().await, w.wanted()).await.unwrap();
    let _deed = w.hold(asked.number).await;

    let (bob, nobody) = (w.approver().await, w.requester().await);
    let looks = async {
        let look = exception::show(&w.portal, &bob, asked.number).await;
        (look, exception::deny(&w.portal, &nobody, asked.number, "no").await)
    };
    let (look, refused) = timeout(Duration::from_secs(5), looks).await.expect("they wait for nobody");

    assert!(look.is_ok());
    assert_eq!(refused, Err(Error::Forbidden(Permission::DecideException)));
}

#[sqlx::test(migrations = false)]
async fn the_owner_migrates_and_the_serving_role_cannot(pool: PgPool) {
    let owner_url = pool.connect_options().to_url_lossy();
    for _first_and_again in 0..2 {
        migrate(owner_url.as_str()).await.unwrap();
    }
    let w = World::new(pool).await;
    let serving_url = w.server.connect_options().to_url_lossy();
    assert!(matches!(migrate(serving_url.as_str()).await, Err(Error::Internal { .. })));
    assert!(matches!(w.requester().await, Actor::Person { .. }));
}
