//! What people are granted by hand, and what that and their groups come to.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Refusal, admin,
    proven::cleaned,
    scope::{Columns, holds_somewhere},
};
use crate::{
    Actor, Error, Id, Invalid, Permission, Person, Portal, Result, Scope,
    access::{Action, Everything, Grant, Role},
    audit::Event,
};

struct Give;
impl Action for Give {
    type On = Everything;
    const PERMISSION: Permission = Permission::ManagePerson;
    const PROVEN: bool = true;
}

/// Grants somebody a role by hand, from their next request on.
///
/// # Errors
/// Refused where they have it by hand already; not found where there is no such person.
pub async fn grant(portal: &Portal, actor: &Actor, person: Id<Person>, grant: Grant) -> Result<()> {
    check(&grant)?;
    portal
        .change::<Give, _>(actor, Everything, async |change| {
            let name = name_of(change.conn(), person).await?;
            holds_somewhere(change.conn(), &grant.scope).await?;
            let Columns { policy, environment, owner } = Columns::from(&grant.scope);
            let given = sqlx::query!(
                "insert into person_grant (person_id, role, policy_id, environment, owner)
                 values ($1, $2, $3, $4, $5) on conflict do nothing",
                person.uuid(),
                grant.role.to_string(),
                policy,
                environment,
                owner,
            )
            .execute(change.conn())
            .await?;
            if given.rows_affected() == 0 {
                return Err(Refusal::AlreadyGranted.into());
            }
            change.wake_shelves().await?;
            let Grant { role, scope } = grant;
            Ok(((), Event::RoleGranted { id: person, name, role, scope }))
        })
        .await
}

/// Takes from somebody what they were granted by hand.
///
/// # Errors
/// Refused where nobody would be an admin any more; not found where they were not granted it.
pub async fn take_grant(portal: &Portal, actor: &Actor, person: Id<Person>, grant: Grant) -> Result<()> {
    portal
        .change::<Give, _>(actor, Everything, async |change| {
            admin::hold(change.conn()).await?;
            let name = name_of(change.conn(), person).await?;
            remove(change.conn(), person, &grant).await?;
            if grant.role == Role::Admin {
                admin::still_there(portal, change.conn()).await?;
            }
            change.wake_shelves().await?;
            let Grant { role, scope } = grant;
            Ok(((), Event::RoleTaken { id: person, name, role, scope }))
        })
        .await
}

/// Takes it away, whoever is left.
pub(super) async fn remove(conn: &mut PgConnection, person: Id<Person>, grant: &Grant) -> Result<()> {
    let Columns { policy, environment, owner } = Columns::from(&grant.scope);
    let gone = sqlx::query!(
        "delete from person_grant where person_id = $1 and role = $2 and policy_id is not distinct from $3
         and environment is not distinct from $4 and owner is not distinct from $5",
        person.uuid(),
        grant.role.to_string(),
        policy,
        environment,
        owner,
    )
    .execute(conn)
    .await?;
    if gone.rows_affected() == 0 {
        return Err(Error::NotFound("grant of this person".into()));
    }
    Ok(())
}

async fn name_of(conn: &mut PgConnection, person: Id<Person>) -> Result<String> {
    sqlx::query_scalar!("select name from person where id = $1", person.uuid())
        .fetch_optional(conn)
        .await?
        .ok_or_else(|| Error::NotFound("person".into()))
}

/// A policy's owner is named as METADATA may name it. What auditors and admins do is done to the portal as a whole.
pub(super) fn check(Grant { role, scope }: &Grant) -> Result<(), Invalid> {
    match scope {
        Scope::Policy(_) | Scope::Owner(_) | Scope::Environment(_)
            if matches!(role, Role::Auditor | Role::Admin) =>
        {
            Err(Invalid::new("scope", format!("the role {role} holds everywhere, and nowhere else")))
        }
        Scope::Owner(owner) if owner.is_empty() || cleaned(owner, 200) != *owner => {
            Err(Invalid::new("owner", "an owner's name is one line of 1 to 200 characters that show"))
        }
        _ => Ok(()),
    }
}

/// What each of these people was granted by hand.
pub(super) async fn by_hand(conn: &mut PgConnection, people: &[Uuid]) -> Result<HashMap<Uuid, Vec<Grant>>> {
    let rows = sqlx::query!(
        "select person_id, role, policy_id, environment, owner from person_grant where person_id = any ($1)
         order by role, policy_id, environment, owner",
        people,
    )
    .fetch_all(conn)
    .await?;
    let held = rows.into_iter().map(|row| {
        (row.person_id, row.role.parse().ok(), Scope::of_columns(row.policy_id, row.environment, row.owner))
    });
    Ok(of_each(held))
}

/// What each of these people holds, by hand or by a group; what holds for an owner's policies stands for each of
/// them, too.
pub(crate) async fn grants_of(conn: &mut PgConnection, people: &[Uuid]) -> Result<HashMap<Uuid, Vec<Grant>>> {
    let rows = sqlx::query!(
        r#"select person_id as "person!", role as "role!", policy_id, environment, owner
           from held where person_id = any ($1)
           union
           select person_id, role, policy.id, null, null
           from held join policy on policy.owner = held.owner where person_id = any ($1)"#,
        people,
    )
    .fetch_all(conn)
    .await?;
    let held = rows.into_iter().map(|row| {
        (row.person, row.role.parse().ok(), Scope::of_columns(row.policy_id, row.environment, row.owner))
    });
    Ok(of_each(held))
}

/// A role or environment that is not known gives no rights.
fn of_each(held: impl Iterator<Item = (Uuid, Option<Role>, Option<Scope>)>) -> HashMap<Uuid, Vec<Grant>> {
    let mut of_each = HashMap::<Uuid, Vec<Grant>>::new();
    for (person, role, scope) in held {
        if let (Some(role), Some(scope)) = (role, scope) {
            of_each.entry(person).or_default().push(Grant { role, scope });
        }
    }
    of_each
}
