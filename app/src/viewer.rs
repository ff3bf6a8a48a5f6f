//! Who looks at the page, and what they may do: what a screen asks before it offers a button.

use std::fmt::Display;

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use portal::{
    Actor, Permission, Scope,
    access::{Grant, Role},
    identity::Who,
};
use serde::{Deserialize, Serialize};
use strum::VariantArray;

use crate::Problem;
#[cfg(feature = "ssr")]
use crate::problem::{answer_around, caller};

/// Somebody who is signed in, at the moment at which their page was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    pub who: Who,
    pub grants: Vec<Grant>,
    pub now: DateTime<Utc>,
    pub waiting: Waiting,
}

/// How much waits for their decision.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    pub exceptions: usize,
    pub promotions: usize,
}

/// Who is signed in, and what waits for them.
#[server(endpoint = "viewer")]
pub async fn who_looks() -> Result<Viewer, Problem> {
    let (portal, actor) = caller();
    let now = portal.now();
    answer_around(match actor.clone() {
        Actor::Person { id, name, grants, .. } => waiting::count(&portal, &actor, id)
            .await
            .map(|waiting| Viewer { who: Who { id, name }, grants, now, waiting }),
        _ => Err(portal::Error::Unauthenticated),
    })
}

impl Viewer {
    pub fn actor(&self) -> Actor {
        let (id, name, grants) = (self.who.id, self.who.name.clone(), self.grants.clone());
        Actor::Person { id, name, grants, proven_at: None, address: None }
    }

    /// The roles they hold anywhere, in words.
    pub fn roles(&self) -> String {
        let held: Vec<String> = Role::VARIANTS
            .iter()
            .filter(|role| self.grants.iter().any(|grant| grant.role == **role))
            .map(Role::to_string)
            .collect();
        held.join(", ")
    }

    pub fn may_somewhere(&self, permission: Permission) -> bool {
        self.actor().may_somewhere(permission)
    }

    /// Why a button cannot be pressed: for want of a permission, else because a rule refuses it.
    pub fn refused<R: Display>(
        &self,
        permission: Permission,
        scope: &Scope,
        rule: Result<(), R>,
    ) -> Option<String> {
        if self.actor().may(permission, scope) {
            return rule.err().map(|refusal| refusal.to_string());
        }
        Some(missing(permission))
    }

    /// The same where no rule has a say.
    pub fn lacks(&self, permission: Permission, scope: &Scope) -> Option<String> {
        self.refused::<String>(permission, scope, Ok(()))
    }

    /// The same of what somebody may do who may do it anywhere at all.
    pub fn lacks_everywhere(&self, permission: Permission) -> Option<String> {
        (!self.may_somewhere(permission)).then(|| missing(permission))
    }
}

/// What somebody would need who may not: needs the role author or operator.
pub(crate) fn missing(permission: Permission) -> String {
    match roles_that_may(permission).as_str() {
        "" => format!("nobody may do this by hand ({permission})"),
        roles => format!("needs the role {roles} ({permission})"),
    }
}

/// As in `author, operator or admin`; empty where no role may.
pub(crate) fn roles_that_may(permission: Permission) -> String {
    let roles: Vec<String> =
        Role::VARIANTS.iter().filter(|role| role.allows(permission)).map(Role::to_string).collect();
    match roles.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

#[cfg(feature = "ssr")]
mod waiting {
    use portal::{Actor, Id, Person, Portal, exception, release};

    use super::Waiting;

    /// What this person can decide: less what they asked for themselves.
    pub(super) async fn count(portal: &Portal, actor: &Actor, person: Id<Person>) -> portal::Result<Waiting> {
        let mut waiting =
            Waiting { exceptions: exception::waiting_for(portal, actor).await?, ..Waiting::default() };
        if release::decides(actor) {
            waiting.promotions = release::waiting_for(portal, actor, person).await?;
        }
        Ok(waiting)
    }
}

#[cfg(test)]
mod tests {
    use portal::Permission;

    use super::missing;

    #[test]
    fn what_is_missing_names_the_roles_that_have_it() {
        assert_eq!(missing(Permission::DecideException), "needs the role approver (exception.decide)");
        assert_eq!(
            missing(Permission::RollBackRelease),
            "needs the role author or operator (release.roll_back)"
        );
    }
}
