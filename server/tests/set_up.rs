//! What a fresh portal is given, also where its first start was stopped on the way.

#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

use portal::{
    Actor, Environment,
    access::Job,
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
