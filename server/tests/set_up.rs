//! What a fresh portal is given, also where its first start was stopped on the way.

#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

use portal::{
    Actor, Environment, Scope,
    access::{Job, Role},
    identity::{self, GroupRole},
    release,
    testing::{POLICY, POLICY_TEST, World},
};
use server::set_up;
use sqlx::PgPool;

const SET_UP: Actor = Actor::Job(Job::SetUp);

async fn in_force(w: &World) -> usize {
    let boards = release::board(&w.portal, &w.author().await).await.unwrap();
    boards.iter().map(|board| board.in_force.len()).sum()
}

fn shipped() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("s3.rego"), POLICY).unwrap();
    std::fs::write(folder.path().join("s3_test.rego"), POLICY_TEST).unwrap();
    folder
}

#[sqlx::test(migrations = "../migrations")]
async fn a_start_goes_on_where_the_one_before_was_stopped(pool: PgPool) {
    let (w, folder) = (World::new(pool).await, shipped());
    let version = w.pushed(&SET_UP).await;
    release::begin(&w.portal, &SET_UP, Environment::development(), version.id).await.unwrap();

    for _ in 0..2 {
        set_up::policies(&w.portal, folder.path()).await.unwrap();
        // The policies and the exceptions, in three environments.
        assert_eq!(in_force(&w).await, 6);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn what_people_pushed_is_theirs_to_release(pool: PgPool) {
    let (w, folder) = (World::new(pool).await, shipped());
    w.pushed(&w.author().await).await;

    set_up::policies(&w.portal, folder.path()).await.unwrap();

    assert_eq!(in_force(&w).await, 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn the_group_of_the_setting_is_granted_once_and_again_where_an_admin_took_it(pool: PgPool) {
    let w = World::new(pool).await;
    // Somebody is an admin meanwhile, who can take it.
    let ada = w.person("ada", &[Role::Admin]).await;
    let group = || GroupRole { group: "owners".into(), role: Role::Admin, scope: Scope::Portal };
    let start = async || set_up::admins(&w.portal, Some("owners")).await.unwrap();
    let granted = async || {
        let mapped = identity::group_roles(&w.portal, &ada).await.unwrap();
        mapped.iter().any(|mapped| mapped.grant == group())
    };
    let told = async || {
        let told = "select count(*) from audit where event->>'kind' = 'group_mapped'";
        sqlx::query_scalar::<_, i64>(told).fetch_one(&w.owner).await.unwrap()
    };

    set_up::admins(&w.portal, None).await.unwrap();
    assert!(!granted().await, "nothing is set");
    for _start in 0..2 {
        start().await;
        assert_eq!((granted().await, told().await), (true, 1));
    }
    identity::unmap_group(&w.portal, &ada, group()).await.unwrap();
    assert!(!granted().await);
    start().await;
    assert_eq!((granted().await, told().await), (true, 2));
}
