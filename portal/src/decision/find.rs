//! One decision by its id, for whoever looks for anything.

use std::fmt;

use sqlx::PgConnection;

use super::{
    Line,
    store::{Row, See, SeeWithin},
};
use crate::{
    Actor, Environment, Error, Permission, Portal, Result, Scope,
    access::{Action, Everything, Target, door::View},
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

/// The decision of this id, if there is one that the actor may see. Nothing is refused: whoever looks for anything does
/// not ask for this.
pub(crate) async fn find(portal: &Portal, actor: &Actor, id: &str) -> Result<Option<Line>> {
    if actor.may(Permission::SeeDecision, &Scope::Portal) {
        return one(portal.view::<See>(actor, Everything).await?, id, None).await;
    }
    for environment in actor.environments(Permission::SeeDecision) {
        let view = portal.view::<SeeWithin>(actor, environment.clone()).await?;
        if let Some(line) = one(view, id, Some(&environment)).await? {
            return Ok(Some(line));
        }
    }
    Ok(None)
}

async fn one(mut view: View, id: &str, within: Option<&Environment>) -> Result<Option<Line>> {
    let row = sqlx::query_as!(
        Row,
        "select decision_id, environment, instance, path, decided_at, outcome from decision
         where decision_id = $1 and ($2::text is null or environment = $2)",
        id,
        within.map(Environment::as_str),
    )
    .fetch_optional(view.conn())
    .await?;
    row.map(Line::try_from).transpose()
}
