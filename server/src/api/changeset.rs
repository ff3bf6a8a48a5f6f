//! Changesets: a folder put up for checks, and what came of it.

use axum::{
    Extension, Json,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};
use portal::{
    Actor, Changeset, Portal,
    policy::{self, ChangesetLine, VersionRef},
};
use serde::Serialize;
use serde_json::json;
use utoipa::IntoParams;

use super::{
    Operation, act_on_much, look,
    read::At,
    shown::{Page, created},
};
use crate::{
    import,
    problem::Problem,
    routes::{Route, by_turns},
    site::Site,
};

const ALL: &str = "/api/v1/changesets";

pub(super) fn routes(site: &Site) -> Vec<Route> {
    let all = Operation::new("Lists changesets, newest first")
        .about("The newest hundred, also those that were refused.")
        .lists("ChangesetLine", "Changesets, a line each.");
    let one = Operation::new("Shows a changeset with all that its checks found").answers(
        200,
        "Changeset",
        "The changeset.",
    );
    let push = Operation::new("Puts a folder of policies up for checks")
        .about(
            "The folder is one `.tar.gz` (at most 32 MiB packed, 128 MiB unpacked, 10,000 files, 1 MiB a Rego file), or \
             several files of one form. It is judged as a whole: refused with every fault, and then nothing changes, or \
             passed, and each bundle that it touches has a version that holds exactly these files. A few folders are \
             checked at once; one whose turn does not come within a quarter of a minute is 503, to be sent again.",
        )
        .query::<Note>()
        .takes_raw("application/gzip", json!({ "type": "string", "format": "binary" }))
        .takes_raw("multipart/form-data", form())
        .answers(201, "Pushed", "It passed; these are its versions.")
        .answers_with(
            422,
            "application/problem+json",
            super::operation::of("RefusedChangeset"),
            "It did not pass: `errors` has every fault, and `changeset` where they stand. Or a field is wrong.",
        )
        .refuses("408", "The folder took longer than a minute to arrive.");
    vec![
        look("list changesets", ALL, list, site, all),
        by_turns(act_on_much("push folder", ALL, push_folder, import::LARGEST, site, push), site),
        look("show changeset", "/api/v1/changesets/{id}", show, site, one),
    ]
}

fn form() -> serde_json::Value {
    let file = json!({ "type": "string", "format": "binary" });
    json!({ "type": "object", "properties": {
        "archive": file,
        "files": { "type": "array", "items": file, "description": "Each under its path within the folder." },
        "note": { "type": "string", "maxLength": 500 },
    }})
}

#[derive(IntoParams)]
struct Note {
    /// What changes, in a line; a form has a part of that name instead.
    #[expect(dead_code, reason = "read together with the folder")]
    note: Option<String>,
}

/// What a folder that passed became.
#[derive(Serialize)]
struct Pushed {
    id: portal::Id<Changeset>,
    number: i64,
    note: String,
    passed: bool,
    versions: Vec<VersionRef>,
}

async fn list(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
) -> Result<Json<Page<ChangesetLine>>, Problem> {
    Ok(Page::whole(policy::changesets(&portal, &actor).await?))
}

async fn show(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    at: At,
) -> Result<Json<Changeset>, Problem> {
    Ok(Json(policy::changeset(&portal, &actor, at.read("id", "an id is a UUID")?).await?))
}

async fn push_folder(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    request: Request,
) -> Result<Response, Problem> {
    let (changeset, passed) = import::take_in(&site, &actor, request).await?;
    if !passed {
        return Err(refused(&changeset));
    }
    let Changeset { id, number, note, versions, .. } = changeset;
    Ok(created(&format!("{ALL}/{id}"), Pushed { id, number, note, passed, versions }))
}

fn refused(changeset: &Changeset) -> Problem {
    let faults: Vec<_> = changeset.report.faults().collect();
    let title = format!("changeset {} did not pass, and nothing changed", changeset.number);
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, title)
        .with("errors", json!(faults))
        .with("changeset", json!({ "id": changeset.id, "number": changeset.number }))
}
