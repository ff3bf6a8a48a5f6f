//! Releases: what is in force where, and moving it.

use axum::{Extension, Json, extract::State, response::Response};
use portal::{
    Actor, Environment, Id, Portal, Release, Version,
    policy::{self, Bundle, Number},
    release::{self, Pointer},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Operation, act, look,
    promotion::Shown,
    read::{Asked, Body},
    shown::{Page, created},
};
use crate::{problem::Problem, routes::Route, site::Site};

const ALL: &str = "/api/v1/releases";

pub(super) fn routes(site: &Site) -> Vec<Route> {
    let board = Operation::new("Shows what is in force in each environment, and what waits")
        .lists("Board", "The environments, in the order in which versions move through them.");
    let history = Operation::new("Lists releases, newest first")
        .about("The newest hundred.")
        .query::<Narrowed>()
        .lists("Release", "Releases, also those that were replaced.");
    let promote = Operation::new("Puts a version in force in an environment that nobody guards")
        .about("A guarded environment answers 409: ask for a promotion, and somebody else confirms it.")
        .takes::<Promote>()
        .answers(201, "Release", "It is in force; OPAs are told at once.");
    let back = Operation::new("Puts an earlier version in force again")
        .about("One author or operator does this alone, also where an environment is guarded: it is the way out.")
        .takes::<RollBack>()
        .answers(201, "Release", "It is in force; OPAs are told at once.");
    vec![
        look("show releases", ALL, show, site, board),
        act("promote version", ALL, promote_version, site, promote),
        look("list releases", "/api/v1/releases/history", list, site, history),
        act("roll back release", "/api/v1/releases/rollback", roll_back, site, back),
    ]
}

#[derive(Deserialize, IntoParams)]
struct Narrowed {
    /// Only those into this environment.
    #[param(value_type = Option<String>)]
    environment: Option<Environment>,
    /// Only those of this bundle.
    #[param(value_type = Option<String>)]
    bundle: Option<Bundle>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PromoteVersion)]
struct Promote {
    #[schema(value_type = String, example = "aegis-provisioning")]
    bundle: Bundle,
    #[schema(value_type = String, example = "v1.1.0")]
    version: Number,
    #[schema(value_type = String, example = "staging")]
    environment: Environment,
    /// Needed where the version was not in force in the environment before.
    #[serde(default)]
    #[schema(max_length = 2000)]
    reason: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RollBackRelease)]
struct RollBack {
    #[schema(value_type = String, example = "production")]
    environment: Environment,
    #[schema(value_type = String, example = "aegis-provisioning")]
    bundle: Bundle,
    /// A version that was in force there; the one before, where it is left out.
    #[schema(value_type = Option<String>, example = "v1.0.0")]
    to: Option<Number>,
    #[schema(min_length = 1, max_length = 2000)]
    reason: String,
}

/// What is in force in an environment.
#[derive(Serialize)]
struct Board {
    environment: Environment,
    guarded: bool,
    in_force: Vec<Pointer>,
    waiting: Vec<Shown>,
}

impl From<release::Board> for Board {
    fn from(board: release::Board) -> Self {
        let release::Board { environment, guarded, in_force, waiting, .. } = board;
        Self { environment, guarded, in_force, waiting: waiting.into_iter().map(Shown::from).collect() }
    }
}

async fn show(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
) -> Result<Json<Page<Board>>, Problem> {
    Ok(Page::whole(release::board(&portal, &actor).await?))
}

async fn list(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    Asked(asked): Asked<Narrowed>,
) -> Result<Json<Page<Release>>, Problem> {
    Ok(Page::whole(release::history(&portal, &actor, asked.environment, asked.bundle).await?))
}

async fn promote_version(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    Body(wanted): Body<Promote>,
) -> Result<Response, Problem> {
    let version = version_of(&portal, &actor, wanted.bundle, wanted.version).await?;
    let release = release::promote(&portal, &actor, version, wanted.environment, &wanted.reason).await?;
    Ok(created(ALL, release))
}

async fn roll_back(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    Body(wanted): Body<RollBack>,
) -> Result<Response, Problem> {
    let RollBack { environment, bundle, to, reason } = wanted;
    let to = match to {
        Some(number) => Some(version_of(&portal, &actor, bundle, number).await?),
        None => None,
    };
    Ok(created(ALL, release::roll_back(&portal, &actor, environment, bundle, to, &reason).await?))
}

/// The version that people call so.
pub(super) async fn version_of(
    portal: &Portal,
    actor: &Actor,
    bundle: Bundle,
    number: Number,
) -> Result<Id<Version>, Problem> {
    Ok(policy::version_by_number(portal, actor, bundle, number).await?.version.id)
}
