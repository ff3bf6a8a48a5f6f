//! The portal verifies its own log: every entry against its leaf, and the tree against every checkpoint.
//!
//! It trusts nothing of the database but what a checkpoint covers. Whoever does not trust the portal takes an export.

use evidence::{Checkpoint, Hash};
use sqlx::PgConnection;

use super::{
    AUDIT, Seal,
    checkpoint::{self, Stored},
    kept::{self, Row},
};
use crate::{Portal, Result, access::Everything};

/// Entries that are read at once; memory does not grow with the log.
const BATCH: i64 = 1000;
/// Entries of the newest part.
const NEWEST: u64 = 1000;

/// How much of the log is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display, strum::EnumString)]
#[strum(serialize_all = "lowercase")]
pub enum Part {
    Whole,
    Newest,
}

/// Verifies the log and keeps what came of it. Says what is wrong first.
pub async fn verify(portal: &Portal, part: Part) -> Result<Option<String>> {
    let newest = checkpoint::stored(portal).await?;
    let here = {
        let mut view = portal.view::<Seal>(&AUDIT, Everything).await?;
        kept::here(view.conn()).await?
    };
    let from = match part {
        Part::Whole => 0,
        Part::Newest => here.size.saturating_sub(NEWEST),
    };
    let mut wrong = match newest {
        Some(Stored::Ours(newest)) if newest.branch == here.branch && newest.size > here.size => {
            Some(format!("{} entries were signed for, and {} are here", newest.size, here.size))
        }
        Some(Stored::Ours(newest)) if newest.branch == here.branch => {
            walked(portal, from, here.size, Some(newest)).await?
        }
        // What another branch was signed for, its restore tells of.
        _ => walked(portal, from, here.size, None).await?,
    };
    if part == Part::Whole && wrong.is_none() {
        wrong = match unannounced(portal).await? {
            None => left_out(portal).await?,
            wrong => wrong,
        };
    }
    if let Some(wrong) = &wrong {
        tracing::error!(%part, wrong, "the audit log does not hold");
    }
    let kept = wrong.clone();
    portal
        .record::<Seal, _>(&AUDIT, Everything, async |record| {
            let at = record.at;
            sqlx::query!(
                "insert into audit_verification (part, at, size, wrong) values ($1, $2, $3, $4)
                 on conflict (part) do update set at = $2, size = $3, wrong = $4",
                part.to_string(),
                at,
                here.size.cast_signed(),
                kept,
            )
            .execute(record.conn())
            .await?;
            Ok(())
        })
        .await?;
    Ok(wrong)
}

