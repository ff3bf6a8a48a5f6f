//! Decisions of either engine, newest first.

use axum::{Extension, Json, extract::State};
use portal::{
    Actor, Environment, Portal,
    decision::{self, Filter, Line},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    Operation,
    evaluate::of_token,
    look,
    read::{Asked, wrong},
    shown::Page,
};
use crate::{problem::Problem, routes::Route, site::Site};

pub(super) fn routes(site: &Site) -> Vec<Route> {
    let all = Operation::new("Lists decisions, newest first")
        .about(
            "Of all environments, or of the one that is named; a token of one environment sees that one's. A line says              who decided what and when; inputs and results are not told here.",
        )
        .query::<Narrowed>()
        .lists("LoggedDecision", "100 at a time.")
        .refuses("404", "There is no such environment.");
    vec![look("list decisions", "/api/v1/decisions", list, site, all)]
}

#[derive(Deserialize, IntoParams)]
struct Narrowed {
    /// Only those of this environment.
    #[param(value_type = Option<String>)]
    environment: Option<Environment>,
    /// A path such as `aegis/ai/pii`, and all below it.
    path: Option<String>,
    /// Only decisions before the one of this `decision_id`.
    before: Option<String>,
}

async fn list(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    Asked(Narrowed { environment, path, before }): Asked<Narrowed>,
) -> Result<Json<Page<Line>>, Problem> {
    let environment = match (of_token(&actor), environment) {
        (Some(own), Some(named)) if own != named => {
            return Err(wrong("environment", format!("this token is of {own} and of no other")));
        }
        (own, named) => own.or(named),
    };
    let found =
        decision::recent(&portal, &actor, Filter { environment, path, ..Filter::default() }, before).await?;
    Ok(Page::until(found, |last: &Line| last.decision_id.clone()))
}
