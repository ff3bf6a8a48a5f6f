//! Bundles and discovery (OPA's documentation, "Bundle Service API"): strong ETags, 304, long polls.

use std::{net::SocketAddr, time::Duration};

use axum::{
    Extension,
    extract::{ConnectInfo, Path, Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use portal::{
    Actor, Environment,
    policy::Bundle,
    shelf::{Answer, Archive, Resource},
};
use serde::Deserialize;

use super::pace::Place;
use crate::{api::unreadable_pairs, problem::Problem, site::Site};

/// The only content type with which OPA goes on polling long; a charset behind it is enough to lose that.
const BUNDLES: &str = "application/vnd.openpolicyagent.bundles";
/// OPA is asked to wait 30 s.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What discovery wrote into the resource's name.
#[derive(Deserialize)]
pub(crate) struct Named {
    key: Option<String>,
}

pub(crate) async fn bundle(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    Path((environment, bundle)): Path<(String, String)>,
    named: Result<Query<Named>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Query(Named { key }) = named.map_err(|refused| unreadable_pairs(&refused))?;
    let bundle: Bundle = bundle
        .parse()
        .map_err(|_| Problem::new(StatusCode::NOT_FOUND, format!("no bundle is called {bundle}")))?;
    let environment: Environment = environment.parse()?;
    let found = find(&site, &actor, &environment, Resource::Bundle(bundle, key), &headers).await?;
    Ok(told(found, &environment))
}

pub(crate) async fn discovery(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    Path(environment): Path<String>,
    from: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let environment: Environment = environment.parse()?;
    let found = find(&site, &actor, &environment, Resource::Discovery, &headers).await?;
    if let Answer::Send(archive) = &found {
        let address = from.map(|Extension(ConnectInfo(address))| address.ip());
        let (held, sent) = (held(&headers), archive.etag.clone());
        let place = Place { environment: environment.clone(), address, held, sent };
        site.pace.keep(place, site.shelf.live(&environment)).await;
    }
    Ok(told(found, &environment))
}

async fn find(
    site: &Site,
    actor: &Actor,
    environment: &Environment,
    resource: Resource,
    headers: &HeaderMap,
) -> Result<Answer, Problem> {
    let held = held(headers);
    Ok(site.shelf.answer(actor, environment, &resource, held.as_deref(), wait(headers)).await?)
}

fn told(found: Answer, environment: &Environment) -> Response {
    match found {
        Answer::Send(archive) => send(archive),
        Answer::NotModified => StatusCode::NOT_MODIFIED.into_response(),
        Answer::Missing => {
            Problem::new(StatusCode::NOT_FOUND, format!("nothing is in force there in {environment}"))
                .into_response()
        }
        Answer::Unknown => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "what is in force is not known here just now, or cannot be had; keep what you have",
        )
        .into_response(),
    }
}

fn send(archive: Archive) -> Response {
    let etag = HeaderValue::from_str(&format!("\"{}\"", archive.etag)).expect("a digest is hex");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(BUNDLES)),
        (header::ETAG, etag),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, archive.bytes).into_response()
}

/// The ETag of what OPA holds; of a list, the newest comes first and is the one that counts.
fn held(headers: &HeaderMap) -> Option<String> {
    let first = headers.get(header::IF_NONE_MATCH)?.to_str().ok()?.split(',').next()?.trim();
    Some(first.trim_start_matches("W/").trim_matches('"').to_owned())
}

/// How long OPA lets us hold its request: `Prefer: modes=snapshot,delta;wait=30`.
fn wait(headers: &HeaderMap) -> Duration {
    let prefer = headers.get("prefer").and_then(|prefer| prefer.to_str().ok()).unwrap_or_default();
    let seconds = prefer.split([';', ',']).find_map(|part| part.trim().strip_prefix("wait=")?.parse().ok());
    Duration::from_secs(seconds.unwrap_or(0)).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::{HeaderMap, HeaderValue, header};

    use super::{held, wait};

    #[test]
    fn of_several_etags_the_first_counts() {
        let held = |value: &'static str| {
            held(&HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(value))]))
        };
        assert_eq!(held("\"new\", \"old\"").as_deref(), Some("new"));
        assert_eq!(held("W/\"weak\"").as_deref(), Some("weak"));
        assert_eq!(held("bare").as_deref(), Some("bare"));
    }

    #[test]
    fn a_poll_is_held_as_long_as_it_asks_and_a_minute_at_most() {
        let wait = |value: &'static str| {
            let prefer = HeaderValue::from_static(value);
            wait(&HeaderMap::from_iter([(header::HeaderName::from_static("prefer"), prefer)]))
        };
        assert_eq!(wait("modes=snapshot,delta;wait=30"), Duration::from_secs(30));
        assert_eq!(wait("modes=snapshot,delta"), Duration::ZERO);
        assert_eq!(wait("wait=86400"), Duration::from_secs(60));
        assert_eq!(wait("wait=-1"), Duration::ZERO);
    }
}
