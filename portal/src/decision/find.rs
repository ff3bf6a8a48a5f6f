//! One decision by its id, for whoever looks for anything.

use std::fmt;

use sqlx::PgConnection;

use super::{Line, store};
use crate::{
    Actor, Error, Permission, Portal, Result, Scope,
    access::{Action, Target},
};

/// OPA's `decision_id`. Its scope is its environment.
#[derive(Clone)]
pub(super) struct Known(pub(super) String);

impl Target for Known {
    const NAME: &str = "decision";
    const SEE: Option<Permission> = Some(Permission::SeeDecision);
    async fn scope(&self, conn: &mut PgConnection) -> Result<Scope> {
        let environment =
            sqlx::query_scalar!("select environment from decision where decision_id = $1", self.0)
                .fetch_optional(conn)
                .await?
                .ok_or_else(|| Error::NotFound(Self::NAME.into()))?;
        Ok(Scope::Environment(environment.parse()?))
    }
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

pub(super) struct SeeOne;
impl Action for SeeOne {
    type On = Known;
    const PERMISSION: Permission = Permission::SeeDecision;
}

/// The decision of this id, if there is one that the actor may see.
pub(crate) async fn find(portal: &Portal, actor: &Actor, id: &str) -> Result<Option<Line>> {
    if !actor.may_somewhere(Permission::SeeDecision) {
        return Ok(None);
    }
    let mut view = match portal.view::<SeeOne>(actor, Known(id.to_owned())).await {
        Ok(view) => view,
        Err(Error::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let row = sqlx::query!(
        "select decision_id, environment, instance, path, decided_at, outcome from decision where decision_id = $1",
        id
    )
    .fetch_one(view.conn())
    .await?;
    Ok(Some(Line {
        decision_id: row.decision_id,
        environment: row.environment.parse()?,
        instance: row.instance,
        path: row.path,
        at: row.decided_at,
        outcome: store::outcome(&row.outcome),
    }))
}
