//! The audit: who changed what, newest first.

use axum::{Extension, Json, extract::State, response::Response};
use portal::{
    Actor, Portal,
    audit::{
        self, Entry, Filter, Network, Source,
        log::{self, Consistency, Continued, Included},
    },
    list::Day,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::{
    Operation, ask, look,
    read::{Asked, Body},
    shown::Page,
};
use crate::{
    export,
    problem::Problem,
    routes::{Route, SMALL},
    site::Site,
};

pub(super) fn routes(site: &Site) -> Vec<Route> {
    let all = Operation::new("Lists the audit's entries, newest first")
        .query::<Narrowed>()
        .lists("Entry", "100 at a time.");
    let key = Operation::new("Tells the public key of the audit's log")
        .about(
            "In the verifier key format of signed notes (C2SP): what `aegis audit verify` takes as its key.",
        )
        .answers(200, "LogKey", "The key.");
    let consistency = Operation::new("Proves that the audit's log goes on from what it was")
        .about("RFC 6962, section 2.1.2: what `aegis audit verify` takes as `--consistency`.")
        .query::<Between>()
        .answers(200, "Consistency", "The proof.");
    let inclusion = Operation::new("Proves that the audit's log holds an entry")
        .about("RFC 6962, section 2.1.1.")
        .query::<Within>()
        .answers(200, "Inclusion", "The entry as it is hashed, and the proof.")
        .refuses("404", "The log has no such entry, or had none when it was of that size.");
    let packs = Operation::new("Makes a pack of evidence")
        .about(
            "What an auditor keeps of a period, as a zip: exceptions with their approvals, releases with their checks, \
             reviews of access, and the audit with its proofs; signed as a whole. `aegis audit verify` verifies it. \
             That it was made is an entry of the audit.",
        )
        .takes::<Days>()
        .answers_with(200, "application/zip", json!({ "type": "string", "format": "binary" }), "The pack.");
    vec![
        look("list audit", "/api/v1/audit", list, site, all),
        look("show audit key", "/api/v1/audit/key", key_of_log, site, key),
        look("prove consistency", "/api/v1/audit/consistency", consistent, site, consistency),
        look("prove inclusion", "/api/v1/audit/inclusion", included, site, inclusion),
        ask("make evidence pack", "/api/v1/audit/evidence-packs", pack, SMALL, site, packs),
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
struct Between {
    /// How many entries the earlier tree has.
    from: u64,
    /// How many the later one has; not there, as many as the newest checkpoint covers.
    to: Option<u64>,
}

#[derive(Serialize)]
struct Consistent {
    #[serde(flatten)]
    proof: Consistency,
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint: Option<String>,
}

async fn consistent(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    Asked(Between { from, to }): Asked<Between>,
) -> Result<Json<Consistent>, Problem> {
    let Continued { proof, checkpoint } = log::continued(&portal, &actor, from, to).await?;
    Ok(Json(Consistent { proof, checkpoint }))
}

#[derive(Deserialize, IntoParams)]
struct Within {
    /// The entry's number in the list: its `seq`.
    seq: i64,
    /// How many entries the tree has; not there, as many as the newest checkpoint covers.
    size: Option<u64>,
}

#[derive(Serialize)]
struct Inclusion {
    index: u64,
    size: u64,
    /// As it is hashed, byte by byte.
    entry: String,
    proof: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint: Option<String>,
}

async fn included(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    Asked(Within { seq, size }): Asked<Within>,
) -> Result<Json<Inclusion>, Problem> {
    let Included { index, size, entry, proof, checkpoint } =
        log::included(&portal, &actor, seq, size).await?;
    Ok(Json(Inclusion { index, size, entry, proof, checkpoint }))
}

/// The days of a pack of evidence.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Days {
    /// The first day, in UTC.
    #[schema(format = Date, examples("2026-05-01"))]
    since: String,
    /// The last day, at most a year later.
    #[schema(format = Date, examples("2026-05-31"))]
    until: String,
}

async fn pack(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    Body(Days { since, until }): Body<Days>,
) -> Result<Response, Problem> {
    Ok(export::pack::sent(portal, actor, &since, &until).await?)
}

#[derive(Deserialize, IntoParams)]
struct Narrowed {
    /// A part of a person's or token's name, or a job's whole name.
    by: Option<String>,
    /// An event's kind, such as `exception_approved`.
    kind: Option<String>,
    /// By whose hands: `person`, `token` or `job`.
    #[param(value_type = Option<String>)]
    source: Option<Source>,
    /// From where it was asked for: an address, or a network such as `10.8.0.0/16`.
    #[param(value_type = Option<String>)]
    from: Option<Network>,
    /// Words of the event, such as `EXC-001` or `production`.
    about: Option<String>,
    /// From this day on, in UTC, such as `2026-05-20`.
    #[param(value_type = Option<String>)]
    since: Option<Day>,
    /// To this day, with it.
    #[param(value_type = Option<String>)]
    until: Option<Day>,
    /// Only entries before this one.
    before: Option<i64>,
}

async fn list(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    Asked(asked): Asked<Narrowed>,
) -> Result<Json<Page<Entry>>, Problem> {
    let Narrowed { by, kind, source, from, about, since, until, before } = asked;
    let filter = Filter { by, kind, source, from, about, since, until };
    let found = audit::list(&portal, &actor, filter, before).await?;
    Ok(Page::until(found, |last: &Entry| last.seq.to_string()))
}