/// Goes through the leaves from `from` to `to`.
async fn walked(
    portal: &Portal,
    from: u64,
    to: u64,
    mut newest: Option<Checkpoint>,
) -> Result<Option<String>> {
    let mut view = portal.view::<Seal>(&AUDIT, Everything).await?;
    let Ok(mut tree) = kept::tree(view.conn(), from).await else {
        return Ok(Some(format!("hashes before entry {from} are gone")));
    };
    drop(view);
    // From where on nothing was signed for yet.
    let mut covered = from;
    while tree.size() < to {
        let start = tree.size();
        let mut view = portal.view::<Seal>(&AUDIT, Everything).await?;
        let rows = sqlx::query!(
            r#"select index, hashes, seq as "seq?", person, token, job, permission as "permission?",
                    event::text as "event?",
                    coalesce(case when at >= '0001-01-01Z' then to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') end, at::text) as "at?",
                    coalesce(case when proven_at >= '0001-01-01Z' then to_char(proven_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') end, proven_at::text) as proven_at,
                    abbrev(address) as address
               from audit_leaf left join audit on seq = entry
               where index >= $1 and index < $2 order by index limit $3"#,
            start.cast_signed(),
            to.cast_signed(),
            BATCH,
        )
        .fetch_all(view.conn())
        .await?;
        let end = start + rows.len() as u64;
        let mut signed = signed(portal, view.conn(), start, end).await?;
        signed.extend(newest.take_if(|newest| newest.size <= end).map(Ok));
        let mut signed = signed.into_iter().peekable();
        if rows.is_empty() {
            return Ok(Some(format!("the leaf of entry {start} is gone")));
        }
        for row in rows {
            let index = tree.size();
            if row.index.unsigned_abs() != index {
                return Ok(Some(format!("the leaf of entry {index} is gone")));
            }
            let (Some(seq), Some(at), Some(permission), Some(event)) =
                (row.seq, row.at, row.permission, row.event)
            else {
                return Ok(Some(format!("entry {index} is gone")));
            };
            let row_now = Row {
                seq,
                at,
                person: row.person,
                token: row.token,
                job: row.job,
                permission,
                event,
                address: row.address,
                proven_at: row.proven_at,
            };
            let hashes = tree.push(evidence::leaf(row_now.text(index).as_bytes()));
            if kept::packed(&hashes[..1]) != row.hashes[..32] {
                return Ok(Some(format!("entry {index} (seq {seq}) is not what was hashed")));
            }
            if kept::packed(&hashes) != row.hashes {
                return Ok(Some(format!(
                    "hashes that stand with entry {index} (seq {seq}) are not of its tree"
                )));
            }
            while let Some(checkpoint) =
                signed.next_if(|signed| signed.as_ref().map_or(true, |signed| signed.size <= tree.size()))
            {
                if let Some(wrong) = compared(checkpoint, tree.root(), covered) {
                    return Ok(Some(wrong));
                }
                covered = tree.size();
            }
        }
    }
    Ok(None)
}

fn compared(checkpoint: Result<Checkpoint, String>, root: Hash, covered: u64) -> Option<String> {
    match checkpoint {
        Err(wrong) => Some(wrong),
        Ok(checkpoint) if checkpoint.root != root => Some(format!(
            "entries from {covered} to {} are not those that were signed as a checkpoint",
            checkpoint.size - 1
        )),
        Ok(_) => None,
    }
}

/// The checkpoints over more than `start` and at most `end` entries, as far as no later branch has taken them back.
async fn signed(
    portal: &Portal,
    conn: &mut PgConnection,
    start: u64,
    end: u64,
) -> Result<Vec<Result<Checkpoint, String>>> {
    let notes = super::export::notes(conn, start, end).await?;
    let public = portal.parts.keys.log().public();
    let opened = notes.into_iter().map(|(size, note)| {
        public.open(&note).map_err(|why| format!("the checkpoint over {size} entries is none: {why}"))
    });
    Ok(opened.collect())
}

/// A branch that was begun by hand, and not by recording a restore.
async fn unannounced(portal: &Portal) -> Result<Option<String>> {
    let mut view = portal.view::<Seal>(&AUDIT, Everything).await?;
    let branch = sqlx::query_scalar!(
        "select number from audit_branch where number > 1 and not exists (
             select from audit where event->>'kind' = 'log_restored' and event->>'branch' = number::text)
         order by number limit 1"
    )
    .fetch_optional(view.conn())
    .await?;
    Ok(branch.map(|branch| format!("branch {branch} begins without an entry that says so")))
}

/// An entry that has no leaf and does not wait for one: it is put among those that wait.
async fn left_out(portal: &Portal) -> Result<Option<String>> {
    portal
        .record::<Seal, _>(&AUDIT, Everything, async |record| {
            let left_out = sqlx::query_scalar!(
                "insert into audit_pending
                 select seq from audit
                 where not exists (select from audit_leaf where audit_leaf.entry = seq)
                   and not exists (select from audit_pending where audit_pending.seq = audit.seq)
                 order by seq limit 1000
                 returning seq",
            )
            .fetch_all(record.conn())
            .await?;
            let first = left_out.iter().min();
            Ok(first.map(|first| format!("the entry with the seq {first} was kept out of the log")))
        })
        .await
}
