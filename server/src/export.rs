//! Lists taken away as files: all rows that a list's address asks for, and nothing else.
//!
//! An export is written down before its first row is sent. Rows go out as they are read, a thousand at a time, so that
//! no file is ever whole in memory.

use axum::{
    Extension, Form,
    body::Body,
    extract::{Path, State, rejection::FormRejection},
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
};
use futures_util::stream::try_unfold;
use portal::{
    Actor, Error, Invalid, Portal, audit, decision, exception,
    list::{ByTime, EXPORTED, Filter, List, Mark, NOT_EXPORTED, Page, Question, Sort, Start},
};
use serde::Deserialize;

use crate::{login::wants_a_page, problem::Problem};

mod csv;
pub(crate) mod pack;
mod row;

/// Rows that are read at once.
const BATCH: usize = 1000;
/// The same of decisions, each of which may be large.
const DECISIONS: usize = 100;
/// The audit with its checkpoints and proofs, as JSON Lines.
const LOG: &str = "audit-log";
/// What an auditor keeps of a period, as a zip.
const PACK: &str = "evidence-pack";
/// Bytes of the query of an address that a browser is led back to.
const LONGEST: usize = 2000;

/// What the button of a list's page sends.
#[derive(Deserialize)]
pub(crate) struct Wish {
    /// The query of the list's address.
    #[serde(default)]
    query: String,
    /// The days of a pack of evidence.
    #[serde(default)]
    since: String,
    #[serde(default)]
    until: String,
}

/// Sends a list as a file. A browser whose file is refused is led back to the list, which says why.
pub(crate) async fn export(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    Path(list): Path<String>,
    headers: HeaderMap,
    form: Result<Form<Wish>, FormRejection>,
) -> Response {
    let Ok(Form(Wish { query, since, until })) = form else {
        return Problem::from(Error::from(Invalid::new("query", "is a form's field"))).into_response();
    };
    if list == PACK {
        return pack::asked(portal, actor, &headers, &since, &until).await;
    }
    if list == LOG {
        return told(log(portal, actor, &query).await, &headers, &query, "/audit");
    }
    let (answer, page) = match list.parse() {
        Ok(List::Exceptions) => (exceptions(portal, actor, &query).await, "/exceptions"),
        Ok(List::Audit) => (entries(portal, actor, &query).await, "/audit"),
        Ok(List::Decisions) => (decisions(portal, actor, &query).await, "/decisions"),
        _ => return Problem::from(Error::NotFound("export".into())).into_response(),
    };
    told(answer, &headers, &query, page)
}

/// The file; or why there is none, on the list's page where a browser asked.
fn told(answer: portal::Result<Response>, headers: &HeaderMap, query: &str, page: &str) -> Response {
    match answer {
        Ok(file) => file,
        Err(error) if !wants_a_page(headers) => Problem::from(error).into_response(),
        Err(error) => {
            // What no address holds as it is cannot be led back to.
            let holds = query.len() <= LONGEST && query.bytes().all(|byte| byte.is_ascii_graphic());
            let query = if holds { query } else { "" };
            let and = if query.is_empty() { "" } else { "&" };
            Redirect::to(&format!("{page}?{query}{and}{NOT_EXPORTED}={}", error.status())).into_response()
        }
    }
}

/// What a query asks of a list, from its head on. A file must hold what it says, so all of it has to be read.
fn asked<F: Filter, S: Sort>(query: &str) -> portal::Result<Question<F, S>> {
    let (question, unread) = Question::<F, S>::read(query);
    match unread.first() {
        None => Ok(question.at(Start::Head)),
        Some(unread) => Err(Invalid::new("query", format!("{unread} could not be read")).into()),
    }
}

async fn exceptions(portal: Portal, actor: Actor, query: &str) -> portal::Result<Response> {
    let question = asked::<exception::Filter, exception::Order>(query)?;
    exception::exported(&portal, &actor, &question).await?;
    let (file, now) = (name(&portal, List::Exceptions), portal.now());
    let batch = move |start| {
        let (portal, actor, question) = (portal.clone(), actor.clone(), question.at(start));
        async move {
            let page = exception::batch(&portal, &actor, &question, BATCH).await?;
            Ok(written(page, |exception| row::exception(exception, now)))
        }
    };
    Ok(sent(&file, row::EXCEPTION.join(","), batch))
}

