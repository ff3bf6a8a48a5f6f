//! The files of a pack, batch by batch, as lines of JSON.

use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;

use super::Period;
use crate::{
    Actor, Portal, Result,
    access::Everything,
    audit::{
        log::{self, Row, Window},
        store::List,
    },
    exception::{self, Exception},
    release::{self, Checked},
};

/// Rows that are read at once; of releases, which bring all their checks, fewer.
const BATCH: i64 = 500;
const RELEASES: i64 = 20;

/// Some lines of a file, and behind which row it goes on; the last have no such row.
pub(super) type Lines = (String, Option<i64>);

pub(super) async fn exceptions(portal: &Portal, actor: &Actor, period: Period, after: i64) -> Result<Lines> {
    let rows = exception::of_period(portal, actor, period.between(), after, BATCH).await?;
    let next = rows.last().map(|last: &Exception| last.number.0);
    Ok((lines(&rows), next.filter(|_| rows.len() as i64 == BATCH)))
}

pub(super) async fn releases(portal: &Portal, actor: &Actor, period: Period, after: i64) -> Result<Lines> {
    let rows = release::of_period(portal, actor, period.between(), after, RELEASES).await?;
    let next = rows.last().map(|last: &Checked| last.release.sequence);
    Ok((lines(&rows), next.filter(|_| rows.len() as i64 == RELEASES)))
}

/// The period's reviews of access: entries of the log as they are hashed, told by their kind.
pub(super) async fn reviews(
    portal: &Portal,
    actor: &Actor,
    period: Period,
    size: u64,
    after: i64,
) -> Result<Lines> {
    let mut view = portal.view::<List>(actor, Everything).await?;
    view.plan_anew().await?;
    let rows = reviewed(view.conn(), period, size, after).await?;
    let next = rows.last().map(|(index, _)| index.cast_signed());
    let next = next.filter(|_| rows.len() as i64 == BATCH);
    Ok((rows.into_iter().map(|(index, row)| row.text(index) + "\n").collect(), next))
}

async fn reviewed(conn: &mut PgConnection, period: Period, size: u64, after: i64) -> Result<Vec<(u64, Row)>> {
    let (since, until) = period.between();
    let rows = sqlx::query!(
        r#"select index, seq, person, token, job, permission, event::text as "event!",
                coalesce(case when at >= '0001-01-01Z' then to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') end, at::text) as "at!",
                coalesce(case when proven_at >= '0001-01-01Z' then to_char(proven_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') end, proven_at::text) as proven_at,
                abbrev(address) as address
           from audit join audit_leaf on seq = entry
           where at >= $1 and at < $2 and index > $3 and index < $4 and event->>'kind' = 'access_reviewed'
           order by index limit $5"#,
        since,
        until,
        after,
        size.cast_signed(),
        BATCH,
    )
    .fetch_all(conn)
    .await?;
    let read = rows.into_iter().map(|row| {
        let (seq, at, permission, event) = (row.seq, row.at, row.permission, row.event);
        let kept = Row {
            seq,
            at,
            person: row.person,
            token: row.token,
            job: row.job,
            permission,
            event,
            address: row.address,
            proven_at: row.proven_at,
        };
        (row.index.unsigned_abs(), kept)
    });
    Ok(read.collect())
}

/// What came of verifying the log the last time.
pub(super) async fn verification(portal: &Portal, actor: &Actor) -> Result<String> {
    let Window { covered, open, verified, read_only } = log::window(portal, actor).await?;
    let verified: Vec<_> = verified
        .into_iter()
        .map(|(part, at, entries, wrong)| {
            json!({ "part": part.to_string(), "at": at, "entries": entries, "holds": wrong.is_none(), "wrong": wrong })
        })
        .collect();
    let covered = covered.map(|(entries, at)| json!({ "entries": entries, "at": at }));
    let told = json!({ "verified": verified, "checkpoint": covered, "open": open, "read_only": read_only });
    Ok(format!("{told:#}\n"))
}

fn lines<T: Serialize>(rows: &[T]) -> String {
    let line = |row| serde_json::to_string(row).expect("what the portal keeps is plain JSON") + "\n";
    rows.iter().map(line).collect()
}
