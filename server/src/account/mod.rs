//! Pages of plain forms: one's own sessions and tokens, and, for whoever manages access, everybody's.

use std::str::FromStr;

use app::{CameBack, Held, Kept, held_page, sign_in::KEPT};
use axum::{
    extract::Request,
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use portal::{Actor, Error};

use crate::{
    fields::Fields,
    problem::Problem,
    render::{refused, written},
    site::Site,
};

mod people;
mod review;
mod sessions;
mod tokens;
mod why;

pub(crate) use people::{manage, people};
pub(crate) use review::{review, show as show_review};
pub(crate) use sessions::{end_session, sessions};
pub(crate) use tokens::{act as act_on_tokens, tokens};
pub(crate) use why::why;

/// An act that was asked for by a form.
struct Asked {
    parts: Parts,
    actor: Actor,
    fields: Fields,
    page: &'static str,
    /// Whether it comes through the sign-in, to be looked over: somebody else may have signed in.
    came_back: bool,
}

/// Why it was not done.
enum No {
    /// By the portal's word.
    Refused(Error),
    /// What was sent makes no sense.
    Problem(Problem),
}

impl From<Error> for No {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<Problem> for No {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl Asked {
    /// # Errors
    /// The answer to what is no form.
    async fn read(request: Request, actor: Actor, page: &'static str) -> Result<Self, Box<Response>> {
        let (parts, body) = request.into_parts();
        let fields = Fields::read(&parts.headers, body).await;
        let fields = fields.map_err(|problem| Box::new(problem.into_response()))?;
        let kept = fields.get(KEPT).map(|kept| Fields::of(kept.as_bytes()));
        let came_back = kept.is_some();
        Ok(Self { parts, actor, fields: kept.unwrap_or(fields), page, came_back })
    }

    /// Leads back to the page where it was done; asks for a fresher proof where it takes that.
    async fn answer(self, site: &Site, done: Result<(), No>, what: fn(&Fields) -> String) -> Response {
        match done {
            // From the top of what is new, by keyboard too.
            Ok(()) => Redirect::to(&format!("{}#main", self.page)).into_response(),
            Err(No::Refused(Error::Unproven)) => self.hold(site, what).await,
            Err(No::Refused(error)) => refused(site, &self.parts, error).await,
            Err(No::Problem(problem)) => problem.into_response(),
        }
    }

    async fn hold(self, site: &Site, what: fn(&Fields) -> String) -> Response {
        let Self { parts, fields, page, .. } = self;
        let held = Held { what: what(&fields), page, fields: fields.into_pairs() };
        written(site, &parts, StatusCode::UNAUTHORIZED, held_page(held)).await
    }
}

/// Characters of what could not be read that a page shows.
const LONGEST: usize = 100;

/// From where on a list goes, as its address says it under this name; what of that could not be read.
fn start<T: FromStr>(parts: &Parts, name: &str) -> (Option<T>, Vec<String>) {
    let query = parts.uri.query().unwrap_or_default();
    let Some((_, said)) = form_urlencoded::parse(query.as_bytes()).find(|(said, _)| said == name) else {
        return (None, vec![]);
    };
    match said.parse() {
        Ok(start) => (Some(start), vec![]),
        Err(_) => (None, vec![format!("{name}={}", said.chars().take(LONGEST).collect::<String>())]),
    }
}

/// Why a form is shown again, and with which status.
fn not_done(error: &Error) -> (StatusCode, CameBack) {
    let status = StatusCode::from_u16(error.status()).expect("a status we wrote");
    (status, CameBack::NotDone(app::Problem::Refused(error.clone())))
}

const SIGNED_IN: (StatusCode, CameBack) = (StatusCode::OK, CameBack::SignedIn);

/// The form as it was sent, for the page that says why nothing was done.
fn kept(fields: &Fields, came_back: CameBack) -> Kept {
    Kept::new("", fields.clone().into_pairs(), came_back)
}

/// Whether a form that was refused for this is shown again: it can be mended there.
fn can_be_mended(error: &Error) -> bool {
    matches!(error, Error::Invalid(_) | Error::Identity(_))
}
