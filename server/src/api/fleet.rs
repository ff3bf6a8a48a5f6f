//! The fleet: what every OPA runs, how far a bundle has come, and reload.

use axum::{Extension, Json, extract::State};
use chrono::{DateTime, Utc};
use portal::{
    Actor, Environment, Portal,
    fleet::{self, Drift, Instance, Presence, Reload},
    policy::Bundle,
    release::{self, Pointer},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Operation, act,
    evaluate::environment,
    look,
    read::{At, Body},
    shown::Page,
    version::NO_BUNDLE,
};
use crate::{problem::Problem, routes::Route, site::Site};

pub(super) fn routes(site: &Site) -> Vec<Route> {
    let all = Operation::new("Lists the instances of OPA, by environment and name")
        .lists("Instance", "All instances; those that are gone come last.");
    let status = Operation::new("Shows how far a bundle has come")
        .about("What OPA itself has no route for: what is released in each environment, and what each instance runs.")
        .answers(200, "BundleStatus", "The bundle in each environment.");
    let reload = Operation::new("Makes every OPA of an environment ask again at once")
        .about(
            "Every held poll is answered, on every server. The environment is the token's, else production.",
        )
        .takes::<Where>()
        .answers(200, "Reload", "How many live instances that reaches.");
    vec![
        look("list instances", "/api/v1/fleet", list, site, all),
        look("show bundle status", "/api/v1/bundles/{bundle}/status", status_of, site, status),
        act("reload fleet", "/api/v1/policies/reload", reload_it, site, reload),
    ]
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReloadFleet)]
struct Where {
    #[schema(value_type = Option<String>, example = "staging")]
    environment: Option<Environment>,
}

/// An instance, and what its report comes to.
#[derive(Serialize)]
pub(super) struct Running {
    #[serde(flatten)]
    instance: Instance,
    drift: Drift,
}

impl From<Instance> for Running {
    fn from(instance: Instance) -> Self {
        Self { drift: instance.drift(), instance }
    }
}

/// How far a bundle has come.
#[derive(Serialize)]
struct Status {
    bundle: Bundle,
    environments: Vec<There>,
}

/// The same in one environment.
#[derive(Serialize)]
struct There {
    environment: Environment,
    /// What is released; none where nothing is.
    revision: Option<String>,
    released_at: Option<DateTime<Utc>>,
    /// Whether the object store's `latest` already says so.
    stored: bool,
    /// Live instances, and how many of them report this revision.
    instances: u32,
    converged: u32,
    running: Vec<Runs>,
}

/// What one instance says of the bundle.
#[derive(Serialize)]
struct Runs {
    instance: String,
    active_revision: String,
    presence: Presence,
    drift: Drift,
    /// OPA's own words; empty where all is well.
    error: String,
}

async fn list(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
) -> Result<Json<Page<Running>>, Problem> {
    Ok(Page::whole(fleet::list(&portal, &actor).await?))
}

async fn status_of(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    at: At,
) -> Result<Json<Status>, Problem> {
    let bundle: Bundle = at.read("bundle", NO_BUNDLE)?;
    let boards = release::board(&portal, &actor).await?;
    let fleet = fleet::list(&portal, &actor).await?;
    let environments = boards.into_iter().map(|board| {
        let pointer = board.in_force.into_iter().find(|pointer| pointer.release.bundle == bundle);
        let there = fleet.iter().filter(|instance| instance.environment == board.environment);
        let running = there.filter_map(|instance| Runs::of(instance, bundle)).collect();
        There::of(board.environment, pointer, running)
    });
    Ok(Json(Status { bundle, environments: environments.collect() }))
}

impl There {
    fn of(environment: Environment, pointer: Option<Pointer>, running: Vec<Runs>) -> Self {
        Self {
            environment,
            stored: pointer.as_ref().is_some_and(|pointer| pointer.stored),
            instances: pointer.as_ref().map_or(0, |pointer| pointer.instances),
            converged: pointer.as_ref().map_or(0, |pointer| pointer.converged),
            released_at: pointer.as_ref().map(|pointer| pointer.release.at),
            revision: pointer.map(|pointer| pointer.release.revision),
            running,
        }
    }
}

impl Runs {
    /// None where the instance does not speak of the bundle.
    fn of(instance: &Instance, bundle: Bundle) -> Option<Self> {
        let status = instance.bundles.iter().find(|status| status.name == bundle.to_string())?;
        let alone = Instance { bundles: vec![status.clone()], ..instance.clone() };
        Some(Self {
            instance: instance.title(),
            active_revision: status.active_revision.clone(),
            presence: instance.presence,
            drift: alone.drift(),
            error: status.error.clone(),
        })
    }
}

async fn reload_it(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    Body(asked): Body<Where>,
) -> Result<Json<Reload>, Problem> {
    let environment = environment(&actor, asked.environment)?;
    Ok(Json(fleet::reload(&portal, &actor, environment).await?))
}
