//! What becomes of files and policies between two versions.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use super::{FileChange, Version, store::See};
use crate::{Actor, Id, Portal, Result, access::Everything};

/// What one version changed against another, file by file.
pub async fn compare(
    portal: &Portal,
    actor: &Actor,
    old: Id<Version>,
    new: Id<Version>,
) -> Result<Vec<FileChange>> {
    let mut view = portal.view::<See>(actor, Everything).await?;
    differences(view.conn(), Some(old), new).await
}

/// The policies of one version that another does not have: whoever asks for them gets no decision from it.
pub async fn removed(
    portal: &Portal,
    actor: &Actor,
    old: Id<Version>,
    new: Id<Version>,
) -> Result<Vec<String>> {
    let mut view = portal.view::<See>(actor, Everything).await?;
    let removed = sqlx::query_scalar!(
        r#"select package as "package!" from version_file where version_id = $1 and package is not null and not test
           except select package from version_file where version_id = $2 and not test
           order by 1"#,
        old.uuid(),
        new.uuid(),
    );
    Ok(removed.fetch_all(view.conn()).await?)
}

/// One file of a version, known by its digest.
struct Kept {
    path: String,
    digest: Vec<u8>,
    text: String,
}

async fn files(conn: &mut PgConnection, version: Id<Version>) -> Result<BTreeMap<String, Kept>> {
    let rows = sqlx::query_as!(
        Kept,
        "select path, digest, text from version_file join source on digest = source_digest where version_id = $1",
        version.uuid()
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|kept| (kept.path.clone(), kept)).collect())
}

pub(super) async fn differences(
    conn: &mut PgConnection,
    old: Option<Id<Version>>,
    new: Id<Version>,
) -> Result<Vec<FileChange>> {
    let mut before = match old {
        Some(old) => files(conn, old).await?,
        None => BTreeMap::new(),
    };
    let mut changes: Vec<FileChange> = files(conn, new)
        .await?
        .into_values()
        .filter_map(|new| {
            let old = before.remove(&new.path);
            let changed = old.as_ref().is_none_or(|old| old.digest != new.digest);
            changed.then(|| FileChange { path: new.path, old: old.map(|old| old.text), new: Some(new.text) })
        })
        .collect();
    changes.extend(before.into_values().map(|gone| FileChange {
        path: gone.path,
        old: Some(gone.text),
        new: None,
    }));
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(changes)
}
