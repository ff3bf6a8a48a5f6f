//! Access reviews.

use app::access::{ReviewPage, review_page};
use axum::{
    Extension,
    extract::{Request, State},
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use portal::{
    Actor, Error,
    identity::{self, Reviewed},
};

use super::{Asked, No, can_be_mended, kept};
use crate::{
    fields::{Fields, wrong},
    problem::Problem,
    site::Site,
};

const PAGE: &str = "/access/review";
/// Grants of one form.
const MOST: usize = 2_000;

pub(crate) async fn show(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    match identity::to_review(&site.portal, &actor).await {
        Ok(to_review) => {
            Html(review_page(parts, &actor, ReviewPage { to_review, kept: None })).into_response()
        }
        Err(error) => Problem::from(error).into_response(),
    }
}

pub(crate) async fn review(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    request: Request,
) -> Response {
    let asked = match Asked::read(request, actor, PAGE, what).await {
        Ok(asked) => asked,
        Err(answer) => return *answer,
    };
    match deed(&site, &asked.actor, &asked.fields).await {
        Err(No::Refused(error)) if can_be_mended(&error) => again(&site, asked, &error).await,
        done => asked.answer(done, what),
    }
}

fn what(fields: &Fields) -> String {
    match decided(fields) {
        Ok((confirmed, removed)) => {
            format!("Put on record: {} confirmed, {} removed", confirmed.len(), removed.len())
        }
        Err(_) => "Put the review on record".to_owned(),
    }
}

async fn deed(site: &Site, actor: &Actor, fields: &Fields) -> Result<(), No> {
    let (confirmed, removed) = decided(fields)?;
    Ok(identity::review(&site.portal, actor, confirmed, removed).await?)
}

/// What was confirmed, and what removed.
fn decided(fields: &Fields) -> Result<(Vec<Reviewed>, Vec<Reviewed>), Problem> {
    let (mut confirmed, mut removed) = (vec![], vec![]);
    let said = fields.by_name();
    let get = |name: String| said.get(name.as_str()).copied();
    for at in 0..MOST {
        let Some(grant) = get(format!("grant-{at}")) else { break };
        let grant: Reviewed = serde_json::from_str(grant).map_err(|_| wrong("grant", "cannot be read"))?;
        match get(format!("decision-{at}")) {
            Some("confirm") => confirmed.push(grant),
            Some("remove") => removed.push(grant),
            _ => return Err(wrong("decision", "each grant is confirmed or removed")),
        }
    }
    Ok((confirmed, removed))
}

async fn again(site: &Site, asked: Asked, error: &Error) -> Response {
    let Asked { parts, actor, fields, .. } = asked;
    let status = StatusCode::from_u16(error.status()).expect("a status we wrote");
    match identity::to_review(&site.portal, &actor).await {
        Ok(to_review) => {
            let shown = ReviewPage { to_review, kept: Some(kept(&fields, error)) };
            (status, Html(review_page(parts, &actor, shown))).into_response()
        }
        Err(error) => Problem::from(error).into_response(),
    }
}
