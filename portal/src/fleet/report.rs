use chrono::{DateTime, Utc};
use sqlx::{PgConnection, postgres::types::PgInterval, types::Json};
use uuid::Uuid;

use super::{Instance, SILENT_AFTER, store};
use crate::{Actor, Environment, Id, Permission, Portal, Result, access::Action, live};

struct Report;
impl Action for Report {
    type On = Environment;
    const PERMISSION: Permission = Permission::ReportInstance;
}

/// What one instance says of itself: the whole of its state, never a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    pub environment: Environment,
    /// Its label `instance`, else OPA's own id.
    pub name: String,
    pub process: String,
    pub opa_version: String,
    /// Name, active revision, and OPA's words where a bundle is in error.
    pub bundles: Vec<(String, String, String)>,
    /// Decisions or chunks lost since the process started.
    pub dropped: i64,
    pub ready: bool,
    /// When it came in, by our clock: a report may wait for the database.
    pub at: DateTime<Utc>,
}

/// Keeps what a process says. A report older than the one that is kept changes nothing.
pub async fn report(portal: &Portal, actor: &Actor, reported: &Reported) -> Result<()> {
    let on = reported.environment.clone();
    portal
        .record::<Report, _>(actor, on, async |record| {
            let bundles = reported.bundles.iter().map(|(name, active_revision, error)| store::Reported {
                name: name.clone(),
                active_revision: active_revision.clone(),
                error: error.clone(),
            });
            let bundles = Json(bundles.collect::<Vec<_>>());
            let kept = sqlx::query!(
                r#"with before as (
                     select opa_version, bundles, dropped, ready, last_seen from instance
                     where environment = $2 and name = $3 and process = $4
                 )
                 insert into instance (id, environment, name, process, opa_version, first_seen, last_seen, bundles, dropped, ready)
                 values ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9)
                 on conflict (environment, name, process) do update
                 set opa_version = excluded.opa_version, last_seen = excluded.last_seen,
                     bundles = excluded.bundles, dropped = excluded.dropped, ready = excluded.ready
                 where instance.last_seen <= excluded.last_seen
                 returning id, not exists (
                     select from before
                     where before.last_seen >= $10 and before.opa_version = $5 and before.bundles = $7
                       and before.dropped = $8 and before.ready = $9) as "changed!""#,
                Id::<Instance>::fresh().uuid(),
                reported.environment.as_str(),
                reported.name,
                reported.process,
                reported.opa_version,
                reported.at,
                &bundles as _,
                reported.dropped,
                reported.ready,
                reported.at - SILENT_AFTER,
            )
            .fetch_optional(record.conn())
            .await?;
            if let Some(kept) = &kept {
                remember(record.conn(), kept.id, reported, &bundles).await?;
            }
            let forgotten = forget_predecessors(record.conn(), reported).await?;
            // Most reports say the same again: only their moment is new.
            if kept.is_some_and(|kept| kept.changed) || forgotten {
                live::tell(record.conn(), &[live::Kind::Instance]).await?;
            }
            Ok(())
        })
        .await
}

/// As many as are kept of what an instance said.
const REMEMBERED: i64 = 50;

/// Keeps what was said, if it is something new.
async fn remember(
    conn: &mut PgConnection,
    instance: Uuid,
    reported: &Reported,
    bundles: &Json<Vec<store::Reported>>,
) -> Result<()> {
    let new = sqlx::query!(
        "insert into instance_report (instance, at, opa_version, bundles, ready)
         select $1, $2, $3, $4, $5 where not exists (
             select from (select * from instance_report where instance = $1 order by at desc limit 1) last
             where last.opa_version = $3 and last.bundles = $4 and last.ready = $5)
         on conflict do nothing",
        instance,
        reported.at,
        reported.opa_version,
        bundles as _,
        reported.ready,
    )
    .execute(&mut *conn)
    .await?;
    if new.rows_affected() > 0 {
        sqlx::query!(
            "delete from instance_report where instance = $1
             and at < (select at from instance_report where instance = $1 order by at desc offset $2::bigint - 1 limit 1)",
            instance,
            REMEMBERED,
        )
        .execute(conn)
        .await?;
    }
    Ok(())
}

/// Two that overlapped for a moment, as where one takes over from the other, are no two OPAs. Says whether any was
/// forgotten.
async fn forget_predecessors(conn: &mut PgConnection, reported: &Reported) -> Result<bool> {
    let forgotten = sqlx::query!(
        "delete from instance predecessor using instance successor
         where predecessor.environment = $1 and predecessor.name = $2 and predecessor.last_seen < $3
           and successor.environment = $1 and successor.name = $2
           and successor.first_seen > predecessor.first_seen
           and successor.first_seen > predecessor.last_seen - $4::interval",
        reported.environment.as_str(),
        reported.name,
        reported.at - SILENT_AFTER,
        PgInterval::try_from(SILENT_AFTER).expect("some seconds"),
    )
    .execute(conn)
    .await?;
    Ok(forgotten.rows_affected() > 0)
}
