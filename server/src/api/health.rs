//! Whether decisions are to be had.

use std::collections::BTreeMap;

use axum::{Extension, Json, extract::State};
use portal::{
    Actor, Environment, Error, Token,
    engine::Counts,
    fleet::{self, Health},
    identity,
};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::{
    Operation,
    fleet::Running,
    look_open,
    read::{Asked, flag},
};
use crate::{problem::Problem, routes::Route, site::Site};

pub(super) fn routes(site: &Site) -> Vec<Route> {
    let operation = Operation::new("Tells whether decisions are to be had")
        .about(
            "Always 200, also with the database away: each value is `ok`, or the reason why not. `opa_external` is \
             of the OPA servers of production, `opa_embedded` of the portal's own engine.",
        )
        .query::<Detail>()
        .answers(200, "Health", "What is well, and why the rest is not.")
        .refuses("401", "`detail` is for whoever is signed in.")
        .refuses("403", "`detail` is for whoever may see the fleet.");
    vec![look_open("show health", "/api/v1/policies/health", health, site, operation)]
}

#[derive(Deserialize, IntoParams)]
struct Detail {
    /// Adds the instances of the fleet, tokens about to end and what has happened to the portal's own engine, to whoever is signed in and may see them.
    #[serde(default, deserialize_with = "flag")]
    detail: bool,
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    health: Health,
    #[serde(skip_serializing_if = "Option::is_none")]
    instances: Option<Vec<Running>>,
    /// Tokens that end within a fortnight, the next one first: all of them for whoever may see them, else one's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens_ending: Option<Vec<Token>>,
    /// Of this server's workers, by environment.
    #[serde(skip_serializing_if = "Option::is_none")]
    workers: Option<BTreeMap<Environment, Counts>>,
}

async fn health(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    Asked(asked): Asked<Detail>,
) -> Result<Json<Shown>, Problem> {
    let production = Environment::production();
    let embedded = site.engine.health(&production);
    let health = fleet::health(&site.portal, &production, embedded.clone()).await;
    let health =
        health.unwrap_or_else(|away| Health { opa_external: away.to_string(), opa_embedded: embedded });
    let instances = if asked.detail { instances(&site, &actor).await? } else { None };
    // Whoever may see the instances may see these.
    let workers = instances.is_some().then(|| site.engine.counts());
    let tokens_ending = if asked.detail { tokens_ending(&site, &actor).await? } else { None };
    Ok(Json(Shown { health, instances, tokens_ending, workers }))
}

/// None where the database is away.
async fn tokens_ending(site: &Site, actor: &Actor) -> Result<Option<Vec<Token>>, Problem> {
    match identity::tokens_ending(&site.portal, actor).await {
        Ok(tokens) => Ok(Some(tokens)),
        Err(Error::Unavailable(_)) => Ok(None),
        Err(no) => Err(no.into()),
    }
}

/// None where the database is away: what is known is told all the same.
async fn instances(site: &Site, actor: &Actor) -> Result<Option<Vec<Running>>, Problem> {
    match fleet::list(&site.portal, actor).await {
        Ok(instances) => Ok(Some(instances.into_iter().map(Running::from).collect())),
        Err(Error::Unavailable(_)) => Ok(None),
        Err(no) => Err(no.into()),
    }
}
