//! Forms as a browser without scripts sends them: to the page on which they stand.
//!
//! What a form asks for is done by the server function that it names, and the browser is led on. What is refused is
//! answered with the page again, around what was typed. That is kept nowhere but in the answer: a form whose
//! session has ended goes through the sign-in page, comes back filled in, and is sent again by hand, for somebody
//! else may have signed in.

use app::{CameBack, Kept, sign_in::KEPT, ui::ACT};
use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use leptos::{prelude::provide_context, server_fn::axum::server_fn_paths};
use leptos_axum::handle_server_fns_with_context;
use portal::Actor;

use crate::{
    fields::Fields,
    login::{escaped, page_behind, turn_strangers_away, wants_a_page},
    problem::Problem,
    render::{address, page_around},
    routes::SMALL,
    site::Site,
};

/// Turns strangers away, but not what they typed: a form goes through the sign-in page and comes back.
pub(crate) async fn keep_what_strangers_typed(
    State(site): State<Site>,
    request: Request,
    next: Next,
) -> Response {
    let stranger = matches!(request.extensions().get(), None | Some(Actor::Anonymous));
    if !stranger || !wants_a_page(request.headers()) {
        return turn_strangers_away(request, next).await;
    }
    let (parts, body) = request.into_parts();
    match Fields::read(&parts.headers, body).await {
        Ok(fields) => sign_in_page(&site, &parts, address(&parts), fields).await,
        Err(problem) => problem.into_response(),
    }
}

/// A form, sent to its page.
pub(crate) async fn take(State(site): State<Site>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let fields = match Fields::read(&parts.headers, body).await {
        Ok(fields) => fields,
        Err(problem) => return problem.into_response(),
    };
    let page = address(&parts).to_owned();
    if let Some(kept) = fields.get(KEPT) {
        let kept = kept_form(Fields::of(kept.as_bytes()), CameBack::SignedIn);
        return page_around(&site, &parts, &page, StatusCode::OK, kept).await;
    }
    match fields.get(ACT).map(str::to_owned) {
        Some(act) if is_act(&act) => answer(&site, &parts, &act, &page, fields).await,
        _ => Problem::field(StatusCode::UNPROCESSABLE_ENTITY, ACT, "names nothing that a form can ask for")
            .into_response(),
    }
}

/// A form that was sent to a server function itself.
pub(crate) async fn take_direct(site: &Site, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (act, page) = (parts.uri.path().to_owned(), page_behind(&parts.headers));
    match Fields::read(&parts.headers, body).await {
        Ok(fields) => answer(site, &parts, &act, &page, fields).await,
        Err(problem) => problem.into_response(),
    }
}

/// Asks the server function, and leads on or back.
async fn answer(site: &Site, parts: &Parts, act: &str, page: &str, fields: Fields) -> Response {
    let portal = site.portal.clone();
    let asked = ask(parts, act, &fields);
    let response =
        handle_server_fns_with_context(move || provide_context(portal.clone()), asked).await.into_response();
    if response.status().is_success() {
        return lead_on(response.headers(), page);
    }
    let status = response.status();
    let body = to_bytes(response.into_body(), SMALL).await.unwrap_or_default();
    let problem = serde_json::from_slice(&body).unwrap_or(app::Problem::Unreachable);
    let kept = Kept::new(act, fields.into_pairs(), CameBack::NotDone(problem));
    page_around(site, parts, page, status, kept).await
}

/// The same question as a script would ask it.
fn ask(parts: &Parts, act: &str, fields: &Fields) -> Request {
    let mut asked = Request::new(Body::from(fields.encoded()));
    *asked.method_mut() = Method::POST;
    *asked.uri_mut() = act.parse().unwrap_or_default();
    *asked.headers_mut() = parts.headers.clone();
    asked.headers_mut().remove(header::CONTENT_LENGTH);
    asked.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    *asked.extensions_mut() = parts.extensions.clone();
    asked
}

/// To where the server function leads, else back to the page. It may have set a cookie.
fn lead_on(told: &HeaderMap, page: &str) -> Response {
    let to = told.get(header::LOCATION).and_then(|to| to.to_str().ok()).unwrap_or(page);
    let mut response = Redirect::to(to).into_response();
    for cookie in told.get_all(header::SET_COOKIE) {
        response.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    response
}

/// Where nobody is signed in any more: the sign-in page, which carries the form along.
async fn sign_in_page(site: &Site, parts: &Parts, page: &str, fields: Fields) -> Response {
    let sign_in = format!("/sign-in?to={}", escaped(page));
    let kept = kept_form(fields, CameBack::SignedIn);
    page_around(site, parts, &sign_in, StatusCode::UNAUTHORIZED, kept).await
}

fn kept_form(fields: Fields, came_back: CameBack) -> Kept {
    let act = fields.get(ACT).unwrap_or_default().to_owned();
    Kept::new(&act, fields.into_pairs(), came_back)
}

fn is_act(path: &str) -> bool {
    server_fn_paths().any(|(known, method)| known == path && method == Method::POST)
}

#[cfg(test)]
mod tests {
    use super::is_act;

    #[test]
    fn a_form_asks_server_functions_and_nothing_else() {
        assert!(is_act("/api/exception/request"));
        for other in
            ["", "/", "/sign-out", "/api/v1/exceptions", "https://evil.example/api/exception/request"]
        {
            assert!(!is_act(other), "{other}");
        }
    }
}
