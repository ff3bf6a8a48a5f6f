use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, types::Json};
use strum::VariantArray;

use super::{BundleStatus, EMBEDDED, Health, Heard, Instance, Loaded, SILENT_AFTER, is_to_run, presence};
use crate::{
    Actor, Environment, Error, Id, Permission, Portal, Release, Result,
    access::{Action, Everything, Job},
    policy::{self, Bundle},
};

struct See;
impl Action for See {
    type On = Everything;
    const PERMISSION: Permission = Permission::SeeFleet;
}

struct Watch;
impl Action for Watch {
    type On = Everything;
    const PERMISSION: Permission = Permission::SeeRelease;
}

/// What a row keeps of one bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reported {
    pub(super) name: String,
    pub(super) active_revision: String,
    pub(super) error: String,
}

/// All instances, by environment and name; those that are gone come last.
pub async fn list(portal: &Portal, actor: &Actor) -> Result<Vec<Instance>> {
    let mut view = portal.view::<See>(actor, Everything).await?;
    let now = view.at;
    instances(view.conn(), now, None).await
}

/// One of them.
pub async fn show(portal: &Portal, actor: &Actor, id: Id<Instance>) -> Result<Instance> {
    let mut view = portal.view::<See>(actor, Everything).await?;
    let now = view.at;
    let found = instances(view.conn(), now, Some(id)).await?.into_iter().find(|instance| instance.id == id);
    found.ok_or_else(|| Error::NotFound("instance".into()))
}

/// What it said of itself so far, the newest first; of what it said again only the first time.
pub async fn history(portal: &Portal, actor: &Actor, id: Id<Instance>) -> Result<Vec<Heard>> {
    let mut view = portal.view::<See>(actor, Everything).await?;
    let rows = sqlx::query!(
        r#"select at, opa_version, bundles as "bundles: Json<Vec<Reported>>", ready from instance_report
           where instance = $1 order by at desc"#,
        id.uuid(),
    )
    .fetch_all(view.conn())
    .await?;
    let heard = rows.into_iter().map(|row| Heard {
        at: row.at,
        opa_version: row.opa_version,
        ready: row.ready,
        bundles: row
            .bundles
            .0
            .into_iter()
            .map(|told| Loaded { name: told.name, active_revision: told.active_revision, error: told.error })
            .collect(),
    });
    Ok(heard.collect())
}

/// All of them, or those that share the name of one.
async fn instances(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    one: Option<Id<Instance>>,
) -> Result<Vec<Instance>> {
    let expected = sqlx::query!(
        "select pointer.environment, pointer.bundle, revision, released_at
         from pointer join release on release.id = release_id"
    )
    .fetch_all(&mut *conn)
    .await?;
    let rows = sqlx::query!(
        r#"select fleet.id as "id!", environment as "environment!", fleet.name as "name!", process as "process!",
                opa_version as "opa_version!", first_seen as "first_seen!", last_seen as "last_seen!",
                bundles as "bundles!: Json<Vec<Reported>>", dropped as "dropped!", ready as "ready!",
                last_seen >= $2 and count(*) filter (where last_seen >= $2)
                    over (partition by environment, fleet.name) > 1 as "shares_name!"
           from fleet join environment on environment.name = environment
           where $3::uuid is null
              or (environment, fleet.name) = (select that.environment, that.name from fleet that where that.id = $3)
           order by last_seen < $1, position, fleet.name, first_seen, process limit 5000"#,
        now - super::GONE_AFTER,
        now - SILENT_AFTER,
        one.map(Id::uuid),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let there = expected.iter().filter(|there| there.environment == row.environment);
            let released = |bundle: &str| there.clone().find(|there| there.bundle == bundle);
            let told = row.bundles.0.iter().map(|bundle| BundleStatus {
                expected: released(&bundle.name).map(|there| there.revision.clone()),
                released_at: released(&bundle.name).map(|there| there.released_at),
                name: bundle.name.clone(),
                active_revision: bundle.active_revision.clone(),
                error: bundle.error.clone(),
            });
            let is_told = |name: &str| row.bundles.0.iter().any(|bundle| bundle.name == name);
            let lacking = there.clone().filter(|there| {
                let is_to_run =
                    policy::bundle(&there.bundle).is_ok_and(|bundle| is_to_run(&row.opa_version, bundle));
                is_to_run && !is_told(&there.bundle)
            });
            let lacking = lacking.map(|there| BundleStatus {
                name: there.bundle.clone(),
                active_revision: String::new(),
                expected: Some(there.revision.clone()),
                released_at: Some(there.released_at),
                error: String::new(),
            });
            let bundles = told.chain(lacking).collect();
            Ok(Instance {
                id: row.id.into(),
                environment: row.environment.parse()?,
                name: row.name,
                process: row.process,
                opa_version: row.opa_version,
                first_seen: row.first_seen,
                last_seen: row.last_seen,
                bundles,
                ready: row.ready,
                dropped: row.dropped,
                presence: presence(row.last_seen, now),
                shares_name: row.shares_name,
            })
        })
        .collect()
}