async fn entries(portal: Portal, actor: Actor, query: &str) -> portal::Result<Response> {
    let question = asked::<audit::Filter, ByTime>(query)?;
    let (_, last) = audit::exported(&portal, &actor, &question).await?;
    let file = name(&portal, List::Audit);
    let batch = move |start| {
        let (portal, actor, question) = (portal.clone(), actor.clone(), question.at(start));
        async move {
            let page = audit::batch(&portal, &actor, &question, BATCH, Some(last)).await?;
            Ok(written(page, row::entry))
        }
    };
    Ok(sent(&file, row::ENTRY.join(","), batch))
}

/// The audit as a file that holds without the portal.
async fn log(portal: Portal, actor: Actor, query: &str) -> portal::Result<Response> {
    let question = asked::<audit::Filter, ByTime>(query)?;
    let (exported, head) = audit::log::begin(&portal, &actor, &question).await?;
    let file = format!("audit-log-{}.jsonl", portal.now().format("%Y-%m-%d"));
    let begun = Some((0, 0, head));
    let lines = try_unfold(begun, move |left| {
        let (portal, actor, exported) = (portal.clone(), actor.clone(), exported.clone());
        async move {
            let Some((from, sent, before)) = left else { return Ok::<_, Error>(None) };
            let (lines, number, next) = audit::log::batch(&portal, &actor, &exported, from, sent).await?;
            Ok(Some((before + &lines, next.map(|from| (from, sent + number, String::new())))))
        }
    });
    Ok(file_of("application/jsonl", &file, Body::from_stream(lines)))
}

async fn decisions(portal: Portal, actor: Actor, query: &str) -> portal::Result<Response> {
    let question = asked::<decision::Filter, ByTime>(query)?;
    decision::exported(&portal, &actor, &question).await?;
    let file = name(&portal, List::Decisions);
    let batch = move |start| {
        let (portal, actor, question) = (portal.clone(), actor.clone(), question.at(start));
        async move {
            let page = decision::batch(&portal, &actor, &question, DECISIONS).await?;
            Ok(written(page, row::decision))
        }
    };
    Ok(sent(&file, row::DECISION.join(","), batch))
}

/// As in `exceptions-2026-05-20.csv`.
fn name(portal: &Portal, list: List) -> String {
    format!("{list}-{}.csv", portal.now().format("%Y-%m-%d"))
}

/// Some lines of a file, and where it goes on.
type Lines = (Vec<String>, Option<Mark>);

fn written<T>(page: Page<T>, row: impl Fn(&T) -> String) -> Lines {
    (page.rows.iter().map(row).collect(), page.after)
}

/// A file, batch by batch. Where one cannot be read, the transfer breaks off, and a browser says that the file is not
/// whole; so it does where a list grows faster than it is sent.
fn sent<F, R>(file: &str, head: String, batch: F) -> Response
where
    F: Fn(Start) -> R + Send + 'static,
    R: Future<Output = portal::Result<Lines>> + Send + 'static,
{
    let begun = Some((Start::Head, 0, head + "\r\n"));
    let lines =
        try_unfold((begun, batch), move |(left, batch): (Option<(Start, usize, String)>, F)| async move {
            let Some((start, sent, before)) = left else { return Ok::<_, Error>(None) };
            let (lines, after) = batch(start).await?;
            let sent = sent + lines.len();
            if sent as i64 > 2 * EXPORTED {
                return Err(Invalid::new("query", "asks for a list that grows faster than it is sent").into());
            }
            let next = after.map(|mark| (Start::After(mark), sent, String::new()));
            Ok(Some((before + &lines.concat(), (next, batch))))
        });
    file_of("text/csv; charset=utf-8; header=present", file, Body::from_stream(lines))
}

fn file_of(kind: &str, name: &str, body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, body).into_response()
}
