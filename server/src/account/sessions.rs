//! Where somebody is signed in.

use axum::{
    Extension,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use portal::{Actor, identity};

use crate::{
    fields::Fields,
    login::cookie,
    problem::Problem,
    render::{refused, written},
    site::Site,
};

pub(crate) async fn sessions(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    let here = cookie(&parts.headers, &site.cookies.session).unwrap_or_default();
    match identity::my_sessions(&site.portal, &actor, &here).await {
        Ok(opened) => written(&site, &parts, StatusCode::OK, app::sessions_page(opened)).await,
        Err(error) => refused(&site, &parts, error).await,
    }
}

pub(crate) async fn end_session(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    fields: Fields,
) -> Response {
    let session = match fields.needed("session") {
        Ok(session) => session,
        Err(problem) => return problem.into_response(),
    };
    match identity::end_my_session(&site.portal, &actor, session).await {
        Ok(()) => Redirect::to("/sessions#main").into_response(),
        Err(error) => Problem::from(error).into_response(),
    }
}
