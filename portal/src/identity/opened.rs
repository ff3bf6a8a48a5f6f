//! Sessions that are open: for whom they are to see, and to end.

use chrono::{DateTime, Utc};

use super::{IDLE, Opened, SESSION, SecretKind, digest};
use crate::{
    Actor, Error, Id, Invalid, Permission, Person, Portal, Result,
    access::{Action, Everything},
    audit::Event,
};

/// Open sessions of one person that are shown.
const MOST: i64 = 200;
/// How long it is remembered which logout tokens were obeyed: longer than any is taken.
const OBEYED: chrono::TimeDelta = chrono::TimeDelta::hours(24);

struct Own;
impl Action for Own {
    type On = Everything;
    const PERMISSION: Permission = Permission::EndSession;
}

struct OfAnybody;
impl Action for OfAnybody {
    type On = Everything;
    const PERMISSION: Permission = Permission::ManagePerson;
}

struct ByProvider;
impl Action for ByProvider {
    type On = Everything;
    const PERMISSION: Permission = Permission::OpenSession;
}

/// Whose sessions the provider says are over (OpenID Connect Back-Channel Logout 1.0, section 2.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutOrder {
    pub issuer: String,
    /// The order's own name, which comes once.
    pub id: String,
    pub subject: Option<String>,
    /// One session of theirs; without it, all.
    pub session: Option<String>,
}

/// The open sessions of whoever asks, newest first. `secret` is that of the session in which they ask.
pub async fn my_sessions(portal: &Portal, actor: &Actor, secret: &str) -> Result<Vec<Opened>> {
    let person = actor.by().and_then(|by| by.person()).ok_or(Error::Unauthenticated)?;
    let here = digest(SecretKind::Session, secret).ok_or(Error::Unauthenticated)?;
    let mut view = portal.view::<Own>(actor, Everything).await?;
    let (oldest, idle) = (view.at - SESSION, view.at - IDLE);
    let rows = sqlx::query!(
        r#"select id, opened_at, used_at, browser, digest = $4 as "here!" from session
           where person_id = $1 and closed_at is null and opened_at > $2 and used_at > $3
           order by opened_at desc, id limit $5"#,
        person.uuid(),
        oldest,
        idle,
        &here[..],
        MOST,
    )
    .fetch_all(view.conn())
    .await?;
    let opened = rows.into_iter().map(|row| Opened {
        id: row.id.into(),
        opened_at: row.opened_at,
        used_at: row.used_at,
        browser: row.browser,
        here: row.here,
    });
    Ok(opened.collect())
}

/// Ends one session of whoever asks.
///
/// # Errors
/// Not found where it is nobody's, another's, or over.
pub async fn end_my_session(portal: &Portal, actor: &Actor, session: Id<Opened>) -> Result<()> {
    portal
        .change::<Own, _>(actor, Everything, async |change| {
            let (who, at) = (change.person()?, change.at);
            let ended = sqlx::query!(
                "update session set closed_at = $3, id_token = null
                 where id = $1 and person_id = $2 and closed_at is null",
                session.uuid(),
                who.id.uuid(),
                at,
            )
            .execute(change.conn())
            .await?;
            if ended.rows_affected() == 0 {
                return Err(Error::NotFound("session".into()));
            }
            Ok(((), Event::SessionsEnded { id: who.id, name: who.name, sessions: 1 }))
        })
        .await
}

/// Ends all sessions of somebody, as an admin does whose colleague has lost a computer. Says how many there were.
pub async fn end_sessions_of(portal: &Portal, actor: &Actor, person: Id<Person>) -> Result<u32> {
    portal
        .change::<OfAnybody, _>(actor, Everything, async |change| {
            let at = change.at;
            let name = sqlx::query_scalar!("select name from person where id = $1", person.uuid())
                .fetch_optional(change.conn())
                .await?
                .ok_or_else(|| Error::NotFound("person".into()))?;
            let ended = sqlx::query!(
                "update session set closed_at = $2, id_token = null where person_id = $1 and closed_at is null",
                person.uuid(),
                at,
            )
            .execute(change.conn())
            .await?;
            let sessions = counted(ended.rows_affected());
            Ok((sessions, Event::SessionsEnded { id: person, name, sessions }))
        })
        .await
}

/// Does what the provider orders, once.
///
/// # Errors
/// Invalid where this order was obeyed before; not found where it names nobody who has been here.
pub async fn obey_logout(portal: &Portal, visitor: &Actor, order: &LogoutOrder) -> Result<u32> {
    let obeyed = portal
        .change::<ByProvider, _>(visitor, Everything, async |change| {
            let at = change.at;
            note(change.conn(), order, at).await?;
            let ended = sqlx::query!(
                r#"with ended as (
                     update session set closed_at = $4, id_token = null
                     where closed_at is null and issuer = $1
                       and ($2::text is null or provider_session = $2)
                       and ($3::text is null or person_id = (
                           select person_id from person_identity where issuer = $1 and subject = $3))
                     returning person_id)
                   select person.id, person.name, count(*) as "sessions!" from ended
                   join person on person.id = ended.person_id group by person.id"#,
                &order.issuer,
                order.session.as_deref(),
                order.subject.as_deref(),
                at,
            )
            .fetch_optional(change.conn())
            .await?
            .ok_or_else(|| Error::NotFound("session".into()))?;
            let sessions = counted(ended.sessions.unsigned_abs());
            Ok((sessions, Event::SessionsEnded { id: ended.id.into(), name: ended.name, sessions }))
        })
        .await;
    if let Err(Error::NotFound(_)) = obeyed {
        // It ended nothing, and must not end what is opened from now on either.
        portal
            .record::<ByProvider, _>(visitor, Everything, async |change| {
                let at = change.at;
                note(change.conn(), order, at).await
            })
            .await?;
    }
    obeyed
}

async fn note(conn: &mut sqlx::PgConnection, order: &LogoutOrder, at: DateTime<Utc>) -> Result<()> {
    sqlx::query!("delete from logout_token where obeyed_at < $1", at - OBEYED).execute(&mut *conn).await?;
    let new = sqlx::query!(
        "insert into logout_token (issuer, id, obeyed_at) values ($1, $2, $3) on conflict do nothing",
        &order.issuer,
        &order.id,
        at,
    )
    .execute(conn)
    .await?;
    if new.rows_affected() == 0 {
        return Err(Invalid::new("logout_token", "was obeyed before").into());
    }
    Ok(())
}

fn counted(rows: u64) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}
