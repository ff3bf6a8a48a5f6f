//! Admins: there is always one, and an admin can keep somebody out.
//!
//! The database owner who takes the last one away by hand is let in again by the setting that made the first.

use sqlx::PgConnection;

use super::Refusal;
use crate::{
    Actor, Error, Id, Permission, Person, Portal, Result,
    access::{Action, Everything, door::Change},
    audit::Event,
};

/// Names the lock under which admins become fewer: two who remove each other are not both right.
const LOCK: i64 = 0x6165_6769_7361_646d;

struct Manage;
impl Action for Manage {
    type On = Everything;
    const PERMISSION: Permission = Permission::ManagePerson;
    const PROVEN: bool = true;
}

/// Waits for whoever else takes an admin away, and has others wait until this change is over.
pub(super) async fn hold(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("select pg_advisory_xact_lock($1)", LOCK).execute(conn).await?;
    Ok(())
}

/// # Errors
/// Refused where nobody is an admin of the whole portal who may come in.
pub(super) async fn still_there(portal: &Portal, conn: &mut PgConnection) -> Result<()> {
    let there = sqlx::query_scalar!(
        r#"select exists (
             select from held join person on person.id = held.person_id
             where held.role = 'admin' and num_nonnulls(held.policy_id, held.environment, held.owner) = 0
               and person.disabled_at is null and (not person.demo or $1)) as "there!""#,
        portal.parts.demo,
    )
    .fetch_one(conn)
    .await?;
    if there { Ok(()) } else { Err(Refusal::LastAdmin.into()) }
}

/// Keeps somebody out: their next request is a stranger's, as is that of every token of theirs.
///
/// # Errors
/// Refused where they are out already, or nobody would be an admin any more.
pub async fn disable(portal: &Portal, actor: &Actor, person: Id<Person>) -> Result<()> {
    portal
        .change::<Manage, _>(actor, Everything, async |change| {
            hold(change.conn()).await?;
            let at = change.at;
            let (name, disabled) = take(change.conn(), person).await?;
            if disabled {
                return Err(Refusal::Disabled.into());
            }
            sqlx::query!("update person set disabled_at = $2 where id = $1", person.uuid(), at)
                .execute(change.conn())
                .await?;
            sqlx::query!(
                "update session set closed_at = $2, id_token = null where person_id = $1 and closed_at is null",
                person.uuid(),
                at,
            )
            .execute(change.conn())
            .await?;
            still_there(portal, change.conn()).await?;
            change.wake_shelves().await?;
            Ok(((), Event::PersonDisabled { id: person, name }))
        })
        .await
}

/// Lets somebody in again: by a new sign-in, and by their tokens.
///
/// # Errors
/// Refused where nobody keeps them out.
pub async fn enable(portal: &Portal, actor: &Actor, person: Id<Person>) -> Result<()> {
    portal.change::<Manage, _>(actor, Everything, async |change| enabled(change, person).await).await
}

/// The same, as part of a change of whoever may do that.
///
/// # Errors
/// Refused where nobody keeps them out.
pub(super) async fn enabled<A: Action>(change: &mut Change<A>, person: Id<Person>) -> Result<((), Event)> {
    let (name, disabled) = take(change.conn(), person).await?;
    if !disabled {
        return Err(Refusal::NotDisabled.into());
    }
    sqlx::query!("update person set disabled_at = null where id = $1", person.uuid())
        .execute(change.conn())
        .await?;
    change.wake_shelves().await?;
    Ok(((), Event::PersonEnabled { id: person, name }))
}

async fn take(conn: &mut PgConnection, person: Id<Person>) -> Result<(String, bool)> {
    let row = sqlx::query!("select name, disabled_at from person where id = $1 for update", person.uuid())
        .fetch_optional(conn)
        .await?
        .ok_or_else(|| Error::NotFound("person".into()))?;
    Ok((row.name, row.disabled_at.is_some()))
}
