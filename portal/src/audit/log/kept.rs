//! The tree as the tables keep it.

use std::collections::HashMap;

use evidence::{Entry, Hash, Place, Tree};
use sqlx::PgConnection;

use super::Here;
use crate::{Error, Result};

const HASH: usize = 32;
/// Of all servers on a database, whoever holds this advisory lock builds and signs.
const LOCK: i64 = 0x6165_6769_735f_6c6f;

/// Whether it is this transaction that builds and signs, until it ends.
pub(super) async fn alone(conn: &mut PgConnection) -> Result<bool> {
    let alone = sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock($1) as "alone!""#, LOCK);
    Ok(alone.fetch_one(conn).await?)
}

/// Waits until it is.
pub(super) async fn be_alone(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("select pg_advisory_xact_lock($1)", LOCK).execute(conn).await?;
    Ok(())
}

pub(super) async fn here(conn: &mut PgConnection) -> Result<Here> {
    let here = sqlx::query!(
        r#"select (select max(number) from audit_branch) as "branch!",
                (select coalesce(max(index) + 1, 0) from audit_leaf) as "size!""#
    )
    .fetch_one(conn)
    .await?;
    Ok(Here { branch: here.branch.unsigned_abs(), size: here.size.unsigned_abs() })
}

/// The hashes at these places; those that are not there are left out.
pub(super) async fn hashes(conn: &mut PgConnection, places: &[Place]) -> Result<HashMap<Place, Hash>> {
    let leaves: Vec<i64> = places.iter().map(|place| place.leaf.cast_signed()).collect();
    let rows = sqlx::query!("select index, hashes from audit_leaf where index = any ($1)", &leaves)
        .fetch_all(conn)
        .await?;
    let found = rows.iter().flat_map(|row| {
        let all = row.hashes.as_chunks::<HASH>().0.iter();
        let leaf = row.index.unsigned_abs();
        (0..).zip(all).map(move |(level, hash)| (Place { leaf, level }, Hash(*hash)))
    });
    Ok(found.collect())
}

/// The root of the first `size` leaves; none where hashes are missing.
pub(super) async fn root(conn: &mut PgConnection, size: u64) -> Result<Option<Hash>> {
    let kept = hashes(conn, &evidence::root_needs(size)).await?;
    Ok(evidence::root(size, |place| kept.get(&place).copied()))
}

/// The tree of the first `size` leaves, to go on with.
pub(super) async fn tree(conn: &mut PgConnection, size: u64) -> Result<Tree> {
    let places = Tree::edge_of(size);
    let kept = hashes(conn, &places).await?;
    let edge = places.iter().filter_map(|place| kept.get(place).copied()).collect();
    Tree::resumed(size, edge)
        .ok_or_else(|| Error::internal("audit log", &"leaves are missing, or hashes that stand with them"))
}

pub(super) fn packed(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// A row of the audit, as it is hashed. Moments and addresses are text already, so that whatever the table holds has one
/// of its own: the years before the first, which `to_char` writes without their sign, and a netmask, too.
pub(in crate::audit) struct Row {
    pub(in crate::audit) seq: i64,
    pub(in crate::audit) at: String,
    pub(in crate::audit) person: Option<uuid::Uuid>,
    pub(in crate::audit) token: Option<uuid::Uuid>,
    pub(in crate::audit) job: Option<String>,
    pub(in crate::audit) permission: String,
    pub(in crate::audit) event: String,
    pub(in crate::audit) address: Option<String>,
    pub(in crate::audit) proven_at: Option<String>,
}

impl Row {
    /// Its canonical text, with its place in the log.
    pub(in crate::audit) fn text(self, index: u64) -> String {
        let entry = Entry {
            index,
            seq: self.seq,
            at: self.at,
            person: self.person.map(|id| id.to_string()),
            token: self.token.map(|id| id.to_string()),
            job: self.job,
            permission: self.permission,
            event: self.event,
            address: self.address,
            proven_at: self.proven_at,
        };
        String::from_utf8(entry.canonical()).expect("JSON is UTF-8")
    }
}
