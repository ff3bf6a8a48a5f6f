//! The log as a file that holds without the portal: see [`evidence`] for its form.

use std::collections::HashMap;

use evidence::{End, Head, Line, Place};
use sqlx::PgConnection;

use super::{
    checkpoint,
    kept::{self, Row},
    sequence,
};
use crate::{
    Actor, Error, Portal, Result,
    access::Everything,
    audit::{
        Event, Filter,
        store::{Asked, List, count},
    },
    list::{self, ByTime, EXPORTED, Filter as _, Question},
};

/// Entries that are read at once.
const BATCH: i64 = 1000;
/// Batches that are given their places before an export begins; what is written meanwhile is in the next one.
const MOST: usize = 100;

/// An export under way.
#[derive(Debug, Clone)]
pub struct Exported {
    filter: Filter,
    whole: bool,
    /// How many entries its checkpoint covers, and the checkpoint.
    pub(in crate::audit) size: u64,
    pub(in crate::audit) note: String,
    /// The last entry that may be in it, by its number.
    last: i64,
}

/// Writes down that the log leaves the portal, signs it as it then stands, and says how the file begins: with that very
/// entry among those that are covered.
///
/// # Errors
/// Invalid where it is narrowed to too many. Unavailable where nothing was ever signed, nor can be now.
pub async fn begin(
    portal: &Portal,
    actor: &Actor,
    question: &Question<Filter, ByTime>,
) -> Result<(Exported, String)> {
    let (filter, whole) = (question.filter.clone(), question.filter.pairs().is_empty());
    let last = portal
        .change::<List, _>(actor, Everything, async |change| {
            let last = last(change.conn()).await?;
            let rows = if whole {
                let all =
                    sqlx::query_scalar!(r#"select count(*) as "count!" from audit where seq <= $1"#, last);
                all.fetch_one(change.conn()).await?
            } else {
                let asked = Asked::of(change.conn(), &filter, Some(last)).await?;
                list::exportable(count(change.conn(), &asked, EXPORTED + 1).await?)?.into()
            };
            let rows = u32::try_from(rows).unwrap_or(u32::MAX);
            let event = Event::ListExported { list: list::List::Audit, query: question.query(), rows };
            Ok((last, event))
        })
        .await?;
    let exported = signed(portal, actor, filter, whole, last).await?;
    let begins = exported.begins(portal, question.query());
    Ok((exported, begins))
}

/// The same of what another deed has written down, and has counted.
///
/// # Errors
/// Unavailable where nothing was ever signed, nor can be now.
pub(in crate::audit) async fn narrowed(
    portal: &Portal,
    actor: &Actor,
    filter: Filter,
    last: i64,
    query: String,
) -> Result<(Exported, String)> {
    let exported = signed(portal, actor, filter, false, last).await?;
    let begins = exported.begins(portal, query);
    Ok((exported, begins))
}

/// The last entry that there is, by its number.
pub(in crate::audit) async fn last(conn: &mut PgConnection) -> Result<i64> {
    let last = sqlx::query_scalar!(r#"select coalesce(max(seq), 0) as "last!" from audit"#);
    Ok(last.fetch_one(conn).await?)
}

impl Exported {
    fn begins(&self, portal: &Portal, query: String) -> String {
        let head = Head { key: super::public_key(portal), whole: self.whole, query };
        let mut begins = Line::Head(head).write();
        if !self.whole {
            begins += &Line::Checkpoint(self.note.as_str().into()).write();
        }
        begins
    }
}

/// What is exported, up to the checkpoint that is signed now, or to the one before where none can be.
async fn signed(portal: &Portal, actor: &Actor, filter: Filter, whole: bool, last: i64) -> Result<Exported> {
    if let Err(error) = sealed(portal).await {
        tracing::warn!(%error, "an export ends with an earlier checkpoint");
    }
    let mut view = portal.view::<List>(actor, Everything).await?;
    let newest =
        sqlx::query!("select size, note from audit_checkpoint order by branch desc, size desc limit 1")
            .fetch_optional(view.conn())
            .await?
            .ok_or_else(|| Error::Unavailable("the object store".into()))?;
    Ok(Exported { filter, whole, size: newest.size.unsigned_abs(), note: newest.note, last })
}

/// Gives all that waits its place, and signs.
async fn sealed(portal: &Portal) -> Result<()> {
    for _batch in 0..MOST {
        if sequence(portal).await? == 0 {
            break;
        }
    }
    checkpoint(portal, true).await.map(drop)
}

/// The next lines of the file, how many entries are among them, and where it goes on; the last have no such place.
/// `sent` is how many entries were sent before.
pub async fn batch(
    portal: &Portal,
    actor: &Actor,
    exported: &Exported,
    from: u64,
    sent: u64,
) -> Result<(String, u64, Option<u64>)> {
    let mut view = portal.view::<List>(actor, Everything).await?;
    view.plan_anew().await?;
    let rows = rows(view.conn(), exported, from).await?;
    let (number, after) = (rows.len() as u64, rows.last().map(|(index, ..)| index + 1));
    let next = after.filter(|_| number == BATCH.unsigned_abs());
    let mut lines = String::new();
    if exported.whole {
        let end = next.unwrap_or(exported.size);
        let mut notes = notes(view.conn(), from, end).await?.into_iter().peekable();
        for (index, leaf, row) in rows {
            let text = row.text(index);
            lines += &Line::Entry { text: &text, leaf }.write();
            while let Some((_, note)) = notes.next_if(|(size, _)| *size <= index + 1) {
                lines += &Line::Checkpoint(note.into()).write();
            }
        }
    } else {
        let needs = |index| evidence::path_needs(exported.size, index);
        let mut places: Vec<Place> = rows.iter().flat_map(|(index, ..)| needs(*index)).collect();
        places.sort_unstable();
        places.dedup();
        let hashes: HashMap<_, _> = kept::hashes(view.conn(), &places).await?;
        for (index, _, row) in rows {
            let proof = evidence::path(exported.size, index, |place| hashes.get(&place).copied());
            let proof = proof.ok_or_else(|| Error::internal("audit log", &"hashes are missing"))?;
            lines += &Line::Proven { text: &row.text(index), proof }.write();
        }
    }
    if next.is_none() {
        lines += &Line::End(End { entries: sent + number }).write();
    }
    Ok((lines, number, next))
}

/// Entries with their places and their leaves, in the order of the log.
async fn rows(
    conn: &mut PgConnection,
    exported: &Exported,
    from: u64,
) -> Result<Vec<(u64, evidence::Hash, Row)>> {
    let last = (!exported.whole).then_some(exported.last);
    let asked = Asked::of(conn, &exported.filter, last).await?;
    let by = asked.by.as_ref();
    let rows = sqlx::query!(
        r#"select index, hashes, seq, person, token, job, permission, event::text as "event!",
                coalesce(case when at >= '0001-01-01Z' then to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') end, at::text) as "at!",
                coalesce(case when proven_at >= '0001-01-01Z' then to_char(proven_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') end, proven_at::text) as proven_at,
                abbrev(address) as address
           from audit_leaf join audit on seq = entry
           where index >= $1 and index < $2
             and ($3::uuid[] is null or person = any ($3) or token = any ($4) or job = $5)
             and ($6::text is null or event->>'kind' = $6)
             and ($7::text is null or words @@ websearch_to_tsquery('simple', $7))
             and ($8::bigint is null or seq >= $8) and ($9::bigint is null or seq <= $9)
             and ($10::timestamptz is null or at >= $10) and ($11::timestamptz is null or at < $11)
             and ($13::text is null or case $13 when 'token' then token is not null when 'job' then job is not null
                     else token is null and job is null end)
             and ($14::text is null or address <<= $14::text::inet)
           order by index limit $12"#,
        from.cast_signed(),
        exported.size.cast_signed(),
        by.map(|by| by.people.as_slice()),
        by.map(|by| by.tokens.as_slice()),
        by.map(|by| by.job.as_str()),
        asked.kind,
        asked.about,
        asked.first,
        asked.last,
        asked.since,
        asked.until,
        BATCH,
        asked.source,
        asked.from,
    )
    .fetch_all(conn)
    .await?;
    let read = rows.into_iter().filter_map(|row| {
        let leaf = evidence::Hash(*row.hashes.first_chunk()?);
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
        Some((row.index.unsigned_abs(), leaf, kept))
    });
    Ok(read.collect())
}

/// The checkpoints over more than `from` and at most `to` entries, as far as no later branch has taken them back, nor
/// has another key.
pub(super) async fn notes(conn: &mut PgConnection, from: u64, to: u64) -> Result<Vec<(u64, String)>> {
    let rows = sqlx::query!(
        "select size, note from audit_checkpoint signed
         where size > $1 and size <= $2 and not exists (
             select from audit_branch later where later.number > signed.branch and (later.size < signed.size or later.another_key))
         order by size, branch",
        from.cast_signed(),
        to.cast_signed(),
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.size.unsigned_abs(), row.note)).collect())
}
