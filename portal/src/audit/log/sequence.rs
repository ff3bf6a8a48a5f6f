//! The sequencer: waiting entries are given their places.

use super::{
    AUDIT, Seal,
    kept::{self, Row},
};
use crate::{Portal, Result, access::Everything};

/// Entries that are given their places in one transaction.
const BATCH: i64 = 1000;

/// Appends waiting entries to the tree, a thousand at most, and says how many. None where another server is at it, or
/// the portal is read-only.
///
/// What waits is read off `audit_pending`, so that a pass with nothing to do looks at one empty table, however many
/// entries there are. An entry that has a leaf is not taken again, whatever that table says.
pub async fn sequence(portal: &Portal) -> Result<usize> {
    if portal.standing.is_read_only() {
        return Ok(0);
    }
    portal
        .record::<Seal, _>(&AUDIT, Everything, async |record| {
            let conn = record.conn();
            if !kept::alone(conn).await? {
                return Ok(0);
            }
            let rows = sqlx::query_as!(
                Row,
                r#"select seq, person, token, job, permission, event::text as "event!",
                        coalesce(case when at >= '0001-01-01Z' then to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') end, at::text) as "at!",
                        coalesce(case when proven_at >= '0001-01-01Z' then to_char(proven_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') end, proven_at::text) as proven_at,
                        abbrev(address) as address
                   from audit_pending join audit using (seq)
                   where not exists (select from audit_leaf where audit_leaf.entry = seq)
                   order by seq limit $1"#,
                BATCH,
            )
            .fetch_all(&mut *conn)
            .await?;
            if rows.is_empty() {
                return Ok(0);
            }
            let size = kept::here(conn).await?.size;
            portal.standing.has_seen(size)?;
            let mut tree = kept::tree(conn, size).await?;
            let (mut indexes, mut entries, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
            for row in rows {
                let index = tree.size();
                indexes.push(index.cast_signed());
                entries.push(row.seq);
                hashes.push(kept::packed(&tree.push(evidence::leaf(row.text(index).as_bytes()))));
            }
            sqlx::query!(
                "insert into audit_leaf (index, entry, hashes)
                 select * from unnest($1::bigint[], $2::bigint[], $3::bytea[])",
                &indexes,
                &entries,
                &hashes,
            )
            .execute(&mut *conn)
            .await?;
            sqlx::query!("delete from audit_pending where seq = any ($1)", &entries).execute(conn).await?;
            Ok(entries.len())
        })
        .await
}
