//! Promote to an environment that nobody guards, roll back, and begin where nothing is in force.

use sqlx::PgConnection;

use super::{
    How, Refusal, Release, earlier,
    pointer::{self, Next},
    reason,
};
use crate::{
    Actor, Environment, Error, Id, Permission, Portal, Result, Version,
    access::{Action, door::Change},
    audit::Event,
    environment::{self, Place},
    exception,
    policy::{self, Bundle},
    reason::at_most,
};

struct Promote;
impl Action for Promote {
    type On = Environment;
    const PERMISSION: Permission = Permission::MoveRelease;
}

struct RollBack;
impl Action for RollBack {
    type On = Environment;
    const PERMISSION: Permission = Permission::RollBackRelease;
}

struct Begin;
impl Action for Begin {
    type On = Environment;
    const PERMISSION: Permission = Permission::BeginRelease;
}

/// Puts a version in force in an environment that nobody guards.
///
/// `why` may be empty, unless an environment is left out on the way up.
///
/// # Errors
/// A refusal where the environment is guarded, the version is in force there already, or an environment
/// was left out without a reason.
pub async fn promote(
    portal: &Portal,
    actor: &Actor,
    version: Id<Version>,
    environment: Environment,
    why: &str,
) -> Result<Release> {
    let on = environment.clone();
    portal
        .change::<Promote, _>(actor, on, async |change| {
            let place = environment::place(change.conn(), &environment).await?;
            if place.guarded {
                return Err(Refusal::Guarded(environment).into());
            }
            let version = policy::find(change.conn(), version).await?;
            pointer::take(change.conn(), &environment, version.bundle).await?;
            let why = check(change.conn(), &place, &version, why).await?;
            let release = move_to(portal, change, &environment, &version, How::Promoted, why).await?;
            let event = Event::Promoted {
                environment: environment.clone(),
                bundle: release.bundle,
                revision: release.revision.clone(),
                replaced: release.replaced.clone(),
                reason: release.reason.clone(),
            };
            Ok((release, event))
        })
        .await
}

/// Whether this version may go there now, and the reason as it is kept. The pointer has been taken.
pub(super) async fn check(
    conn: &mut PgConnection,
    place: &Place,
    version: &Version,
    why: &str,
) -> Result<String> {
    let current = pointer::in_force(conn, &place.environment, version.bundle).await?;
    refuse_the_same(current.as_ref(), version)?;
    let why = at_most(why).ok_or(Refusal::NoReason)?;
    if place.guarded && !opa_checked(conn, version.id).await? {
        return Err(Refusal::Unchecked(place.environment.clone()).into());
    }
    let Some(before) = environment::before(conn, place).await? else { return Ok(why) };
    let was_there = sqlx::query_scalar!(
        r#"select exists (select from release where environment = $1 and version_id = $2) as "was!""#,
        before.as_str(),
        version.id.uuid(),
    )
    .fetch_one(conn)
    .await?;
    if !was_there && why.is_empty() { Err(Refusal::OutOfOrder(before).into()) } else { Ok(why) }
}

/// A version that was signed again meanwhile is not the same bytes, so it may be put in force anew.
pub(super) fn refuse_the_same(current: Option<&pointer::Current>, version: &Version) -> Result<(), Refusal> {
    let same = current.is_some_and(|current| {
        current.version == Some(version.id.uuid()) && current.served_digest == version.served_digest
    });
    if same { Err(Refusal::InForce) } else { Ok(()) }
}

/// The embedded engine's policies are checked by OPA as well, so both answer to this.
async fn opa_checked(conn: &mut PgConnection, version: Id<Version>) -> Result<bool> {
    Ok(sqlx::query_scalar!("select opa_checked from version where id = $1", version.uuid())
        .fetch_one(conn)
        .await?)
}

