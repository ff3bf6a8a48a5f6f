use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::{
    IDLE, ProviderSession, Refusal, SESSION, Secret, SecretKind, digest, grant::grants_of, proven::cleaned,
};
use crate::{
    Actor, Error, Id, Permission, Person, Portal, Result,
    access::{Action, Everything, Job},
    audit::Event,
};

const SIGN_IN: Actor = Actor::Job(Job::SignIn);
/// How stale `used_at` may become: it is not worth a write at every request.
const USED_WITHIN: TimeDelta = TimeDelta::minutes(1);
/// Bytes of an ID token that are kept; a longer one does not name its session to the provider at sign-out.
const ID_TOKEN: usize = 16 << 10;
/// Characters of what a browser calls itself.
const BROWSER: usize = 200;
/// Characters of what went wrong at a sign-in.
const REASON: usize = 300;

struct Open;
impl Action for Open {
    type On = Everything;
    const PERMISSION: Permission = Permission::OpenSession;
    const WHILE_READ_ONLY: bool = true;
}

/// Signs somebody of the demo in, who needs to prove nothing.
///
/// # Errors
/// Not found where there is no such person, or where this portal has no demo people; refused where an admin has
/// disabled them.
pub async fn open_demo(portal: &Portal, visitor: &Actor, person: Id<Person>) -> Result<Secret> {
    if !portal.parts.demo {
        return Err(Error::NotFound("person".into()));
    }
    portal
        .change::<Open, _>(visitor, Everything, async |change| {
            let found = sqlx::query!(
                r#"select name, disabled_at is not null as "disabled!" from person where id = $1 and demo"#,
                person.uuid()
            )
            .fetch_optional(change.conn())
            .await?
            .ok_or_else(|| Error::NotFound("person".into()))?;
            if found.disabled {
                return Err(Refusal::Disabled.into());
            }
            let at = change.at;
            let secret = insert(change.conn(), person, at, None).await?;
            Ok((secret, Event::SignedIn { id: person, name: found.name }))
        })
        .await
}

/// A new session, under a secret that nobody had before; by a provider where one vouches for whose it is.
pub(super) async fn insert(
    conn: &mut PgConnection,
    person: Id<Person>,
    at: DateTime<Utc>,
    provider: Option<(&str, &ProviderSession)>,
) -> Result<Secret> {
    let secret = Secret::fresh(SecretKind::Session);
    let digest = digest(SecretKind::Session, secret.reveal()).expect("a fresh secret is well formed");
    let (issuer, there) = provider.unzip();
    sqlx::query!(
        "insert into session
            (id, digest, person_id, opened_at, used_at, issuer, provider_session, id_token, proven_at, browser)
         values ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9)",
        Id::<super::Opened>::fresh().uuid(),
        &digest[..],
        person.uuid(),
        at,
        issuer,
        there.and_then(|there| there.id.as_deref()),
        there.and_then(|there| there.id_token.as_deref()).filter(|token| token.len() <= ID_TOKEN),
        there.and_then(|there| there.proven_at),
        there.map(|there| cleaned(&there.browser, BROWSER)).unwrap_or_default(),
    )
    .execute(conn)
    .await?;
    Ok(secret)
}

/// Writes down that somebody could not sign in, by whatever they came with; the same is told once a minute.
pub async fn note_failure(portal: &Portal, visitor: &Actor, reason: &str) -> Result<()> {
    portal.note::<Open>(visitor, &Event::SignInFailed { reason: cleaned(reason, REASON) }).await
}

/// A session that was ended by its own secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Names the session to the provider, if one vouched for it.
    pub id_token: Option<String>,
}

/// Ends the session that this secret opened.
pub async fn close(portal: &Portal, visitor: &Actor, secret: &str) -> Result<Ended> {
    let digest = digest(SecretKind::Session, secret).ok_or(Error::Unauthenticated)?;
    portal
        .change::<Open, _>(visitor, Everything, async |change| {
            let at = change.at;
            let person = sqlx::query!(
                "with open as (select digest, id_token from session where digest = $1 and closed_at is null for update)
                 update session set closed_at = $2, id_token = null from person, open
                 where session.digest = open.digest and person.id = person_id
                 returning person.id, name, open.id_token",
                &digest[..],
                at,
            )
            .fetch_optional(change.conn())
            .await?
            .ok_or(Error::Unauthenticated)?;
            let ended = Ended { id_token: person.id_token };
            Ok((ended, Event::SignedOut { id: person.id.into(), name: person.name }))
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
        "select person.id, person.name, person.demo, session.used_at, session.proven_at
         from session join person on person.id = session.person_id
         where session.digest = $1 and session.closed_at is null and session.opened_at > $2 and session.used_at > $3
           and person.disabled_at is null and (not person.demo or $4)",
        &digest[..],
        oldest,
        idle,
        portal.parts.demo,
    )
    .fetch_optional(view.conn())
    .await?;
    let Some(found) = found else { return Ok(Actor::Anonymous) };
    let grants = grants_of(view.conn(), &[found.id]).await?.remove(&found.id).unwrap_or_default();
    drop(view);
    if how == Use::AtWork && found.used_at + USED_WITHIN < now {
        portal
            .record::<Open, _>(&SIGN_IN, Everything, async |change| touch(change.conn(), &digest, now).await)
            .await?;
    }
    // The demo's people prove nothing, ever: nobody asks them to again.
    let proven_at = if found.demo { Some(now) } else { found.proven_at };
    Ok(Actor::Person { id: found.id.into(), name: found.name, grants, proven_at, address: None })
}

async fn touch(conn: &mut PgConnection, digest: &[u8; 32], at: DateTime<Utc>) -> Result<()> {
    sqlx::query!("update session set used_at = $2 where digest = $1 and used_at < $2", &digest[..], at)
        .execute(conn)
        .await?;
    Ok(())
}
