//! What groups of the provider's are granted here.

use sqlx::PgConnection;

use super::{
    GroupRole, Mapped, Refusal, admin,
    grant::check,
    proven::is_a_group,
    scope::{Columns, holds_somewhere},
};
use crate::{
    Actor, Error, Invalid, Permission, Portal, Result, Scope,
    access::{Action, Everything, Grant, Role},
    audit::Event,
};

/// Rows that the list may have.
pub(super) const MOST: i64 = 1_000;

struct Map;
impl Action for Map {
    type On = Everything;
    const PERMISSION: Permission = Permission::ManagePerson;
    const PROVEN: bool = true;
}

struct List;
impl Action for List {
    type On = Everything;
    const PERMISSION: Permission = Permission::SeePerson;
}

/// Grants a role to whoever is in a group, from their next request on.
///
/// # Errors
/// Refused where the group has it already; invalid where the name is none, or there are too many.
pub async fn map_group(portal: &Portal, actor: &Actor, wanted: GroupRole) -> Result<()> {
    if !is_a_group(&wanted.group) {
        return Err(Invalid::new("group", "a group's name has 1 to 256 characters that show").into());
    }
    check(&Grant { role: wanted.role, scope: wanted.scope.clone() })?;
    portal
        .change::<Map, _>(actor, Everything, async |change| {
            let at = change.at;
            holds_somewhere(change.conn(), &wanted.scope).await?;
            let Columns { policy, environment, owner } = Columns::from(&wanted.scope);
            let mapped = sqlx::query!(
                "insert into group_role (group_name, role, policy_id, environment, owner, mapped_at)
                 values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
                &wanted.group,
                wanted.role.to_string(),
                policy,
                environment,
                owner,
                at,
            )
            .execute(change.conn())
            .await?;
            if mapped.rows_affected() == 0 {
                return Err(Refusal::AlreadyMapped.into());
            }
            let rows = sqlx::query_scalar!(r#"select count(*) as "count!" from group_role"#);
            if rows.fetch_one(change.conn()).await? > MOST {
                return Err(Invalid::new("group", format!("groups are granted {MOST} roles already")).into());
            }
            change.wake_shelves().await?;
            Ok(((), Event::GroupMapped(wanted)))
        })
        .await
}

/// Takes it from them again.
///
/// # Errors
/// Refused where nobody would be an admin any more.
pub async fn unmap_group(portal: &Portal, actor: &Actor, unwanted: GroupRole) -> Result<()> {
    portal
        .change::<Map, _>(actor, Everything, async |change| {
            admin::hold(change.conn()).await?;
            remove(change.conn(), &unwanted).await?;
            if unwanted.role == Role::Admin {
                admin::still_there(portal, change.conn()).await?;
            }
            change.wake_shelves().await?;
            Ok(((), Event::GroupUnmapped(unwanted)))
        })
        .await
}

/// Takes it away, whoever is left.
pub(super) async fn remove(conn: &mut PgConnection, unwanted: &GroupRole) -> Result<()> {
    let Columns { policy, environment, owner } = Columns::from(&unwanted.scope);
    let gone = sqlx::query!(
        "delete from group_role where group_name = $1 and role = $2 and policy_id is not distinct from $3
         and environment is not distinct from $4 and owner is not distinct from $5",
        &unwanted.group,
        unwanted.role.to_string(),
        policy,
        environment,
        owner,
    )
    .execute(conn)
    .await?;
    if gone.rows_affected() == 0 {
        return Err(Error::NotFound("grant of this group".into()));
    }
    Ok(())
}

/// All that groups are granted, and for how many people each counts.
pub async fn group_roles(portal: &Portal, actor: &Actor) -> Result<Vec<Mapped>> {
    let mut view = portal.view::<List>(actor, Everything).await?;
    select(view.conn()).await
}

pub(super) async fn select(conn: &mut PgConnection) -> Result<Vec<Mapped>> {
    let rows = sqlx::query!(
        r#"select group_name, role, policy_id, environment, owner,
                  (select count(*) from person_group join person on person.id = person_id
                   where person_group.group_name = group_role.group_name and disabled_at is null) as "people!"
           from group_role order by group_name, role, policy_id, environment, owner limit $1"#,
        MOST,
    )
    .fetch_all(conn)
    .await?;
    let shown = rows.into_iter().filter_map(|row| {
        let scope = Scope::of_columns(row.policy_id, row.environment, row.owner)?;
        let grant = GroupRole { group: row.group_name, role: row.role.parse().ok()?, scope };
        Some(Mapped { grant, people: row.people })
    });
    Ok(shown.collect())
}
