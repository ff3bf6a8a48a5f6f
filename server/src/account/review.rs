//! Access reviews.

use std::collections::HashSet;

use app::{
    CameBack,
    access::{CONFIRM, REMOVE, ReviewPage, SHOWN, review_page},
};
use axum::{
    Extension,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};
use portal::{Actor, identity};

use super::{Asked, No, SIGNED_IN, can_be_mended, kept, not_done};
use crate::{
    fields::{Fields, wrong},
    problem::Problem,
    render::{refused, written},
    site::Site,
};

const PAGE: &str = "/access/review";
// A form of all that a review may be of travels through a sign-in.
const _: () =
    assert!(identity::MOST_REVIEWED * "00112233445566778899=confirm&".len() + 100 < identity::KEPT_FORM);

pub(crate) async fn show(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    match identity::to_review(&site.portal, &actor).await {
        Ok(to_review) => {
            let main = review_page(&actor, ReviewPage { to_review, kept: None });
            written(&site, &parts, StatusCode::OK, main).await
        }
        Err(error) => refused(&site, &parts, error).await,
    }
}

pub(crate) async fn review(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    request: Request,
) -> Response {
    let asked = match Asked::read(request, actor, PAGE).await {
        Ok(asked) if asked.came_back => return again(&site, asked, SIGNED_IN).await,
        Ok(asked) => asked,
        Err(answer) => return *answer,
    };
    match deed(&site, &asked.actor, &asked.fields).await {
        Err(No::Refused(error)) if can_be_mended(&error) => again(&site, asked, not_done(&error)).await,
        done => asked.answer(&site, done, what).await,
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

/// What was confirmed, and what removed, by the names of grants.
fn decided(fields: &Fields) -> Result<(HashSet<String>, HashSet<String>), Problem> {
    let of = |word: &str| {
        let these = fields.pairs().filter(|(name, value)| *value == word && is_a_key(name));
        these.map(|(name, _)| name.to_owned()).collect::<HashSet<_>>()
    };
    let (confirmed, removed) = (of(CONFIRM), of(REMOVE));
    if confirmed.len() + removed.len() != fields.needed::<usize>(SHOWN)? {
        return Err(wrong("decision", "each grant is confirmed or removed"));
    }
    Ok((confirmed, removed))
}

/// Whether it names a grant; the rest of the form is of other things.
fn is_a_key(name: &str) -> bool {
    name.len() == 20 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

async fn again(site: &Site, asked: Asked, (status, came_back): (StatusCode, CameBack)) -> Response {
    let Asked { parts, actor, fields, .. } = asked;
    match identity::to_review(&site.portal, &actor).await {
        Ok(to_review) => {
            let shown = ReviewPage { to_review, kept: Some(kept(&fields, came_back)) };
            written(site, &parts, status, review_page(&actor, shown)).await
        }
        Err(error) => refused(site, &parts, error).await,
    }
}