/// Moves the pointer, which has been taken.
pub(super) async fn move_to<A: Action>(
    portal: &Portal,
    change: &mut Change<A>,
    environment: &Environment,
    version: &Version,
    how: How,
    why: String,
) -> Result<Release> {
    let sequence = pointer::next_sequence(change.conn()).await?;
    let next = Next {
        environment,
        bundle: version.bundle,
        version: Some(version.id),
        revision: version.number.to_string(),
        served_digest: version.served_digest.clone(),
        keyid: version.keyid.clone(),
        size: version.size,
        how,
        reason: why,
    };
    pointer::put_in_force(change, &portal.parts.objects, sequence, next).await
}

/// Puts an earlier version in force again: `to`, or the one that was in force before.
///
/// One author or operator does this alone, also where an environment is guarded: it is the way out.
///
/// # Errors
/// A refusal without a reason, where there is nothing earlier, or where `to` was never in force there.
pub async fn roll_back(
    portal: &Portal,
    actor: &Actor,
    environment: Environment,
    bundle: Bundle,
    to: Option<Id<Version>>,
    why: &str,
) -> Result<Release> {
    let on = environment.clone();
    portal
        .change::<RollBack, _>(actor, on, async |change| {
            let why = reason(why)?;
            pointer::take(change.conn(), &environment, bundle).await?;
            let target = match to {
                Some(version) => version,
                None => {
                    let past = past(change.conn(), &environment, bundle).await?;
                    earlier(past).ok_or(Refusal::NothingBefore)?
                }
            };
            let version = policy::find(change.conn(), target).await?;
            if version.in_force.contains(&environment) {
                return Err(Refusal::InForce.into());
            }
            if version.bundle != bundle || !was_in_force(change.conn(), &environment, target).await? {
                return Err(Refusal::NeverInForce.into());
            }
            let release = move_to(portal, change, &environment, &version, How::RolledBack, why).await?;
            let event = Event::RolledBack {
                environment: environment.clone(),
                bundle,
                revision: release.revision.clone(),
                replaced: release.replaced.clone(),
                reason: release.reason.clone(),
            };
            Ok((release, event))
        })
        .await
}

/// The versions that were put in force there and how, oldest first.
async fn past(
    conn: &mut PgConnection,
    environment: &Environment,
    bundle: Bundle,
) -> Result<Vec<(Id<Version>, How)>> {
    let rows = sqlx::query!(
        r#"select version_id as "version!", how from release
           where environment = $1 and bundle = $2 and version_id is not null order by sequence"#,
        environment.as_str(),
        bundle.to_string(),
    )
    .fetch_all(conn)
    .await?;
    let known = |how: &str| how.parse().map_err(|_| Error::internal("how a release came about", &how));
    rows.into_iter().map(|row| Ok((row.version.into(), known(&row.how)?))).collect()
}

async fn was_in_force(
    conn: &mut PgConnection,
    environment: &Environment,
    version: Id<Version>,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from release where environment = $1 and version_id = $2) as "was!""#,
        environment.as_str(),
        version.uuid(),
    )
    .fetch_one(conn)
    .await?)
}

/// Puts the first version of a bundle in force in an environment where nothing is, and an exceptions
/// bundle beside it: an OPA is ready only when all its bundles have come.
///
/// # Errors
/// A refusal where something is in force there already.
pub async fn begin(
    portal: &Portal,
    actor: &Actor,
    environment: Environment,
    version: Id<Version>,
) -> Result<Release> {
    let on = environment.clone();
    portal
        .change::<Begin, _>(actor, on, async |change| {
            let version = policy::find(change.conn(), version).await?;
            pointer::take(change.conn(), &environment, version.bundle).await?;
            if pointer::in_force(change.conn(), &environment, version.bundle).await?.is_some() {
                return Err(Refusal::NotEmpty.into());
            }
            let release =
                move_to(portal, change, &environment, &version, How::Begun, "the first release".into())
                    .await?;
            if pointer::in_force(change.conn(), &environment, Bundle::Exceptions).await?.is_none() {
                exception::document::publish(portal, change, &environment, "the first release".into())
                    .await?;
            }
            let event = Event::ReleaseBegun {
                environment: environment.clone(),
                bundle: release.bundle,
                revision: release.revision.clone(),
            };
            Ok((release, event))
        })
        .await
}
