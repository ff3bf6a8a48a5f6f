//! What the portal does by itself for as long as it runs.

#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

use chrono::{DateTime, TimeDelta, Utc};
use portal::testing::World;
use sqlx::PgPool;

use support::{eventually, serve};

#[expect(dead_code, reason = "these tests start no OPA, and cut nothing off")]
mod support;

async fn leaves(w: &World) -> i64 {
    sqlx::query_scalar("select count(*) from audit_leaf").fetch_one(&w.owner).await.unwrap()
}

/// When this part of the log was verified last.
async fn verified(w: &World, part: &str) -> Option<DateTime<Utc>> {
    let at = "select at from audit_verification where part = $1 and wrong is null";
    sqlx::query_scalar(at).bind(part).fetch_optional(&w.owner).await.unwrap()
}

#[sqlx::test(migrations = "../migrations")]
async fn the_audits_log_grows_is_signed_each_minute_and_verified_each_minute_and_each_hour(pool: PgPool) {
    let w = World::new(pool).await;
    let signed = |entries: u64| {
        let note = w.folder.path().join(format!("objects/audit/checkpoint/1/{entries:020}"));
        std::fs::exists(note).unwrap()
    };
    w.person("ann", &[]).await;
    serve(w.portal.clone()).await;

    let begun = Some(w.in_days(0));
    eventually("the first leaf", async || leaves(&w).await == 1).await;
    eventually("the first checkpoint", async || signed(1)).await;
    for part in ["newest", "whole"] {
        eventually("the first verification", async || verified(&w, part).await == begun).await;
    }

    w.person("bob", &[]).await;
    eventually("the second leaf", async || leaves(&w).await == 2).await;
    assert!(!signed(2), "a minute has not gone by");
    w.clock.advance(TimeDelta::minutes(1));
    let minute = Some(w.in_days(0));
    eventually("the second checkpoint", async || signed(2)).await;
    eventually("the newest part anew", async || verified(&w, "newest").await == minute).await;
    assert_eq!(verified(&w, "whole").await, begun);
    w.clock.advance(TimeDelta::hours(1));
    let hour = Some(w.in_days(0));
    eventually("all of it anew", async || verified(&w, "whole").await == hour).await;
}
