//! A folder of policies as it comes in: one `.tar.gz`, or several files of one form.

use std::collections::BTreeMap;

use axum::{
    Extension,
    extract::{FromRequest, Multipart, Request, State, multipart::MultipartError},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use bytes::Bytes;
use portal::{
    Actor, Changeset, policy,
    report::{Check, Fault},
};
use rego::folder::Folder;

use crate::{login::wants_a_page, problem::Problem, site::Site};

mod turns;
use turns::Turn;
pub use turns::Turns;
pub(crate) use turns::in_turn;

/// Bytes of a request that brings a folder: 32 MiB of archive, and the form around it.
pub(crate) const LARGEST: usize = (32 << 20) + (1 << 20);

/// What a form brought.
#[derive(Default)]
struct Form {
    note: String,
    archives: Vec<Bytes>,
    files: BTreeMap<String, Bytes>,
    twice: Vec<String>,
}

/// The page's form: whatever comes of it, the browser is led to the changeset that shows it.
pub(crate) async fn form(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    request: Request,
) -> Result<Response, Problem> {
    let (changeset, _) = take_in(&site, &actor, request).await?;
    Ok(Redirect::to(&format!("/changesets/{}", changeset.id)).into_response())
}

/// Leads a browser whose folder was not taken back to the form, which says why.
pub(crate) async fn lead_back(request: Request, next: Next) -> Response {
    let is_browser = wants_a_page(request.headers());
    let response = next.run(request).await;
    let status = response.status();
    if is_browser && (status.is_client_error() || status.is_server_error()) {
        return Redirect::to(&format!("/changesets/new?failed={}", status.as_u16())).into_response();
    }
    response
}

/// Takes a folder in, in whichever of its forms: `multipart/form-data` with the parts `note`, `archive` and
/// `files`, or the archive itself as the body, with the note in the query.
pub(crate) async fn take_in(
    site: &Site,
    actor: &Actor,
    request: Request,
) -> Result<(Changeset, bool), Problem> {
    // Held until the folder is checked and gone from memory, also where the caller has hung up by then.
    let turn = request.extensions().get::<Turn>().cloned();
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let form = if kind.is_some_and(|kind| kind.starts_with("multipart/form-data")) {
        let parts = Multipart::from_request(request, &()).await;
        read(parts.map_err(|refused| unreadable(refused.status(), refused.body_text()))?).await?
    } else {
        let note = note_of(request.uri().query().unwrap_or_default());
        let body = Bytes::from_request(request, &()).await;
        let body = body.map_err(|refused| unreadable(refused.status(), refused.body_text()))?;
        Form { note, archives: vec![body], ..Form::default() }
    };
    if form.is_empty() {
        let wanted = "choose a .tar.gz of the folder, or its files";
        return Err(Problem::field(StatusCode::UNPROCESSABLE_ENTITY, "archive", wanted));
    }
    let note = form.note.clone();
    let unpacking = turn.clone();
    let folder = tokio::task::spawn_blocking(move || {
        let folder = form.folder();
        drop(unpacking);
        folder
    });
    let folder = folder.await;
    let folder = folder
        .map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the folder could not be read"))?;
    let changeset = policy::push(&site.portal, actor, folder, &note).await?;
    drop(turn);
    let passed = changeset.passed;
    Ok((changeset, passed))
}

async fn read(mut parts: Multipart) -> Result<Form, Problem> {
    let bad = |error: MultipartError| unreadable(error.status(), error.body_text());
    let mut form = Form::default();
    while let Some(part) = parts.next_field().await.map_err(bad)? {
        let (name, file) = (part.name().unwrap_or_default().to_owned(), part.file_name().map(str::to_owned));
        let bytes = part.bytes().await.map_err(bad)?;
        match (name.as_str(), file) {
            ("note", _) => form.note = String::from_utf8_lossy(&bytes).into_owned(),
            // A browser sends a nameless, empty part for a field that was left alone.
            (_, Some(file)) if file.is_empty() && bytes.is_empty() => {}
            ("archive", _) => form.archives.push(bytes),
            ("files", Some(file)) => {
                if form.files.insert(file.clone(), bytes).is_some() {
                    form.twice.push(file);
                }
            }
            (other, _) => {
                let known = "a folder comes in the parts `archive`, or `files`, with a `note`";
                return Err(Problem::field(StatusCode::UNPROCESSABLE_ENTITY, other, known));
            }
        }
    }
    Ok(form)
}

/// A body that is too long, was cut off, or is not the form that it says it is.
fn unreadable(status: StatusCode, reason: String) -> Problem {
    let reason =
        if status == StatusCode::PAYLOAD_TOO_LARGE { "longer than this route takes".into() } else { reason };
    Problem::field(status, "body", reason)
}

impl Form {
    /// Whether nothing came that could be a folder: then there is nothing to keep and show either.
    fn is_empty(&self) -> bool {
        self.archives.iter().all(Bytes::is_empty) && self.files.is_empty()
    }

    fn folder(self) -> Result<Folder, Vec<Fault>> {
        let fault = |file: &str, reason: &str| {
            vec![Fault {
                check: Check::Folder,
                file: file.into(),
                line: None,
                rule: None,
                reason: reason.into(),
            }]
        };
        if let Some(twice) = self.twice.first() {
            return Err(fault(twice, "two files of the form have this name"));
        }
        match (self.archives.as_slice(), self.files.is_empty()) {
            ([archive], true) => Folder::from_archive(archive),
            ([], _) => Folder::from_files(self.files),
            _ => Err(fault("", "a folder is one .tar.gz, or several files, and not both")),
        }
    }
}

/// The query's `note`.
fn note_of(query: &str) -> String {
    let pairs = axum::extract::Query::<BTreeMap<String, String>>::try_from_uri(
        &format!("/?{query}").parse().unwrap_or_default(),
    );
    pairs.ok().and_then(|pairs| pairs.get("note").cloned()).unwrap_or_default()
}
