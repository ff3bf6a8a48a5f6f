//! Environments, in the order in which versions move through them.

use axum::{Extension, Json, extract::State};
use portal::{
    Actor, Portal,
    environment::{self, Place},
};

use super::{Operation, look, shown::Page};
use crate::{problem::Problem, routes::Route, site::Site};

pub(super) fn routes(site: &Site) -> Vec<Route> {
    let all = Operation::new("Lists environments, in the order in which versions move through them")
        .lists("Environment", "All environments.");
    vec![look("list environments", "/api/v1/environments", list, site, all)]
}

async fn list(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
) -> Result<Json<Page<Place>>, Problem> {
    Ok(Page::whole(environment::list(&portal, &actor).await?))
}
