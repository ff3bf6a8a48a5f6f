//! Checkpoints are signed, and go where the database's administrators do not reach.

use std::time::Duration;

use bytes::Bytes;
use chrono::TimeDelta;
use evidence::Checkpoint;
use sqlx::PgConnection;
use tokio::time::timeout;

use super::{AUDIT, Seal, kept, standing};
use crate::{
    Error, Portal, Result,
    access::Everything,
    object::{ObjectError, ObjectStore},
};

/// A checkpoint is due once so many entries are in no other, or for so long.
pub(super) const ENTRIES: u64 = 1000;
pub(super) const AGE: TimeDelta = TimeDelta::seconds(60);
/// How long the object store is waited for: a transaction is open meanwhile, and the lock held.
const PATIENCE: Duration = Duration::from_secs(10);
const NEWEST: &str = "audit/checkpoint/latest";

/// The newest checkpoint of the object store.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Stored {
    Ours(Checkpoint),
    /// It is not signed with this log's key.
    Foreign(String),
}

/// Signs the tree and stores the checkpoint, where one is due, or `now` in any case if there are entries that no other
/// covers. Returns it.
///
/// Only what is committed is signed: leaves that were signed for and then rolled back could not come back as they were.
///
/// # Errors
/// Read-only where the tree does not hold what was signed before.
pub async fn checkpoint(portal: &Portal, now: bool) -> Result<Option<Checkpoint>> {
    portal
        .record::<Seal, _>(&AUDIT, Everything, async |record| {
            let at = record.at;
            let conn = record.conn();
            if now {
                kept::be_alone(conn).await?;
            } else if !kept::alone(conn).await? {
                return Ok(None);
            }
            let here = kept::here(conn).await?;
            let before = sqlx::query!(
                "select size, at from audit_checkpoint where branch = $1 order by size desc limit 1",
                here.branch.cast_signed(),
            )
            .fetch_optional(&mut *conn)
            .await?;
            let open =
                here.size - before.as_ref().map_or(0, |before| before.size.unsigned_abs()).min(here.size);
            let due = now || open >= ENTRIES || before.is_none_or(|before| at - before.at >= AGE);
            if open == 0 || !due {
                return Ok(None);
            }
            let root = kept::root(conn, here.size).await?;
            let signed = here.with(root.ok_or_else(|| Error::internal("audit log", &"hashes are missing"))?);
            let note = portal.parts.keys.log().sign(&signed);
            match timeout(PATIENCE, store(portal, conn, &signed, &note)).await {
                Ok(stored) => stored?,
                Err(_) => return Err(Error::Unavailable("the object store".into())),
            }
            sqlx::query!(
                "insert into audit_checkpoint (branch, size, note, at) values ($1, $2, $3, $4)",
                here.branch.cast_signed(),
                here.size.cast_signed(),
                note,
                at,
            )
            .execute(conn)
            .await?;
            Ok(Some(signed))
        })
        .await
}

/// Under its own name first, where it never changes, and then as the newest.
async fn store(portal: &Portal, conn: &mut PgConnection, signed: &Checkpoint, note: &str) -> Result<()> {
    let here = super::Here { branch: signed.branch, size: signed.size };
    if let Some(before) = stored(portal).await?
        && !standing::holds(conn, here, &before).await?
    {
        return Err(Error::ReadOnly);
    }
    let (objects, note) = (&portal.parts.objects, Bytes::from(note.to_owned()));
    let Checkpoint { branch, size, .. } = *signed;
    match objects.create(&format!("audit/checkpoint/{branch}/{size:020}"), &note).await {
        // Another tree of that size was signed.
        Err(ObjectError::Taken(_)) => return Err(Error::ReadOnly),
        created => created?,
    }
    // A bucket does not let an older one take the place of a newer one.
    let sequence = i64::from(branch) << 40 | size.cast_signed();
    Ok(objects.replace(NEWEST, &note, sequence).await?)
}

/// The newest checkpoint that is stored; none where nothing was ever signed.
pub(super) async fn stored(portal: &Portal) -> Result<Option<Stored>> {
    let objects: &ObjectStore = &portal.parts.objects;
    let Ok(found) = timeout(PATIENCE, objects.get(NEWEST)).await else {
        return Err(Error::Unavailable("the object store".into()));
    };
    let Some(bytes) = found? else { return Ok(None) };
    let text = String::from_utf8_lossy(&bytes).replace('\0', "");
    Ok(Some(match portal.parts.keys.log().public().open(&text) {
        Ok(checkpoint) => Stored::Ours(checkpoint),
        Err(_) => Stored::Foreign(text),
    }))
}
