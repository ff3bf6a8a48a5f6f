//! Policies, as their newest versions have them.

use axum::{Extension, Json, extract::State};
use portal::{
    Actor, Policy, Portal,
    policy::{self, PolicyDetail},
};

use super::{Operation, look, read::At, shown::Page};
use crate::{problem::Problem, routes::Route, site::Site};

pub(super) fn routes(site: &Site) -> Vec<Route> {
    let all = Operation::new("Lists policies, by package").lists("Policy", "All policies.");
    let one = Operation::new("Shows a policy with its files, checks, tests and coverage").answers(
        200,
        "PolicyDetail",
        "The policy in its newest version, and where which version is in force.",
    );
    vec![
        look("list policies", "/api/v1/policies", list, site, all),
        look("show policy", "/api/v1/policies/{package}", show, site, one),
    ]
}

async fn list(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
) -> Result<Json<Page<Policy>>, Problem> {
    Ok(Page::whole(policy::list(&portal, &actor).await?))
}

async fn show(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    at: At,
) -> Result<Json<PolicyDetail>, Problem> {
    Ok(Json(policy::show(&portal, &actor, at.text("package")).await?))
}
