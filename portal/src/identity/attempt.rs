//! Sign-ins under way: what this server, or another one, must know again when the browser comes back.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::{Secret, SecretKind, digest};
use crate::{
    Actor, Permission, Portal, Result,
    access::{Action, Everything, Job},
};

const SIGN_IN: Actor = Actor::Job(Job::SignIn);
/// How long somebody may take at the provider.
pub const ATTEMPT: TimeDelta = TimeDelta::minutes(10);
/// Attempts that are kept at once. Strangers begin them, so the oldest give way.
const MOST: i64 = 5_000;
/// Bytes of a form that is carried through a sign-in.
pub const KEPT_FORM: usize = 64 << 10;

/// What a sign-in began with.
#[derive(Clone, PartialEq, Eq)]
pub struct Attempt {
    pub state: String,
    pub nonce: String,
    pub pkce_verifier: String,
    /// The page to which it leads.
    pub leads_to: String,
    /// A form that was sent when the session had ended, or was too old for it.
    pub kept: Option<String>,
    /// Whether they are to prove anew who they are, though the provider may know them still.
    pub anew: bool,
    pub begun_at: DateTime<Utc>,
}

struct Begin;
impl Action for Begin {
    type On = Everything;
    const PERMISSION: Permission = Permission::OpenSession;
}

/// Keeps an attempt for the browser that is given this secret, and for no other.
pub async fn begin_sign_in(portal: &Portal, attempt: &Attempt) -> Result<Secret> {
    portal
        .record::<Begin, _>(&SIGN_IN, Everything, async |change| {
            let at = change.at;
            make_room(change.conn(), at).await?;
            let secret = Secret::fresh(SecretKind::SignIn);
            let digest = digest(SecretKind::SignIn, secret.reveal()).expect("a fresh secret is well formed");
            sqlx::query!(
                "insert into sign_in_attempt (digest, state, nonce, pkce_verifier, leads_to, kept, anew, begun_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8)",
                &digest[..],
                &attempt.state,
                &attempt.nonce,
                &attempt.pkce_verifier,
                &attempt.leads_to,
                attempt.kept.as_deref(),
                attempt.anew,
                attempt.begun_at,
            )
            .execute(change.conn())
            .await?;
            Ok(secret)
        })
        .await
}

async fn make_room(conn: &mut PgConnection, at: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "delete from sign_in_attempt where begun_at <= $1 or digest in (
             select digest from sign_in_attempt order by begun_at desc offset $2)",
        at - ATTEMPT,
        MOST - 1,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The attempt that this browser began, which is over by that, whatever comes of it: an answer is taken once.
pub async fn take_sign_in(portal: &Portal, secret: &str) -> Result<Option<Attempt>> {
    let Some(digest) = digest(SecretKind::SignIn, secret) else { return Ok(None) };
    portal
        .record::<Begin, _>(&SIGN_IN, Everything, async |change| {
            let oldest = change.at - ATTEMPT;
            let taken = sqlx::query!(
                "delete from sign_in_attempt where digest = $1
                 returning state, nonce, pkce_verifier, leads_to, kept, anew, begun_at",
                &digest[..],
            )
            .fetch_optional(change.conn())
            .await?;
            let in_time = taken.filter(|row| row.begun_at > oldest);
            Ok(in_time.map(|row| Attempt {
                state: row.state,
                nonce: row.nonce,
                pkce_verifier: row.pkce_verifier,
                leads_to: row.leads_to,
                kept: row.kept,
                anew: row.anew,
                begun_at: row.begun_at,
            }))
        })
        .await
}
