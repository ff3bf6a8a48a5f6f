//! Pages that the app lays out around something of ours: a form that came back, or a main part that is written already.

use app::written::Written;
use axum::{
    body::Body,
    extract::Request,
    http::{StatusCode, Uri, header, request::Parts},
    response::{IntoResponse, Response},
};
use leptos::prelude::provide_context;
use leptos_axum::render_app_async_with_context;
use portal::Error;

use crate::{login::wants_a_page, problem::Problem, safe::headers, site::Site};

/// The page at `address` for whoever asked, with `around` as what it is laid out around. Its status is what the page says,
/// and `status` where that finds nothing wrong.
pub(crate) async fn page_around<T>(
    site: &Site,
    parts: &Parts,
    address: &str,
    status: StatusCode,
    around: T,
) -> Response
where
    T: Clone + Send + Sync + 'static,
{
    let mut asked = Request::new(Body::empty());
    *asked.uri_mut() = address.parse::<Uri>().unwrap_or_default();
    *asked.headers_mut() = parts.headers.clone();
    for gone in [header::CONTENT_LENGTH, header::CONTENT_TYPE] {
        asked.headers_mut().remove(gone);
    }
    *asked.extensions_mut() = parts.extensions.clone();
    let (portal, options) = (site.portal.clone(), site.options.clone());
    let context = move || {
        provide_context(portal.clone());
        provide_context(around.clone());
        headers::provide_nonce();
    };
    let mut response =
        render_app_async_with_context(context, move || app::shell(options.clone()))(asked).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = status;
    }
    response
}

/// The page that was asked for, or to which a form was sent, with this as its main part.
pub(crate) async fn written(site: &Site, parts: &Parts, status: StatusCode, main: Written) -> Response {
    let main = Written { is_answer: !parts.method.is_safe(), ..main };
    page_around(site, parts, address(parts), status, main).await
}

/// The same where somebody may not see it, or it is not there; what else is wrong is told without asking for more.
pub(crate) async fn refused(site: &Site, parts: &Parts, error: Error) -> Response {
    let is_told_within = matches!(error, Error::Forbidden(_) | Error::NotFound(_));
    if !is_told_within || !wants_a_page(&parts.headers) {
        return Problem::from(error).into_response();
    }
    let status = StatusCode::from_u16(error.status()).expect("a status we wrote");
    written(site, parts, status, Written::refused(error, parts.extensions.get())).await
}

/// The address that was asked for, within this site.
pub(crate) fn address(parts: &Parts) -> &str {
    parts.uri.path_and_query().map_or("/", |address| address.as_str())
}
