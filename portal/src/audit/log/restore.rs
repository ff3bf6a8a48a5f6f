//! An older state of the database was restored: that is recorded, and the log goes on as another branch.

use super::{checkpoint::Stored, kept, standing};
use crate::{
    Actor, Error, Invalid, Permission, Portal, Result,
    access::{Action, Everything, Job},
    audit::Event,
    reason,
};

struct Restore;
impl Action for Restore {
    type On = Everything;
    const PERMISSION: Permission = Permission::RestoreAudit;
    const WHILE_READ_ONLY: bool = true;
}

/// How the log goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    pub branch: u32,
    /// How many entries it has.
    pub size: u64,
    /// How many were signed for; none where the newest checkpoint is not signed with this log's key.
    pub signed: Option<u64>,
}

/// Records that a restore has taken entries back, and why; changes can be made again.
///
/// # Errors
/// Invalid where nothing is missing, or no reason is given.
pub async fn restore(portal: &Portal, why: &str) -> Result<Restored> {
    let reason = reason::given(why)
        .ok_or_else(|| Invalid::new("reason", format!("takes 1 to {} characters", reason::LONGEST_REASON)))?;
    standing::look(portal).await?;
    let behind = portal.standing.told().ok_or_else(|| {
        Invalid::new("restore", "there is nothing to record: the audit has all that was signed for")
    })?;
    let restored = portal
        .change::<Restore, _>(&Actor::Job(Job::Restore), Everything, async |change| {
            let at = change.at;
            kept::be_alone(change.conn()).await?;
            let here = kept::here(change.conn()).await?;
            if here != behind.here {
                return Err(Error::Unavailable("the log, which another server has gone on with,".into()));
            }
            let (signed, after) = match &behind.stored {
                Stored::Ours(signed) => (Some(signed), portal.parts.keys.log().sign(signed)),
                Stored::Foreign(note) => (None, note.clone()),
            };
            let branch = signed.map_or(0, |signed| signed.branch).max(here.branch) + 1;
            sqlx::query!(
                "insert into audit_branch (number, size, begun_at, after, another_key) values ($1, $2, $3, $4, $5)",
                branch.cast_signed(),
                here.size.cast_signed(),
                at,
                after,
                signed.is_none(),
            )
            .execute(change.conn())
            .await?;
            let signed = signed.map(|signed| signed.size);
            let event = Event::LogRestored { branch, size: here.size, signed, reason };
            Ok((Restored { branch, size: here.size, signed }, event))
        })
        .await?;
    portal.standing.goes_on(restored.size);
    Ok(restored)
}
