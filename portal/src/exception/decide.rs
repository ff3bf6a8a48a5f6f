//! Approve, deny, withdraw, revoke: take, judge, keep, and put the exceptions bundle in force anew.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::{
    Exception, Number, Refusal, document,
    store::{save, take},
};
use crate::{
    Actor, Permission, Portal, Result,
    access::{Action, door::Change},
    audit::Event,
};

struct Decide;
impl Action for Decide {
    type On = Number;
    const PERMISSION: Permission = Permission::DecideException;
}

/// What lets a deny become an allow.
struct Approve;
impl Action for Approve {
    type On = Number;
    const PERMISSION: Permission = Permission::DecideException;
    const PROVEN: bool = true;
}

struct Withdraw;
impl Action for Withdraw {
    type On = Number;
    const PERMISSION: Permission = Permission::RequestException;
}

/// Lets a requested exception stand until `ends_at`, as it was when the approver saw it.
///
/// `seen` is what [`Exception::seen`] was on the page that they decided from.
pub async fn approve(
    portal: &Portal,
    actor: &Actor,
    number: Number,
    seen: &str,
    ends_at: DateTime<Utc>,
    comment: &str,
) -> Result<Exception> {
    portal
        .change::<Approve, _>(actor, number, async |change| {
            let requested = take(change.conn(), number).await?;
            if requested.seen() != seen {
                return Err(Refusal::Changed.into());
            }
            let (by, at) = (change.person()?, change.at);
            let approved = requested.approve(by, at, ends_at, comment)?;
            save(change.conn(), &approved).await?;
            put_in_force(portal, change, &approved, format!("{number} approved")).await?;
            let event = Event::ExceptionApproved { id: approved.id, number, ends_at, seen: seen.into() };
            Ok((approved, event))
        })
        .await
}

/// Turns a request down.
pub async fn deny(portal: &Portal, actor: &Actor, number: Number, reason: &str) -> Result<Exception> {
    portal
        .change::<Decide, _>(actor, number, async |change| {
            let (by, at) = (change.person()?, change.at);
            let denied = take(change.conn(), number).await?.deny(by, at, reason)?;
            save(change.conn(), &denied).await?;
            let event = Event::ExceptionDenied { id: denied.id, number, reason: reason.trim().into() };
            Ok((denied, event))
        })
        .await
}

/// Takes one's own request back.
pub async fn withdraw(portal: &Portal, actor: &Actor, number: Number) -> Result<Exception> {
    portal
        .change::<Withdraw, _>(actor, number, async |change| {
            let (by, at) = (change.answerable()?, change.at);
            let withdrawn = take(change.conn(), number).await?.withdraw(by, at)?;
            save(change.conn(), &withdrawn).await?;
            let event = Event::ExceptionWithdrawn { id: withdrawn.id, number };
            Ok((withdrawn, event))
        })
        .await
}

/// Ends an exception before its time.
pub async fn revoke(portal: &Portal, actor: &Actor, number: Number, reason: &str) -> Result<Exception> {
    portal
        .change::<Decide, _>(actor, number, async |change| {
            let (by, at) = (change.person()?, change.at);
            let revoked = take(change.conn(), number).await?.revoke(by, at, reason)?;
            save(change.conn(), &revoked).await?;
            put_in_force(portal, change, &revoked, format!("{number} revoked")).await?;
            let event = Event::ExceptionRevoked { id: revoked.id, number, reason: reason.trim().into() };
            Ok((revoked, event))
        })
        .await
}

/// The same for several, each for itself: one that is refused holds up no other.
pub async fn revoke_all(
    portal: &Portal,
    actor: &Actor,
    numbers: &[Number],
    reason: &str,
) -> Vec<(Number, Result<Exception>)> {
    let mut told = Vec::with_capacity(numbers.len());
    for number in numbers {
        told.push((*number, revoke(portal, actor, *number, reason).await));
    }
    told
}

/// The exceptions bundle of every environment that it names, in the same transaction: what is approved is
/// in force, or neither is. Environments are taken in order, so that two of these never wait in a ring.
async fn put_in_force<A: Action>(
    portal: &Portal,
    change: &mut Change<A>,
    exception: &Exception,
    why: String,
) -> Result<()> {
    for environment in &exception.environments {
        document::publish(portal, change, environment, why.clone()).await?;
    }
    Ok(())
}

impl Exception {
    /// SHA-256 (hex) of all that an approver is shown; any change makes another.
    pub fn seen(&self) -> String {
        let shown = (
            self.number,
            &self.package,
            self.severity,
            &self.rule,
            &self.resources,
            &self.environments,
            &self.justification,
            &self.ticket,
            self.category,
            self.wanted_until,
            self.requested_by.id,
        );
        hex::encode(Sha256::digest(serde_json::to_vec(&shown).expect("a request is plain JSON")))
    }
}
