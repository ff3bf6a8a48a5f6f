use chrono::TimeDelta;
use sqlx::PgConnection;

use super::{IDLE, SESSION, Secret, SecretKind, digest, store::grants_of};
use crate::{
    Actor, Error, Id, Permission, Person, Portal, Result,
    access::{Action, Everything, Job},
    audit::Event,
};

const SIGN_IN: Actor = Actor::Job(Job::SignIn);
/// How stale `used_at` may become: it is not worth a write at every request.
const USED_WITHIN: TimeDelta = TimeDelta::minutes(1);

struct Open;
impl Action for Open {
    type On = Everything;
    const PERMISSION: Permission = Permission::OpenSession;
    const WHILE_READ_ONLY: bool = true;
}

/// Signs somebody of the demo in, who needs to prove nothing.
///
/// # Errors
/// Not found where there is no such person, or where this portal has no demo people.
pub async fn open_demo(portal: &Portal, person: Id<Person>) -> Result<Secret> {
    if !portal.parts.demo {
        return Err(Error::NotFound("person".into()));
    }
    portal
        .change::<Open, _>(&SIGN_IN, Everything, async |change| {
            let name = sqlx::query_scalar!("select name from person where id = $1 and demo", person.uuid())
                .fetch_optional(change.conn())
                .await?
                .ok_or_else(|| Error::NotFound("person".into()))?;
            let secret = Secret::fresh(SecretKind::Session);
            let digest = digest(SecretKind::Session, secret.reveal()).expect("a fresh secret is well formed");
            let at = change.at;
            sqlx::query!(
                "insert into session (digest, person_id, opened_at, used_at) values ($1, $2, $3, $3)",
                &digest[..],
                person.uuid(),
                at,
            )
            .execute(change.conn())
            .await?;
            Ok((secret, Event::SignedIn { id: person, name }))
        })
        .await
}

/// Ends the session that this secret opened.
pub async fn close(portal: &Portal, secret: &str) -> Result<()> {
    let digest = digest(SecretKind::Session, secret).ok_or(Error::Unauthenticated)?;
    portal
        .change::<Open, _>(&SIGN_IN, Everything, async |change| {
            let at = change.at;
            let person = sqlx::query!(
                "update session set closed_at = $2 from person
                 where digest = $1 and closed_at is null and person.id = person_id
                 returning person.id, name",
                &digest[..],
                at,
            )
            .fetch_optional(change.conn())
            .await?
            .ok_or(Error::Unauthenticated)?;
            Ok(((), Event::SignedOut { id: person.id.into(), name: person.name }))
        })
        .await
}

/// Who holds this session's secret; nobody where it is unknown, closed or at its end. It is in use from now.
pub async fn who_has_session(portal: &Portal, secret: &str) -> Result<Actor> {
    find(portal, secret, Use::AtWork).await
}

/// The same where nobody does anything: a page that keeps itself up to date keeps no session open.
pub async fn who_left_session_open(portal: &Portal, secret: &str) -> Result<Actor> {
    find(portal, secret, Use::Unattended).await
}

#[derive(PartialEq, Eq)]
enum Use {
    AtWork,
    Unattended,
}

async fn find(portal: &Portal, secret: &str, how: Use) -> Result<Actor> {
    let Some(digest) = digest(SecretKind::Session, secret) else { return Ok(Actor::Anonymous) };
    let mut view = portal.view::<Open>(&SIGN_IN, Everything).await?;
    let (now, oldest, idle) = (view.at, view.at - SESSION, view.at - IDLE);
    let found = sqlx::query!(
        "select person.id, person.name, session.used_at
         from session join person on person.id = session.person_id
         where session.digest = $1 and session.closed_at is null and session.opened_at > $2 and session.used_at > $3",
        &digest[..],
        oldest,
        idle,
    )
    .fetch_optional(view.conn())
    .await?;
    let Some(found) = found else { return Ok(Actor::Anonymous) };
    let grants = grants_of(view.conn(), found.id).await?;
    drop(view);
    if how == Use::AtWork && found.used_at + USED_WITHIN < now {
        portal
            .record::<Open, _>(&SIGN_IN, Everything, async |change| touch(change.conn(), &digest, now).await)
            .await?;
    }
    Ok(Actor::Person { id: found.id.into(), name: found.name, grants })
}

async fn touch(conn: &mut PgConnection, digest: &[u8; 32], at: chrono::DateTime<chrono::Utc>) -> Result<()> {
    sqlx::query!("update session set used_at = $2 where digest = $1 and used_at < $2", &digest[..], at)
        .execute(conn)
        .await?;
    Ok(())
}
