//! The audit: who changed what, newest first.

use axum::{Extension, Json, extract::State};
use portal::{
    Actor, Portal,
    audit::{self, Entry, Filter},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Operation, look, read::Asked, shown::Page};
use crate::{problem::Problem, routes::Route, site::Site};

pub(super) fn routes(site: &Site) -> Vec<Route> {
    let all = Operation::new("Lists the audit's entries, newest first")
        .query::<Narrowed>()
        .lists("Entry", "100 at a time.");
    vec![look("list audit", "/api/v1/audit", list, site, all)]
}

#[derive(Deserialize, IntoParams)]
struct Narrowed {
    /// A part of a person's or token's name, or a job's whole name.
    by: Option<String>,
    /// An event's kind, such as `exception_approved`.
    kind: Option<String>,
    /// Words of the event, such as `EXC-001` or `production`.
    about: Option<String>,
    /// Only entries before this one.
    before: Option<i64>,
}

async fn list(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    Asked(asked): Asked<Narrowed>,
) -> Result<Json<Page<Entry>>, Problem> {
    let Narrowed { by, kind, about, before } = asked;
    let filter = Filter { by, kind, about, ..Filter::default() };
    let found = audit::list(&portal, &actor, filter, before).await?;
    Ok(Page::until(found, |last: &Entry| last.seq.to_string()))
}
