//! A portal without an identity provider is for the machine it runs on, and for nobody behind it.

use axum::{
    extract::Request,
    http::{HeaderMap, StatusCode, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::net::IpAddr;

use crate::{problem::Problem, provider::TO_SET};

/// Refuses what was sent to another name than this machine's, or came on from elsewhere: a page of another site may
/// have its name lead here (DNS rebinding), and a proxy brings strangers, who could sign in as anybody.
pub(crate) async fn only_from_here(request: Request, next: Next) -> Response {
    match of_elsewhere(request.uri().authority(), request.headers()) {
        None => next.run(request).await,
        Some(what) => {
            tracing::warn!(what, path = request.uri().path(), "a request from elsewhere was refused");
            let why = format!(
                "this portal has no identity provider, so it answers this machine alone, and {what}: \
                 its operator sets {TO_SET}"
            );
            Problem::new(StatusCode::FORBIDDEN, why).into_response()
        }
    }
}

/// What tells that a request is not of this machine.
///
/// By HTTP/2, and through a proxy, the host stands in the address itself.
fn of_elsewhere(authority: Option<&Authority>, headers: &HeaderMap) -> Option<&'static str> {
    let forwarded =
        |name: &header::HeaderName| *name == header::FORWARDED || name.as_str().starts_with("x-forwarded-");
    if headers.keys().any(forwarded) {
        return Some("this request was forwarded to it");
    }
    let named = headers.get_all(header::HOST).iter().map(|host| host.to_str().unwrap_or_default());
    let mut hosts = named.chain(authority.map(Authority::as_str)).peekable();
    if hosts.peek().is_some() && hosts.all(is_this_machine) {
        return None;
    }
    Some("this request names another host")
}

fn is_this_machine(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host();
    // A name before an `@` is not part of it, and a browser sends none.
    let plain = !host.contains('@');
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    plain && (name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback()))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    use super::{is_this_machine, of_elsewhere};

    #[test]
    fn this_machine_has_few_names() {
        for here in
            ["localhost", "localhost:3000", "LOCALHOST", "127.0.0.1:80", "127.1.2.3", "[::1]:3000", "[::1]"]
        {
            assert!(is_this_machine(here), "{here}");
        }
        for elsewhere in [
            "",
            "aegis.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "127.0.0.1@evil.example",
            "evil.example:3000",
            "0.0.0.0",
            "10.0.0.1",
            "[::ffff:10.0.0.1]",
            "localhost evil",
        ] {
            assert!(!is_this_machine(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn what_was_forwarded_or_names_no_host_or_two_is_of_elsewhere() {
        let headers = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
            let pair = |&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
            pairs.iter().map(pair).collect()
        };
        assert_eq!(of_elsewhere(None, &headers(&[("host", "localhost:3000")])), None);
        for more in
            ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-anything"]
        {
            assert!(of_elsewhere(None, &headers(&[("host", "localhost"), (more, "x")])).is_some(), "{more}");
        }
        assert!(of_elsewhere(None, &HeaderMap::new()).is_some());
        let mut two = headers(&[("host", "localhost")]);
        two.append("host", HeaderValue::from_static("evil.example"));
        assert!(of_elsewhere(None, &two).is_some());
        let (here, there) = ("localhost:1".parse().unwrap(), "evil.example".parse().unwrap());
        assert_eq!(of_elsewhere(Some(&here), &HeaderMap::new()), None);
        assert!(of_elsewhere(Some(&there), &headers(&[("host", "localhost")])).is_some());
    }
}
