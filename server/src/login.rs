//! Who is asking: a bearer token, or the cookie of a session.

use std::time::Duration;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use portal::{
    Actor, Error,
    identity::{self, SecretKind, Void},
};

use crate::{live, problem::Problem, site::Site};

/// How long a request waits to learn who asks, when the database is slow.
const PATIENCE: Duration = Duration::from_secs(3);

/// Puts the actor into the request. It never rejects strangers: nobody in particular is `Anonymous`.
pub(crate) async fn who_asks(State(site): State<Site>, mut request: Request, next: Next) -> Response {
    let actor = match bearer(request.headers()) {
        Some(secret) => {
            let told = match told_at_once(&site, secret, &request) {
                Ok(Some(told)) => told,
                Ok(None) => in_time(identity::who_has_token(&site.portal, secret)).await,
                Err(too_often) => return *too_often,
            };
            match told {
                Ok(Ok(actor)) => {
                    identity::note_use(&site.portal, &actor);
                    Ok(actor)
                }
                Ok(Err(void)) => {
                    request.extensions_mut().insert(void);
                    Ok(Actor::Anonymous)
                }
                Err(error) => Err(error),
            }
        }
        None => match cookie(request.headers(), &site.cookies.session) {
            Some(secret) if is_unattended(&request) => {
                in_time(identity::who_left_session_open(&site.portal, &secret)).await
            }
            Some(secret) => in_time(identity::who_has_session(&site.portal, &secret)).await,
            None => Ok(Actor::Anonymous),
        },
    };
    let whence = site.limits.whence(&request);
    match actor {
        Ok(actor) => {
            // Tests put their actor in themselves.
            request.extensions_mut().get_or_insert(actor.coming_from(whence.address));
            request.extensions_mut().insert(whence);
            next.run(request).await
        }
        Err(error) if is_a_function(request.uri().path()) && !wants_a_page(request.headers()) => {
            let status = StatusCode::from_u16(error.status()).expect("a status we wrote");
            (status, axum::Json(app::Problem::Refused(error))).into_response()
        }
        Err(error) => Problem::from(error).into_response(),
    }
}

/// What is told of a token, if it can be without asking the database: those that the shelf knows, slips of the hand, and
/// whatever comes to OPA's routes, which go on with the database away.
///
/// # Errors
/// The answer to an address from which too many came that nobody has.
fn told_at_once(
    site: &Site,
    secret: &str,
    request: &Request,
) -> Result<Option<portal::Result<Result<Actor, Void>>>, Box<Response>> {
    let told = site.shelf.who_has_token(secret);
    match &told {
        // Those that are known are answered, whatever else comes from their address.
        Ok(known) if known.by().is_some() => return Ok(Some(told.map(Ok))),
        Ok(_) => site.limits.guess(request)?,
        Err(_) => {}
    }
    if identity::digest(SecretKind::Token, secret).is_none() {
        return Ok(Some(Ok(Err(Void::Malformed))));
    }
    let of_opa = request.uri().path().starts_with("/opa/");
    Ok(of_opa.then(|| told.map(|_| Err(Void::Unknown))))
}

/// Screens ask by server functions, and read their own words only.
pub(crate) fn is_a_function(path: &str) -> bool {
    path.starts_with("/api/") && !path.starts_with("/api/v1/")
}

async fn in_time<T>(asked: impl Future<Output = portal::Result<T>>) -> portal::Result<T> {
    tokio::time::timeout(PATIENCE, asked)
        .await
        .unwrap_or_else(|_| Err(Error::Unavailable("the database".into())))
}

pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Whether a page asks by itself, to keep up with changes: that is nobody's activity.
///
/// The page says so by a cookie: a server function is called without a header of ours. Whoever lies by it ends their
/// own session the sooner.
fn is_unattended(request: &Request) -> bool {
    request.uri().path() == live::PATH || cookie(request.headers(), app::live::UNATTENDED).is_some()
}

pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// Turns strangers away where the portal's door comes too late: a page is more than its data, and a body is
/// read before it. A browser that asks for a page is led to the sign-in page instead.
pub(crate) async fn turn_strangers_away(request: Request, next: Next) -> Response {
    match request.extensions().get() {
        None | Some(Actor::Anonymous) if wants_a_page(request.headers()) => {
            let to = if *request.method() == Method::GET {
                request.uri().path_and_query().map_or("/", |to| to.as_str()).to_owned()
            } else {
                page_behind(request.headers())
            };
            Redirect::to(&format!("/sign-in?to={}", escaped(&to))).into_response()
        }
        None | Some(Actor::Anonymous) => match request.extensions().get::<Void>() {
            Some(void) => void_token(void),
            None => Problem::from(Error::Unauthenticated).into_response(),
        },
        Some(_) => next.run(request).await,
    }
}

/// Says what is wrong with a token (RFC 6750, section 3.1).
fn void_token(void: &Void) -> Response {
    let mut response = Problem::new(StatusCode::UNAUTHORIZED, void.to_string()).into_response();
    let told = HeaderValue::from_static(r#"Bearer error="invalid_token""#);
    response.headers_mut().insert(header::WWW_AUTHENTICATE, told);
    response
}

/// Turns strangers away from server functions, in the words that a screen understands; a form that was sent there
/// without scripts is led to the sign-in page, and from there back to where it stood.
pub(crate) async fn tell_strangers(request: Request, next: Next) -> Response {
    if !matches!(request.extensions().get(), None | Some(Actor::Anonymous)) {
        return next.run(request).await;
    }
    if wants_a_page(request.headers()) {
        let page = page_behind(request.headers());
        return Redirect::to(&format!("/sign-in?to={}", escaped(&page))).into_response();
    }
    let problem = app::Problem::Refused(Error::Unauthenticated);
    (StatusCode::UNAUTHORIZED, axum::Json(problem)).into_response()
}

/// Whether a browser asks, by going somewhere or by sending a form.
pub(crate) fn wants_a_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// The page that a form was sent from.
pub(crate) fn page_behind(headers: &HeaderMap) -> String {
    let page = headers.get(header::REFERER).and_then(|page| page.to_str().ok());
    let page = page.and_then(|page| page.parse::<axum::http::Uri>().ok());
    page.as_ref().and_then(|page| page.path_and_query()).map_or("/", |page| page.as_str()).to_owned()
}

/// An address as it stands in a query.
pub(crate) fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn an_address_in_a_query_is_escaped() {
        assert_eq!(escaped("/a?b=c&d=é"), "/a%3Fb%3Dc%26d%3D%C3%A9");
    }
}
