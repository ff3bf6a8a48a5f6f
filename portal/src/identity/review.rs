//! Access reviews: all that is granted, by hand and to groups, in one list in which each is confirmed or removed.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Refusal, admin, grant, group, group::select};
use crate::{
    Actor, Id, Invalid, Permission, Person, Portal, Result, Scope,
    access::{Action, Everything, Grant},
    audit::Event,
    identity::{GroupRole, Holder, Reviewed, Who},
};

/// Grants by hand that one review goes through. Beyond it people come in by groups.
const MOST: usize = 1_000;
/// All that a review may be of, by hand and to groups.
pub const MOST_REVIEWED: usize = MOST + group::MOST as usize;

const TOO_MANY: &str = "more is granted by hand than one review goes through";

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
    /// Whether there are more by hand than one review goes through; then there is none before some are taken away.
    pub beyond: bool,
    pub last: Option<DateTime<Utc>>,
}

/// The list that a review goes through.
pub async fn to_review(portal: &Portal, actor: &Actor) -> Result<ToReview> {
    let mut view = portal.view::<Look>(actor, Everything).await?;
    let last = sqlx::query_scalar!("select max(at) from audit where event ->> 'kind' = 'access_reviewed'")
        .fetch_one(view.conn())
        .await?;
    let (grants, beyond) = all(portal, view.conn()).await?;
    Ok(ToReview { grants, beyond, last })
}

/// Confirms all that is granted but what is removed, at once, and puts that on record. Grants are named by their
/// [`Reviewed::key`].
///
/// # Errors
/// Refused where something was granted or taken since it was shown, so that nothing is confirmed unseen, and where
/// nobody would be an admin any more. Invalid where there is nothing to review, or more than one review goes through.
pub async fn review(
    portal: &Portal,
    actor: &Actor,
    mut confirmed: HashSet<String>,
    mut removed: HashSet<String>,
) -> Result<()> {
    portal
        .change::<Review, _>(actor, Everything, async |change| {
            admin::hold(change.conn()).await?;
            let (grants, beyond) = all(portal, change.conn()).await?;
            if beyond || grants.is_empty() {
                return Err(Invalid::new(
                    "grants",
                    if beyond { TOO_MANY } else { "there is nothing to review" },
                )
                .into());
            }
            let (mut stay, mut go) = (vec![], vec![]);
            for grant in grants {
                let key = grant.key();
                match (confirmed.remove(&key), removed.remove(&key)) {
                    (true, false) => stay.push(grant),
                    (false, true) => go.push(grant),
                    _ => return Err(Refusal::Changed.into()),
                }
            }
            if !confirmed.is_empty() || !removed.is_empty() {
                return Err(Refusal::Changed.into());
            }
            for unwanted in go.clone() {
                take(change.conn(), unwanted).await?;
            }
            admin::still_there(portal, change.conn()).await?;
            change.wake_shelves().await?;
            Ok(((), Event::AccessReviewed { confirmed: stay, removed: go }))
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

/// By hand first, then groups, and whether there are more; the demo's people only where there are any.
async fn all(portal: &Portal, conn: &mut PgConnection) -> Result<(Vec<Reviewed>, bool)> {
    let rows = sqlx::query!(
        "select person.id, person.name, role, policy_id, environment, owner
         from person_grant join person on person.id = person_id where (not demo or $1)
         order by person.name, person.id, role, policy_id, environment, owner limit $2",
        portal.parts.demo,
        MOST as i64 + 1,
    )
    .fetch_all(&mut *conn)
    .await?;
    let beyond = rows.len() > MOST;
    let by_hand = rows.into_iter().take(MOST).filter_map(|row| {
        let holder = Holder::Person(Who { id: Id::<Person>::from(row.id), name: row.name });
        let scope = Scope::of_columns(row.policy_id, row.environment, row.owner)?;
        Some(Reviewed { holder, role: row.role.parse().ok()?, scope })
    });
    let groups = select(conn).await?.into_iter().map(|mapped| {
        let GroupRole { group, role, scope } = mapped.grant;
        Reviewed { holder: Holder::Group(group), role, scope }
    });
    Ok((by_hand.chain(groups).collect(), beyond))
}
