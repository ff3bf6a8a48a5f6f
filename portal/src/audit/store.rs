use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};

use super::{Entry, Event, Filter};
use crate::{
    Actor, Id, Permission, Portal, Result,
    access::{Action, By, Everything},
    live,
    search::anywhere,
};

const PAGE: i64 = 100;

struct List;
impl Action for List {
    type On = Everything;
    const PERMISSION: Permission = Permission::SeeAudit;
}

pub(crate) async fn append(
    conn: &mut PgConnection,
    at: DateTime<Utc>,
    by: By,
    permission: Permission,
    event: &Event,
) -> Result<()> {
    let (person, token, job) = columns(by);
    sqlx::query!(
        "insert into audit (at, person, token, job, permission, event)
         values ($1, $2, $3, $4, $5, $6)",
        at,
        person,
        token,
        job,
        permission.to_string(),
        Json(event) as _,
    )
    .execute(&mut *conn)
    .await?;
    live::tell(conn, event.touches()).await
}

/// Appends that somebody was refused; the same refusal is told once a minute, however often it is met.
pub(crate) async fn append_refusal(
    conn: &mut PgConnection,
    at: DateTime<Utc>,
    by: By,
    permission: Permission,
    event: &Event,
) -> Result<()> {
    let (person, token, job) = columns(by);
    let told = sqlx::query!(
        "insert into audit (at, person, token, job, permission, event)
         select $1, $2, $3, $4, $5, $6
         where not exists (
             select from (select * from audit order by seq desc limit 1000) recent
             where recent.at > $1::timestamptz - interval '1 minute' and recent.permission = $5 and recent.event = $6
               and recent.person is not distinct from $2 and recent.token is not distinct from $3
               and recent.job is not distinct from $4)",
        at,
        person,
        token,
        job,
        permission.to_string(),
        Json(event) as _,
    )
    .execute(&mut *conn)
    .await?;
    if told.rows_affected() > 0 {
        live::tell(conn, event.touches()).await?;
    }
    Ok(())
}

/// The entries, newest first, a hundred at a time.
pub async fn list(portal: &Portal, actor: &Actor, filter: Filter) -> Result<Vec<Entry>> {
    let mut view = portal.view::<List>(actor, Everything).await?;
    let rows = sqlx::query!(
        r#"select audit.seq, audit.at, audit.permission, audit.job, audit.event as "event: Json<Event>",
                person.name as "person?", token.name as "token?"
         from audit left join person on person.id = audit.person left join token on token.id = audit.token
         where ($1::text is null or person.name ilike $1 or token.name ilike $1 or audit.job = $6)
           and ($2::text is null or audit.event->>'kind' = $2)
           and ($3::text is null or audit.event::text ilike $3)
           and ($4::bigint is null or audit.seq < $4)
         order by audit.seq desc limit $5"#,
        filter.by.as_deref().map(anywhere),
        filter.kind,
        filter.about.as_deref().map(anywhere),
        filter.before,
        PAGE,
        filter.by,
    )
    .fetch_all(view.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Entry {
            seq: row.seq,
            at: row.at,
            by: match (row.person, row.token, row.job) {
                (Some(person), Some(token), _) => format!("{person} by token {token}"),
                (Some(person), None, _) => person,
                (None, Some(token), _) => format!("token {token}"),
                (None, None, job) => format!("job {}", job.unwrap_or_default()),
            },
            permission: row.permission,
            event: row.event.0,
        })
        .collect())
}

fn columns(by: By) -> (Option<uuid::Uuid>, Option<uuid::Uuid>, Option<String>) {
    match by {
        By::Person(id) => (Some(id.uuid()), None, None),
        By::Token { id, owner } => (owner.map(Id::uuid), Some(id.uuid()), None),
        By::Job(job) => (None, None, Some(job.to_string())),
    }
}
