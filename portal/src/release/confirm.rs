//! Into a guarded environment: one person asks, another confirms.

use sqlx::PgConnection;

use super::{How, Promotion, Refusal, Release, pointer, promote, reason, store};
use crate::{
    Actor, Environment, Error, Id, Permission, Portal, Result, Scope, Version,
    access::{Action, Target},
    audit::Event,
    environment, policy,
};

struct Ask;
impl Action for Ask {
    type On = Environment;
    const PERMISSION: Permission = Permission::AskRelease;
}

struct Decide;
impl Action for Decide {
    type On = Id<Promotion>;
    const PERMISSION: Permission = Permission::DecideRelease;
}

struct Confirm;
impl Action for Confirm {
    type On = Id<Promotion>;
    const PERMISSION: Permission = Permission::DecideRelease;
    const PROVEN: bool = true;
}

struct Withdraw;
impl Action for Withdraw {
    type On = Id<Promotion>;
    const PERMISSION: Permission = Permission::AskRelease;
}

impl Target for Id<Promotion> {
    const NAME: &str = "promotion";
    const SEE: Option<Permission> = Some(Permission::SeeRelease);
    async fn scope(&self, conn: &mut PgConnection) -> Result<Scope> {
        let environment = sqlx::query_scalar!("select environment from promotion where id = $1", self.uuid())
            .fetch_optional(conn)
            .await?
            .ok_or_else(|| Error::NotFound(Self::NAME.into()))?;
        Ok(Scope::Environment(environment.parse()?))
    }
}

/// Asks that a version be put in force in a guarded environment.
pub async fn ask(
    portal: &Portal,
    actor: &Actor,
    version: Id<Version>,
    environment: Environment,
    why: &str,
) -> Result<Promotion> {
    let on = environment.clone();
    portal
        .change::<Ask, _>(actor, on, async |change| {
            let place = environment::place(change.conn(), &environment).await?;
            if !place.guarded {
                return Err(Refusal::NotGuarded(environment).into());
            }
            let (version, why) = (policy::find(change.conn(), version).await?, reason(why)?);
            pointer::take(change.conn(), &environment, version.bundle).await?;
            promote::check(change.conn(), &place, &version, &why).await?;
            let (id, by, at) = (Id::<Promotion>::fresh(), change.answerable()?, change.at);
            sqlx::query!(
                "insert into promotion (id, environment, version_id, asked_by, asked_at, reason, pushed_by, state)
                 values ($1, $2, $3, $4, $5, $6, $7, 'asked')",
                id.uuid(),
                environment.as_str(),
                version.id.uuid(),
                by.uuid(),
                at,
                why,
                version.by.as_ref().map(|by| by.id.uuid()),
            )
            .execute(change.conn())
            .await?;
            let asked = store::find_promotion(change.conn(), id).await?;
            let event = Event::PromotionAsked {
                id,
                environment: environment.clone(),
                bundle: asked.bundle,
                revision: asked.number.to_string(),
                reason: why,
            };
            Ok((asked, event))
        })
        .await
}

/// Puts what somebody else asked for in force, in the place of what was there when they looked.
///
/// `seen` is what [`Promotion::seen`] was on the page that they decided from.
pub async fn confirm(portal: &Portal, actor: &Actor, id: Id<Promotion>, seen: i64) -> Result<Release> {
    portal
        .change::<Confirm, _>(actor, id, async |change| {
            let asked = take(change.conn(), id).await?;
            let (by, at) = (change.person()?, change.at);
            asked.may_be_decided_by(by.id)?;
            let version = policy::find(change.conn(), asked.version).await?;
            pointer::take(change.conn(), &asked.environment, version.bundle).await?;
            let current = pointer::in_force(change.conn(), &asked.environment, version.bundle).await?;
            promote::refuse_the_same(current.as_ref(), &version)?;
            if current.map_or(0, |current| current.sequence) != seen {
                return Err(Refusal::Changed.into());
            }
            decide(change.conn(), id, "confirmed", Some(by.id), at, "").await?;
            let why = asked.reason.clone();
            let release =
                promote::move_to(portal, change, &asked.environment, &version, How::Promoted, why).await?;
            let event = Event::PromotionConfirmed {
                id,
                environment: asked.environment.clone(),
                bundle: release.bundle,
                revision: release.revision.clone(),
                replaced: release.replaced.clone(),
            };
            Ok((release, event))
        })
        .await
}

/// Turns down what somebody else asked for.
pub async fn decline(portal: &Portal, actor: &Actor, id: Id<Promotion>, why: &str) -> Result<Promotion> {
    portal
        .change::<Decide, _>(actor, id, async |change| {
            let asked = take(change.conn(), id).await?;
            let (by, at, why) = (change.person()?, change.at, reason(why)?);
            asked.may_be_decided_by(by.id)?;
            decide(change.conn(), id, "declined", Some(by.id), at, &why).await?;
            let event = Event::PromotionDeclined {
                id,
                environment: asked.environment.clone(),
                bundle: asked.bundle,
                revision: asked.number.to_string(),
                reason: why,
            };
            Ok((store::find_promotion(change.conn(), id).await?, event))
        })
        .await
}

/// Takes one's own request back.
pub async fn withdraw(portal: &Portal, actor: &Actor, id: Id<Promotion>) -> Result<Promotion> {
    portal
        .change::<Withdraw, _>(actor, id, async |change| {
            let asked = take(change.conn(), id).await?;
            asked.may_be_withdrawn_by(change.answerable()?)?;
            let at = change.at;
            decide(change.conn(), id, "withdrawn", None, at, "").await?;
            let event = Event::PromotionWithdrawn {
                id,
                environment: asked.environment.clone(),
                bundle: asked.bundle,
                revision: asked.number.to_string(),
            };
            Ok((store::find_promotion(change.conn(), id).await?, event))
        })
        .await
}

/// Takes it for the rest of the transaction: whoever else decides it waits, and then sees it decided.
async fn take(conn: &mut PgConnection, id: Id<Promotion>) -> Result<Promotion> {
    sqlx::query!("select id from promotion where id = $1 for update", id.uuid())
        .fetch_optional(&mut *conn)
        .await?;
    store::find_promotion(conn, id).await
}

async fn decide(
    conn: &mut PgConnection,
    id: Id<Promotion>,
    state: &str,
    by: Option<Id<crate::Person>>,
    at: chrono::DateTime<chrono::Utc>,
    why: &str,
) -> Result<()> {
    sqlx::query!(
        "update promotion set state = $2, decided_by = $3, decided_at = $4, decision = $5 where id = $1",
        id.uuid(),
        state,
        by.map(Id::uuid),
        at,
        why,
    )
    .execute(conn)
    .await?;
    Ok(())
}
