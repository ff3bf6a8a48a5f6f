//! The audit: who changed what, newest first.

use axum::{Extension, Json, extract::State};
use portal::{
    Actor, Portal,
    audit::{self, Entry, Filter},
};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::{Operation, look, read::Asked, shown::Page};
use crate::{problem::Problem, routes::Route, site::Site};

pub(super) fn routes(site: &Site) -> Vec<Route> {
    let all = Operation::new("Lists the audit's entries, newest first")
        .query::<Narrowed>()
        .lists("Entry", "100 at a time.");
    let key = Operation::new("Tells the public key of the audit's log")
        .about(
            "In the verifier key format of signed notes (C2SP): what `aegis audit verify` takes as its key.",
        )
        .answers(200, "LogKey", "The key.");
    vec![
        look("list audit", "/api/v1/audit", list, site, all),
        look("show audit key", "/api/v1/audit/key", key_of_log, site, key),
    ]
}

/// The log's public key.
#[derive(Serialize)]
struct LogKey {
    key: String,
}

async fn key_of_log(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
) -> Result<Json<LogKey>, Problem> {
    Ok(Json(LogKey { key: audit::log::key(&portal, &actor).await? }))
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
