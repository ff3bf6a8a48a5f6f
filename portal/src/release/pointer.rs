//! The pointers: what is in force, and the one way to move them.

use bytes::Bytes;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{How, Refusal, Release};
use crate::{
    Environment, Id, Result, Version,
    access::{Action, door::Change},
    object::ObjectStore,
    policy::Bundle,
};

/// What is to be put in force.
pub(crate) struct Next<'a> {
    pub(crate) environment: &'a Environment,
    pub(crate) bundle: Bundle,
    pub(crate) version: Option<Id<Version>>,
    pub(crate) revision: String,
    pub(crate) served_digest: String,
    pub(crate) keyid: String,
    pub(crate) size: i64,
    pub(crate) how: How,
    pub(crate) reason: String,
}

/// Takes an environment's bundle for the rest of the transaction: releases of it come one after the other.
pub(crate) async fn take(conn: &mut PgConnection, environment: &Environment, bundle: Bundle) -> Result<()> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))",
        format!("pointer {environment} {bundle}")
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A number higher than every release's so far; asked for after [`take`], so that numbers rise with commits.
pub(crate) async fn next_sequence(conn: &mut PgConnection) -> Result<i64> {
    Ok(sqlx::query_scalar!(r#"select nextval('release_sequence') as "sequence!""#).fetch_one(conn).await?)
}

/// Moves the pointer. What it moves to is stored whole: bytes come before rows.
pub(crate) async fn put_in_force<A: Action>(
    change: &mut Change<A>,
    objects: &ObjectStore,
    sequence: i64,
    next: Next<'_>,
) -> Result<Release> {
    objects.archive(&next.served_digest).await?.ok_or(Refusal::NotStored)?;
    let replaced = in_force(change.conn(), next.environment, next.bundle).await?;
    let (id, at, by) = (Id::<Release>::fresh(), change.at, change.person_behind());
    let replaced = replaced.map(|current| current.revision);
    sqlx::query!(
        "insert into release (id, sequence, environment, bundle, version_id, revision, served_digest, keyid, size,
                              released_by, released_at, how, reason, replaced)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        id.uuid(),
        sequence,
        next.environment.as_str(),
        next.bundle.to_string(),
        next.version.map(Id::uuid),
        next.revision,
        next.served_digest,
        next.keyid,
        next.size,
        by.map(Id::uuid),
        at,
        next.how.to_string(),
        next.reason,
        replaced,
    )
    .execute(change.conn())
    .await?;
    sqlx::query!(
        "insert into pointer (environment, bundle, release_id, sequence) values ($1, $2, $3, $4)
         on conflict (environment, bundle) do update set release_id = excluded.release_id, sequence = excluded.sequence",
        next.environment.as_str(),
        next.bundle.to_string(),
        id.uuid(),
        sequence,
    )
    .execute(change.conn())
    .await?;
    change.wake_shelves().await?;
    super::store::find(change.conn(), id).await
}

/// What is in force, as far as the next release needs it.
pub(crate) struct Current {
    pub(crate) version: Option<Uuid>,
    pub(crate) revision: String,
    pub(crate) served_digest: String,
    pub(crate) sequence: i64,
}

pub(crate) async fn in_force(
    conn: &mut PgConnection,
    environment: &Environment,
    bundle: Bundle,
) -> Result<Option<Current>> {
    Ok(sqlx::query_as!(
        Current,
        "select version_id as version, revision, served_digest, release.sequence from pointer join release on release.id = release_id
         where pointer.environment = $1 and pointer.bundle = $2",
        environment.as_str(),
        bundle.to_string(),
    )
    .fetch_optional(conn)
    .await?)
}

/// Signs and stores an archive before any row speaks of it; its digest is its ETag.
pub(crate) async fn store(
    portal: &crate::Portal,
    archive: &rego::bundle::Archive,
) -> Result<(Bytes, String)> {
    let bytes = archive.sign(portal.parts.keys.signing());
    let digest = portal.parts.objects.keep_archive(&bytes).await?;
    Ok((bytes, digest))
}
