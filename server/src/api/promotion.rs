//! Promotions: one person asks that a version be put in force where it is guarded, another confirms.

use axum::{Extension, Json, extract::State, response::Response};
use chrono::{DateTime, Utc};
use portal::{
    Actor, Environment, Id, Portal, Promotion, Release,
    identity::Who,
    policy::{Bundle, Number},
    release::{self, PromotionState},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Operation, act, look,
    read::{At, Body},
    release::version_of,
    shown::{Decision, Page, created},
};
use crate::{problem::Problem, routes::Route, site::Site};

const ALL: &str = "/api/v1/promotions";

pub(super) fn routes(site: &Site) -> Vec<Route> {
    let all = Operation::new("Lists the promotions that wait for somebody, oldest first")
        .lists("Promotion", "What waits.");
    let one = Operation::new("Shows a promotion, decided or not").answers(200, "Promotion", "The promotion.");
    let ask = Operation::new("Asks that a version be put in force in a guarded environment")
        .takes::<Ask>()
        .answers(201, "Promotion", "It waits for somebody else.");
    let confirm = Operation::new("Puts what somebody else asked for in force")
        .about("Neither who asked nor who pushed the version may, and no token.")
        .takes::<Confirm>()
        .answers(200, "Release", "It is in force; OPAs are told at once.");
    let decline = Operation::new("Turns down what somebody else asked for").takes::<Decline>().answers(
        200,
        "Promotion",
        "It is declined.",
    );
    let withdraw = Operation::new("Takes one's own request back").takes::<Nothing>().answers(
        200,
        "Promotion",
        "It is withdrawn.",
    );
    vec![
        look("list promotions", ALL, list, site, all),
        act("ask for promotion", ALL, ask_for, site, ask),
        look("show promotion", "/api/v1/promotions/{id}", show, site, one),
        act("confirm promotion", "/api/v1/promotions/{id}/confirm", confirm_it, site, confirm),
        act("decline promotion", "/api/v1/promotions/{id}/decline", decline_it, site, decline),
        act("withdraw promotion", "/api/v1/promotions/{id}/withdraw", withdraw_it, site, withdraw),
    ]
}

const NO_ID: &str = "an id is a UUID";

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AskForPromotion)]
struct Ask {
    #[schema(value_type = String, example = "aegis-provisioning")]
    bundle: Bundle,
    #[schema(value_type = String, example = "v1.1.0")]
    version: Number,
    #[schema(value_type = String, example = "production")]
    environment: Environment,
    #[schema(min_length = 1, max_length = 2000)]
    reason: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ConfirmPromotion)]
struct Confirm {
    /// `seen` of the promotion; where something else is in force by now, this is refused.
    seen: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DeclinePromotion)]
struct Decline {
    #[schema(min_length = 1, max_length = 2000)]
    reason: String,
}

/// An act of which everything is said by its address: no body, or `{}`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// A promotion as the API tells it.
#[derive(Serialize)]
pub(super) struct Shown {
    id: Id<Promotion>,
    environment: Environment,
    bundle: Bundle,
    version: Number,
    asked_by: Who,
    asked_at: DateTime<Utc>,
    reason: String,
    seen: i64,
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<Decision>,
}

impl From<Promotion> for Shown {
    fn from(promotion: Promotion) -> Self {
        let state = promotion.state.to_string();
        let decision = match promotion.state {
            PromotionState::Asked => None,
            PromotionState::Confirmed { by, at } => Some(Decision { by: Some(by), at, said: String::new() }),
            PromotionState::Declined { by, at, reason } => Some(Decision { by: Some(by), at, said: reason }),
            PromotionState::Withdrawn { at } => Some(Decision { by: None, at, said: String::new() }),
        };
        Self {
            id: promotion.id,
            environment: promotion.environment,
            bundle: promotion.bundle,
            version: promotion.number,
            asked_by: promotion.asked_by,
            asked_at: promotion.asked_at,
            reason: promotion.reason,
            seen: promotion.seen,
            state,
            decision,
        }
    }
}

async fn list(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
) -> Result<Json<Page<Shown>>, Problem> {
    Ok(Page::whole(release::waiting(&portal, &actor).await?))
}

async fn show(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    at: At,
) -> Result<Json<Shown>, Problem> {
    Ok(Json(release::promotion(&portal, &actor, at.read("id", NO_ID)?).await?.into()))
}

async fn ask_for(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    Body(wanted): Body<Ask>,
) -> Result<Response, Problem> {
    let version = version_of(&portal, &actor, wanted.bundle, wanted.version).await?;
    let asked = release::ask(&portal, &actor, version, wanted.environment, &wanted.reason).await?;
    Ok(created(&format!("{ALL}/{}", asked.id), Shown::from(asked)))
}

async fn confirm_it(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    at: At,
    Body(Confirm { seen }): Body<Confirm>,
) -> Result<Json<Release>, Problem> {
    Ok(Json(release::confirm(&portal, &actor, at.read("id", NO_ID)?, seen).await?))
}

async fn decline_it(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    at: At,
    Body(Decline { reason }): Body<Decline>,
) -> Result<Json<Shown>, Problem> {
    Ok(Json(release::decline(&portal, &actor, at.read("id", NO_ID)?, &reason).await?.into()))
}

async fn withdraw_it(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    at: At,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Shown>, Problem> {
    Ok(Json(release::withdraw(&portal, &actor, at.read("id", NO_ID)?).await?.into()))
}
