//! A browser sends a session's cookie along whoever makes it send a request, so a change has to come from a page of
//! ours (OWASP, "Cross-Site Request Forgery Prevention").

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    login::{bearer, cookie},
    problem::Problem,
    site::Site,
};

/// Whose page sent a request, by what its browser says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sender {
    OurPage,
    /// Another site's, or another host's below the same domain.
    OtherPage,
    /// A program, or a browser of before 2020.
    Unsaid,
}

/// Refuses changes that another site's page sent, and those that come with a session's cookie and do not say that a
/// page of ours did. A sign-in has no session yet: by the first of the two nobody is signed in by another's page.
///
/// Where a token and a session come together, it is refused to guess whose deed it is.
pub(crate) async fn of_our_pages(State(site): State<Site>, request: Request, next: Next) -> Response {
    let token = bearer(request.headers()).is_some();
    let session = cookie(request.headers(), &site.cookies.session).is_some();
    if token && session {
        let why = "this request has a token and a session's cookie: a program sends its token alone";
        return Problem::new(StatusCode::BAD_REQUEST, why).into_response();
    }
    let looks = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if token || looks {
        return next.run(request).await;
    }
    let why = match sender(&site, request.uri().authority(), request.headers()) {
        Sender::OtherPage => "this change came from a page of another site, so nothing was done",
        Sender::Unsaid if session => {
            "this change does not say that a page of ours sent it, so nothing was done: \
             a program sends a token, and no session's cookie"
        }
        Sender::OurPage | Sender::Unsaid => return next.run(request).await,
    };
    tracing::warn!(path = request.uri().path(), why, "a change was refused");
    Problem::new(StatusCode::FORBIDDEN, why).into_response()
}

/// `Sec-Fetch-Site` tells it of addresses that browsers trust; to the others they send an `Origin` alone.
fn sender(site: &Site, authority: Option<&Authority>, headers: &HeaderMap) -> Sender {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let ours = match (text("sec-fetch-site"), text(header::ORIGIN.as_str())) {
        (Some(from), _) => from == "same-origin",
        (None, Some(origin)) => match &site.provider {
            Some(provider) => origin == provider.portals_origin(),
            // Here every host that is let in is this machine, so the one that was asked is ours.
            None => {
                let host = text(header::HOST.as_str()).or(authority.map(Authority::as_str));
                host.is_some_and(|host| origin.strip_prefix("http://") == Some(host))
            }
        },
        (None, None) => return Sender::Unsaid,
    };
    if ours { Sender::OurPage } else { Sender::OtherPage }
}
