//! The embedded engine from one release to the next.

#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

use std::{path::PathBuf, sync::Arc, time::Duration};

use portal::{
    Actor, Environment,
    access::Job,
    engine::{Engine, NoAnswer},
    exception, release,
    shelf::Shelf,
    testing::{POLICY, POLICY_TEST, World},
};
use rego::worker::{Failure, program_for_tests};
use sqlx::PgPool;
use tokio::time::Instant;

const READERS: &str = r#"# METADATA
# title: Readers
# description: Agents read, and do nothing else.
# custom:
#   severity: high
package aegis.ai.readers

allow if input.action == "read"

range := count(numbers.range(1, input.n))
"#;

const READERS_TEST: &str = r#"package aegis.ai.readers_test

test_reads if data.aegis.ai.readers.allow with input as {"action": "read"}

test_range if data.aegis.ai.readers.range == 2 with input as {"n": 2}
"#;

/// A portal whose engine, started from this program, runs a policy in production.
async fn deciding(pool: PgPool, program: PathBuf) -> (World, Arc<Shelf>, Arc<Engine>) {
    let w = World::new(pool).await;
    let files = [
        ("s3/s3.rego", POLICY),
        ("s3/s3_test.rego", POLICY_TEST),
        ("readers.rego", READERS),
        ("readers_test.rego", READERS_TEST),
    ];
    let changeset = w.push(&w.author().await, &files).await;
    assert!(changeset.passed, "{:?}", changeset.report);
    for version in changeset.versions {
        let set_up = Actor::Job(Job::SetUp);
        release::begin(&w.portal, &set_up, Environment::production(), version.id).await.unwrap();
    }
    let shelf = Shelf::new(w.portal.clone());
    shelf.refresh(Instant::now()).await.unwrap();
    let engine = Engine::new(w.portal.clone(), Arc::clone(&shelf), program, "engine".into());
    tokio::spawn(Arc::clone(&engine).keep());
    until(&engine, "ok").await;
    (w, shelf, engine)
}

/// Returns when the engine's health in production begins so.
async fn until(engine: &Engine, health: &str) {
    for _ in 0..400 {
        if engine.health(&Environment::production()).starts_with(health) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it is: {}", engine.health(&Environment::production()));
}

/// Puts another exception in force, and has the shelf see it.
async fn except(w: &World, shelf: &Shelf) {
    let (ann, bob) = (w.requester().await, w.approver().await);
    let asked = exception::request(&w.portal, &ann, w.wanted()).await.unwrap();
    exception::approve(&w.portal, &bob, asked.number, &asked.seen(), w.in_days(30), "").await.unwrap();
    shelf.refresh(Instant::now()).await.unwrap();
}

#[sqlx::test(migrations = "../migrations")]
async fn exceptions_that_do_not_load_are_told_by_its_health(pool: PgPool) {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("worker");
    std::fs::copy(program_for_tests(), &program).unwrap();
    let (w, shelf, engine) = deciding(pool, program.clone()).await;
    std::fs::remove_file(&program).unwrap();

    except(&w, &shelf).await;

    until(&engine, "aegis-exceptions ").await;
    let allowed = ask(&w, &engine, r#"{"input": {"action": "read"}}"#, "allow").await.unwrap();
    assert_eq!(allowed.as_deref(), Some(&b"true"[..]), "what was loaded goes on");
    std::fs::copy(program_for_tests(), &program).unwrap();
    except(&w, &shelf).await;
    until(&engine, "ok").await;
}

#[sqlx::test(migrations = "../migrations")]
async fn what_overran_is_remembered_and_counted_over_a_change_of_release(pool: PgPool) {
    let (w, shelf, engine) = deciding(pool, program_for_tests()).await;
    let body = r#"{"input": {"n": 100000000}}"#;
    for _ in 0..2 {
        let overran = ask(&w, &engine, body, "range").await.unwrap_err();
        assert!(matches!(overran, NoAnswer::Failed(Failure::Time | Failure::Memory)), "{overran:?}");
    }

    except(&w, &shelf).await;

    until(&engine, "ok").await;
    let refused = ask(&w, &engine, body, "range").await.unwrap_err();
    assert!(matches!(refused, NoAnswer::Failed(Failure::Refused)), "{refused:?}");
    let counts = engine.counts()[&Environment::production()];
    assert_eq!((counts.deaths, counts.refusals), (2, 1));
}

async fn ask(
    w: &World,
    engine: &Engine,
    body: &'static str,
    rule: &str,
) -> Result<Option<bytes::Bytes>, NoAnswer> {
    let path = format!("aegis/ai/readers/{rule}");
    let production = Environment::production();
    let evaluated = engine.evaluate(&w.author().await, &production, &path, body.into(), false).await;
    evaluated.map(|evaluated| evaluated.result)
}
