//! What went wrong, under a reference: whoever runs the portal finds the request by it, and a browser that asked for a
//! page gets one in every case.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header, request::Parts},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use uuid::Uuid;

use crate::{login::wants_a_page, problem::Told};

/// Under which an answer tells its reference, also where all is well.
const REFERENCE: HeaderName = HeaderName::from_static("x-request-id");

/// Gives every request its reference, writes down what went wrong with it, and turns a problem document into a page
/// where a browser asked for one.
pub(crate) async fn refer(mut request: Request, next: Next) -> Response {
    let reference = Uuid::now_v7().to_string();
    request.extensions_mut().insert(app::Reference(reference.clone()));
    let asked = Asked::of(&request);
    let mut response = next.run(request).await;
    asked.tell(response.status(), &reference);
    if asked.for_a_page
        && let Some(Told { title }) = response.extensions().get::<Told>().cloned()
    {
        response = asked.page(&response, &title, &reference);
    }
    let value = HeaderValue::from_str(&reference).expect("it is of plain letters");
    response.headers_mut().insert(REFERENCE, value);
    response
}

/// What is needed of a request once it has been answered.
struct Asked {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    /// Programs and OPA are told by documents, whatever they say that they accept.
    for_a_page: bool,
    for_machines: bool,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let for_machines = ["/api/v1/", "/opa/"].iter().any(|start| request.uri().path().starts_with(start));
        let for_a_page = !for_machines && wants_a_page(request.headers());
        Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            // Only a page needs them, for its theme.
            headers: if for_a_page { request.headers().clone() } else { HeaderMap::new() },
            for_a_page,
            for_machines,
        }
    }

    /// The line that whoever runs the portal looks for. What machines are refused is not theirs to look for.
    fn tell(&self, status: StatusCode, reference: &str) {
        let (method, path) = (&self.method, self.uri.path());
        match status {
            status if status.is_server_error() => {
                tracing::error!(%reference, status = status.as_u16(), %method, path, "a request failed");
            }
            StatusCode::FORBIDDEN | StatusCode::NOT_FOUND if !self.for_machines => {
                tracing::info!(%reference, status = status.as_u16(), %method, path, "a request was refused");
            }
            _ => {}
        }
    }

    fn page(&self, problem: &Response, title: &str, reference: &str) -> Response {
        let mut request = Request::new(());
        (*request.headers_mut(), *request.uri_mut()) = (self.headers.clone(), self.uri.clone());
        let (parts, ()): (Parts, ()) = request.into_parts();
        let html =
            app::error_page(parts, problem.status().as_u16(), title, app::Reference(reference.to_owned()));
        let mut page = (problem.status(), Html(html)).into_response();
        if let Some(after) = problem.headers().get(header::RETRY_AFTER) {
            page.headers_mut().insert(header::RETRY_AFTER, after.clone());
        }
        page
    }
}
