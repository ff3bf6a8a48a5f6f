//! Access reviews: all that is granted, by hand and to groups, in one list in which each is confirmed or removed.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Refusal, admin, grant, group, group::select};
use crate::{
    Actor, Id, Invalid, Permission, Person, Portal, Result, Scope,
    access::{Action, Everything, Grant},
    audit::Event,
    identity::{GroupRole, Holder, Reviewed, Who},
};

/// Grants that one review goes through. Beyond it people come in by groups.
const MOST: i64 = 1_000;

struct Look;
impl Action for Look {
    type On = Everything;
    const PERMISSION: Permission = Permission::SeePerson;
}

struct Review;
impl Action for Review {
    type On = Everything;
    const PERMISSION: Permission = Permission::ReviewAccess;
    const PROVEN: bool = true;
}

/// All that is granted, and when it was last looked through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToReview {
    pub grants: Vec<Reviewed>,
    pub last: Option<DateTime<Utc>>,
}

/// The list that a review goes through.
pub async fn to_review(portal: &Portal, actor: &Actor) -> Result<ToReview> {
    let mut view = portal.view::<Look>(actor, Everything).await?;
    let last = sqlx::query_scalar!("select max(at) from audit where event ->> 'kind' = 'access_reviewed'")
        .fetch_one(view.conn())
        .await?;
    Ok(ToReview { grants: all(portal, view.conn()).await?, last })
}

/// Confirms all that is granted but what is removed, at once, and puts that on record.
///
/// # Errors
/// Refused where something was granted or taken since it was shown, so that nothing is confirmed unseen, and where
/// nobody would be an admin any more.
pub async fn review(
    portal: &Portal,
    actor: &Actor,
    confirmed: Vec<Reviewed>,
    removed: Vec<Reviewed>,
) -> Result<()> {
    portal
        .change::<Review, _>(actor, Everything, async |change| {
            admin::hold(change.conn()).await?;
            let mut now = all(portal, change.conn()).await?;
            for seen in confirmed.iter().chain(&removed) {
                let at = now.iter().position(|held| held == seen).ok_or(Refusal::Changed)?;
                now.swap_remove(at);
            }
            if !now.is_empty() {
                return Err(Refusal::Changed.into());
            }
            if confirmed.is_empty() && removed.is_empty() {
                return Err(Invalid::new("grants", "there is nothing to review").into());
            }
            for unwanted in removed.clone() {
                take(change.conn(), unwanted).await?;
            }
            admin::still_there(portal, change.conn()).await?;
            change.wake_shelves().await?;
            Ok(((), Event::AccessReviewed { confirmed, removed }))
        })
        .await
}

async fn take(conn: &mut PgConnection, unwanted: Reviewed) -> Result<()> {
    let Reviewed { holder, role, scope } = unwanted;
    match holder {
        Holder::Person(who) => grant::remove(conn, who.id, &Grant { role, scope }).await,
        Holder::Group(group) => group::remove(conn, &GroupRole { group, role, scope }).await,
    }
}

/// By hand first, then groups; the demo's people only where there are any.
async fn all(portal: &Portal, conn: &mut PgConnection) -> Result<Vec<Reviewed>> {
    let rows = sqlx::query!(
        "select person.id, person.name, role, policy_id, environment, owner
         from person_grant join person on person.id = person_id where (not demo or $1)
         order by person.name, person.id, role, policy_id, environment, owner limit $2",
        portal.parts.demo,
        MOST,
    )
    .fetch_all(&mut *conn)
    .await?;
    let by_hand = rows.into_iter().filter_map(|row| {
        let holder = Holder::Person(Who { id: Id::<Person>::from(row.id), name: row.name });
        let scope = Scope::of_columns(row.policy_id, row.environment, row.owner)?;
        Some(Reviewed { holder, role: row.role.parse().ok()?, scope })
    });
    let groups = select(conn).await?.into_iter().map(|mapped| {
        let GroupRole { group, role, scope } = mapped.grant;
        Reviewed { holder: Holder::Group(group), role, scope }
    });
    Ok(by_hand.chain(groups).collect())
}