/// How many instances are live, by environment.
pub(crate) async fn live(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
) -> Result<BTreeMap<Environment, usize>> {
    let rows = sqlx::query!(
        r#"select environment as "environment!", count(*) as "live!" from fleet where last_seen >= $1 group by 1"#,
        now - SILENT_AFTER,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|row| Ok((row.environment.parse()?, row.live as usize))).collect()
}

/// How far a release in force has come.
pub(crate) struct Reached {
    pub(crate) release: Id<Release>,
    /// Whether the object store's `latest` shows it.
    pub(crate) stored: bool,
    /// Live instances that are to run its bundle.
    pub(crate) instances: u32,
    /// Those of them that do.
    pub(crate) converged: u32,
}

/// Of every release in force, how far it has come.
pub(crate) async fn converged(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<Vec<Reached>> {
    let run_by = |engine: &str| -> Vec<String> {
        Bundle::VARIANTS.iter().filter(|one| is_to_run(engine, **one)).map(Bundle::to_string).collect()
    };
    let rows = sqlx::query!(
        r#"select release.id, pointer.stored_sequence >= pointer.sequence as "stored!", instances as "instances!",
                converged as "converged!"
           from pointer join release on release.id = pointer.release_id
           cross join lateral (
             select count(*) as instances, count(*) filter (where ready and exists (
                 select from jsonb_array_elements(bundles) told
                 where told->>'name' = release.bundle and told->>'active_revision' = release.revision)) as converged
             from fleet where fleet.environment = release.environment and last_seen >= $1
               and release.bundle = any (case when opa_version = $2 then $3::text[] else $4::text[] end)) live"#,
        now - SILENT_AFTER,
        EMBEDDED,
        &run_by(EMBEDDED),
        &run_by(""),
    )
    .fetch_all(conn)
    .await?;
    let reached = rows.into_iter().map(|row| Reached {
        release: row.id.into(),
        stored: row.stored,
        instances: row.instances as u32,
        converged: row.converged as u32,
    });
    Ok(reached.collect())
}

/// Live instances of an environment, and how many report an exceptions bundle no older than this release.
pub(crate) async fn reached(
    conn: &mut PgConnection,
    environment: &Environment,
    sequence: i64,
    now: DateTime<Utc>,
) -> Result<(u32, u32)> {
    let row = sqlx::query!(
        r#"select count(*) as "instances!", count(*) filter (where exists (
                select from jsonb_array_elements(bundles) told join release
                    on release.environment = $1 and release.bundle = 'aegis-exceptions'
                       and release.revision = told->>'active_revision'
                where told->>'name' = 'aegis-exceptions' and release.sequence >= $2)) as "reached!"
           from fleet where environment = $1 and last_seen >= $3"#,
        environment.as_str(),
        sequence,
        now - SILENT_AFTER,
    )
    .fetch_one(conn)
    .await?;
    Ok((row.instances as u32, row.reached as u32))
}

/// Whether decisions are to be had of the external engine in this environment: `ok`, or why not.
pub async fn health(portal: &Portal, environment: &Environment, opa_embedded: String) -> Result<Health> {
    let mut view = portal.view::<Watch>(&Actor::Job(Job::Shelf), Everything).await?;
    let now = view.at;
    let all = instances(view.conn(), now, None).await?;
    let live: Vec<_> = all
        .iter()
        .filter(|instance| instance.environment == *environment && instance.presence == super::Presence::Live)
        // The embedded engine reports too, and answers for itself.
        .filter(|instance| instance.opa_version != EMBEDDED)
        .collect();
    let failing = live.iter().find_map(|instance| {
        let bundle = instance.bundles.iter().find(|bundle| !bundle.error.is_empty())?;
        Some(format!("{}: {}: {}", instance.title(), bundle.name, bundle.error))
    });
    let behind = released_before(view.conn(), environment, now).await?;
    let late = behind.iter().find_map(|(bundle, revision)| {
        let late = live.iter().find(|instance| {
            instance
                .bundles
                .iter()
                .any(|status| status.name == *bundle && status.active_revision != *revision)
        })?;
        Some(format!("{} has been behind {revision} of {bundle} for more than 60 s", late.title()))
    });
    let opa_external = match (live.is_empty(), failing, late) {
        (true, _, _) => format!("no live instance reports in {environment}"),
        (_, Some(reason), _) | (_, None, Some(reason)) => reason,
        (false, None, None) => "ok".into(),
    };
    Ok(Health { opa_external, opa_embedded })
}

/// Revisions that every instance has had a minute to load.
async fn released_before(
    conn: &mut PgConnection,
    environment: &Environment,
    now: DateTime<Utc>,
) -> Result<Vec<(String, String)>> {
    let rows = sqlx::query!(
        "select pointer.bundle, revision from pointer join release on release.id = release_id
         where pointer.environment = $1 and released_at < $2",
        environment.as_str(),
        now - chrono::TimeDelta::seconds(60),
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.bundle, row.revision)).collect())
}
