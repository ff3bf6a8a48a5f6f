//! The object store's `latest` follows the pointers: after a release has committed, never before it.

use super::pointer;
use crate::{
    Actor, Permission, Portal, Result,
    access::{Action, Everything, Job},
    live, policy,
};

struct Follow;
impl Action for Follow {
    type On = Everything;
    const PERMISSION: Permission = Permission::SeeRelease;
}

/// Makes `latest` of every pointer that is ahead of it agree, and says how many were.
///
/// The pointer is held meanwhile, so that of two servers neither puts back what the other wrote. Production's
/// archive is also what the bundle's own `latest` shows: that address is what an OPA that reads the bucket
/// directly is given.
pub async fn follow(portal: &Portal) -> Result<usize> {
    let behind = {
        let mut view = portal.view::<Follow>(&Actor::Job(Job::Shelf), Everything).await?;
        sqlx::query!("select environment, bundle from pointer where stored_sequence < sequence")
            .fetch_all(view.conn())
            .await?
    };
    for row in &behind {
        store(portal, row.environment.parse()?, policy::bundle(&row.bundle)?).await?;
    }
    Ok(behind.len())
}

async fn store(portal: &Portal, environment: crate::Environment, bundle: policy::Bundle) -> Result<()> {
    portal
        .record::<Follow, _>(&Actor::Job(Job::Shelf), Everything, async |record| {
            pointer::take(record.conn(), &environment, bundle).await?;
            let current = sqlx::query!(
                "select release.sequence, served_digest from pointer join release on release.id = release_id
                 where pointer.environment = $1 and pointer.bundle = $2 and stored_sequence < pointer.sequence",
                environment.as_str(),
                bundle.to_string(),
            )
            .fetch_optional(record.conn())
            .await?;
            let Some(current) = current else { return Ok(()) };
            let objects = &portal.parts.objects;
            let bytes = objects.archive(&current.served_digest).await?.ok_or(super::Refusal::NotStored)?;
            let folder = bundle.catalogue().folder;
            objects.replace(&format!("{environment}/{folder}/latest.tar.gz"), &bytes, current.sequence).await?;
            if environment == crate::Environment::production() {
                objects.replace(&format!("{folder}/latest.tar.gz"), &bytes, current.sequence).await?;
            }
            sqlx::query!(
                "update pointer set stored_sequence = $3 where environment = $1 and bundle = $2",
                environment.as_str(),
                bundle.to_string(),
                current.sequence,
            )
            .execute(record.conn())
            .await?;
            live::tell(record.conn(), &[live::Kind::Release]).await
        })
        .await
}
