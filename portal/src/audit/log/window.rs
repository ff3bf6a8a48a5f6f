//! What of the audit is covered by a checkpoint, and what is not yet.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::verify::Part;
use crate::{Actor, Portal, Result, access::Everything, audit::store::List};

/// Waiting entries are counted so far only: there are many after an upgrade, and soon none.
const MOST: i64 = 10_000;

/// How the log stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// How many entries the newest checkpoint covers, and when it was signed.
    pub covered: Option<(u64, DateTime<Utc>)>,
    /// How many entries none covers yet.
    pub open: u64,
    /// What was verified last: how much, when, over how many entries, and what is wrong.
    pub verified: Vec<(Part, DateTime<Utc>, u64, Option<String>)>,
    pub read_only: bool,
}

/// The log's public key, for whoever may see the audit.
pub async fn key(portal: &Portal, actor: &Actor) -> Result<String> {
    portal.view::<List>(actor, Everything).await?;
    Ok(super::public_key(portal))
}

pub async fn window(portal: &Portal, actor: &Actor) -> Result<Window> {
    let mut view = portal.view::<List>(actor, Everything).await?;
    let here = super::kept::here(view.conn()).await?;
    let newest = sqlx::query!(
        "select size, at from audit_checkpoint where branch = $1 order by size desc limit 1",
        here.branch.cast_signed(),
    )
    .fetch_optional(view.conn())
    .await?;
    let waiting = waiting(view.conn()).await?;
    let rows = sqlx::query!("select part, at, size, wrong from audit_verification order by at desc")
        .fetch_all(view.conn())
        .await?;
    let covered = newest.map(|newest| (newest.size.unsigned_abs(), newest.at));
    let verified = rows
        .into_iter()
        .filter_map(|row| Some((row.part.parse().ok()?, row.at, row.size.unsigned_abs(), row.wrong)));
    Ok(Window {
        covered,
        open: here.size.saturating_sub(covered.map_or(0, |(size, _)| size)) + waiting,
        verified: verified.collect(),
        read_only: portal.standing.is_read_only(),
    })
}

/// How many entries have no place yet; it counts no further than [`MOST`].
async fn waiting(conn: &mut PgConnection) -> Result<u64> {
    let waiting = sqlx::query_scalar!(
        r#"select count(*) as "count!" from (select from audit_pending limit $1) waiting"#,
        MOST,
    )
    .fetch_one(conn)
    .await?;
    Ok(waiting.unsigned_abs())
}

/// When a part was verified last.
pub(super) async fn last(portal: &Portal, part: Part) -> Result<Option<DateTime<Utc>>> {
    let mut view = portal.view::<super::Seal>(&super::AUDIT, Everything).await?;
    let at = sqlx::query_scalar!("select at from audit_verification where part = $1", part.to_string())
        .fetch_optional(view.conn())
        .await?;
    Ok(at)
}
