//! What is asked of the log by itself: that it goes on from what an auditor has, and that it holds an entry.

use evidence::{Consistency, Place};
use sqlx::PgConnection;

use super::kept::{self, Row};
use crate::{Actor, Error, Invalid, Portal, Result, access::Everything, audit::store::List};

/// That a later tree begins with an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Continued {
    pub proof: Consistency,
    /// The signed note over the later one, where one was signed.
    pub checkpoint: Option<String>,
}

/// That a tree holds an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Included {
    /// Its place in the log.
    pub index: u64,
    /// How many entries the tree has.
    pub size: u64,
    /// What is hashed: RFC 6962's leaf input.
    pub entry: String,
    /// RFC 6962's audit path, in base64.
    pub proof: Vec<String>,
    pub checkpoint: Option<String>,
}

/// Proves that the log of `to` entries goes on from that of `from`; without `to`, as far as the newest checkpoint.
///
/// # Errors
/// Invalid where there are no such trees.
pub async fn continued(portal: &Portal, actor: &Actor, from: u64, to: Option<u64>) -> Result<Continued> {
    let mut view = portal.view::<List>(actor, Everything).await?;
    let to = size(view.conn(), to, "to").await?;
    if !(1..=to).contains(&from) {
        return Err(Invalid::new("from", format!("is from 1 to {to}")).into());
    }
    let places = evidence::consistency_needs(from, to);
    let kept = kept::hashes(view.conn(), &places).await?;
    let proof = evidence::consistency(from, to, |place| kept.get(&place).copied()).ok_or_else(missing)?;
    let checkpoint = note(view.conn(), to).await?;
    Ok(Continued { proof: Consistency::new(from, to, &proof), checkpoint })
}

/// Proves that the log of `size` entries holds the one that the list numbers `seq`; without a size, as the newest
/// checkpoint has it.
///
/// # Errors
/// Not found where that tree holds no such entry.
pub async fn included(portal: &Portal, actor: &Actor, seq: i64, asked: Option<u64>) -> Result<Included> {
    let mut view = portal.view::<List>(actor, Everything).await?;
    let size = size(view.conn(), asked, "size").await?;
    let found = entry(view.conn(), seq).await?.filter(|(index, _)| *index < size);
    let (index, row) = found.ok_or_else(|| Error::NotFound("entry".into()))?;
    let places: Vec<Place> = evidence::path_needs(size, index);
    let kept = kept::hashes(view.conn(), &places).await?;
    let proof = evidence::path(size, index, |place| kept.get(&place).copied()).ok_or_else(missing)?;
    let checkpoint = note(view.conn(), size).await?;
    let proof = proof.iter().map(ToString::to_string).collect();
    Ok(Included { index, size, entry: row.text(index), proof, checkpoint })
}

/// How many entries the tree has that is asked for; the one that was signed last where none is.
async fn size(conn: &mut PgConnection, asked: Option<u64>, field: &'static str) -> Result<u64> {
    let here = kept::here(conn).await?;
    let newest = sqlx::query_scalar!(
        r#"select coalesce(max(size), 0) as "size!" from audit_checkpoint where branch = $1"#,
        here.branch.cast_signed(),
    );
    let newest = newest.fetch_one(conn).await?.unsigned_abs();
    let size = asked.unwrap_or(newest);
    if (1..=here.size).contains(&size) {
        return Ok(size);
    }
    Err(Invalid::new(field, format!("is from 1 to {}", here.size)).into())
}

async fn entry(conn: &mut PgConnection, seq: i64) -> Result<Option<(u64, Row)>> {
    let found = sqlx::query!(
        r#"select index, seq, person, token, job, permission, event::text as "event!",
                coalesce(case when at >= '0001-01-01Z' then to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') end, at::text) as "at!",
                coalesce(case when proven_at >= '0001-01-01Z' then to_char(proven_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') end, proven_at::text) as proven_at,
                abbrev(address) as address
           from audit_leaf join audit on seq = entry where entry = $1"#,
        seq,
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.map(|row| {
        let (seq, at, permission, event) = (row.seq, row.at, row.permission, row.event);
        let kept = Row {
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
        (row.index.unsigned_abs(), kept)
    }))
}

async fn note(conn: &mut PgConnection, size: u64) -> Result<Option<String>> {
    let notes = super::export::notes(conn, size.saturating_sub(1), size).await?;
    Ok(notes.into_iter().next_back().map(|(_, note)| note))
}

fn missing() -> Error {
    Error::internal("audit log", &"hashes are missing")
}
