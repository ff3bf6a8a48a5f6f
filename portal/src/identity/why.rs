//! Why somebody may do something, or may not: the same grants that the door asks, with where each comes from.

use serde::{Deserialize, Serialize};
use strum::VariantArray;

use super::{Who, grant::grants_of, scope::Columns};
use crate::{
    Actor, Error, Id, Permission, Person, Portal, Result, Scope,
    access::{Action, Everything, Grant, Role},
};

struct Look;
impl Action for Look {
    type On = Everything;
    const PERMISSION: Permission = Permission::SeePerson;
}

/// What somebody may do, and by which grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    pub who: Who,
    /// Whether an admin keeps them out: then they may nothing.
    pub disabled: bool,
    pub permission: Permission,
    pub scope: Scope,
    /// What the door says.
    pub may: bool,
    /// The grants by which they may.
    pub by: Vec<Source>,
    /// What they hold besides that allows it elsewhere.
    pub elsewhere: Vec<Source>,
    /// The roles that allow it.
    pub roles: Vec<Role>,
}

/// A grant, and by which group it came; by none where it was given by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub grant: Grant,
    pub group: Option<String>,
}

/// Why this person may do this there, or may not.
///
/// # Errors
/// Not found where there is no such person.
pub async fn why(
    portal: &Portal,
    actor: &Actor,
    person: Id<Person>,
    permission: Permission,
    scope: Scope,
) -> Result<Why> {
    let mut view = portal.view::<Look>(actor, Everything).await?;
    let found = sqlx::query!("select name, disabled_at from person where id = $1", person.uuid())
        .fetch_optional(view.conn())
        .await?
        .ok_or_else(|| Error::NotFound("person".into()))?;
    let rows = sqlx::query!(
        r#"select role as "role!", policy_id, environment, owner, null::text as group_name
           from person_grant where person_id = $1
           union all
           select role, policy_id, environment, owner, group_name
           from person_group join group_role using (group_name) where person_id = $1
           order by 5 nulls first, 1, 2, 3, 4"#,
        person.uuid(),
    )
    .fetch_all(view.conn())
    .await?;
    // The policies of an owner are that owner's.
    let owner = match Columns::from(&scope).policy {
        Some(policy) => sqlx::query_scalar!("select owner from policy where id = $1", policy)
            .fetch_optional(view.conn())
            .await?
            .flatten(),
        None => None,
    };
    let grants = grants_of(view.conn(), &[person.uuid()]).await?.remove(&person.uuid()).unwrap_or_default();
    let who = Who { id: person, name: found.name };
    let as_they =
        Actor::Person { id: person, name: who.name.clone(), grants, proven_at: None, address: None };
    let disabled = found.disabled_at.is_some();
    let sources = rows.into_iter().filter_map(|row| {
        let scope = Scope::of_columns(row.policy_id, row.environment, row.owner)?;
        let grant = Grant { role: row.role.parse().ok()?, scope };
        Some(Source { grant, group: row.group_name })
    });
    let covers = |held: &Scope| {
        permission.is_unconfined()
            || held.covers(&scope)
            || owner.clone().map(Scope::Owner).as_ref() == Some(held)
    };
    let allowing = sources.filter(|source| source.grant.role.allows(permission));
    let (by, elsewhere) = allowing.partition(|source| covers(&source.grant.scope));
    let may = !disabled && as_they.may(permission, &scope);
    let roles = Role::VARIANTS.iter().copied().filter(|role| role.allows(permission)).collect();
    Ok(Why { who, disabled, permission, scope, may, by, elsewhere, roles })
}
