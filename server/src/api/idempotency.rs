//! `Idempotency-Key` on every change: done once, and answered the same for a day (after the IETF's draft
//! "The Idempotency-Key HTTP Header Field").

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use portal::{
    Actor, Portal,
    idempotency::{self, Answer, Claim, Keyed, LONGEST_KEY},
};
use sha2::{Digest, Sha256};

use super::read::{whole, wrong};
use crate::problem::Problem;

const KEY: &str = "idempotency-key";

/// Does a change that carries a key at most once.
///
/// With a key it is done to its end even if the caller hangs up: else nobody would know whether it was.
pub(super) async fn once(portal: Portal, route: &'static str, request: Request, next: Next) -> Response {
    let (keyed, request) = match keyed(route, request).await {
        Ok((Some(keyed), request)) => (keyed, request),
        Ok((None, request)) => return next.run(request).await,
        Err(problem) => return problem.into_response(),
    };
    match idempotency::claim(&portal, &keyed).await {
        Ok(Claim::First) => {
            let doing = tokio::spawn(async move { keep(&portal, &keyed, next.run(request).await).await });
            doing.await.unwrap_or_else(|broken| std::panic::resume_unwind(broken.into_panic()))
        }
        Ok(Claim::Answered(answer)) => again(answer),
        Ok(Claim::UnderWay) => {
            let why = "a request with this key is under way, or was cut off: see whether it was done before you send \
                       it with another key";
            Problem::field(StatusCode::CONFLICT, "Idempotency-Key", why).into_response()
        }
        Ok(Claim::Another) => wrong("Idempotency-Key", "this key stands for another request").into_response(),
        Err(error) => Problem::from(error).into_response(),
    }
}

/// What the request's key stands for; none where it has no key.
async fn keyed(route: &'static str, request: Request) -> Result<(Option<Keyed>, Request), Problem> {
    let by = request.extensions().get().and_then(Actor::by);
    let (Some(key), Some(by)) = (request.headers().get(KEY).cloned(), by) else { return Ok((None, request)) };
    let (parts, bytes) = whole(request).await?;
    let address = parts.uri.path_and_query().map_or("", |address| address.as_str()).to_owned();
    let same = Sha256::new().chain_update(address).chain_update([0]).chain_update(&bytes);
    let keyed = key.to_str().ok().and_then(|key| Keyed::new(by, route, key, same.finalize().into()));
    let keyed = keyed.ok_or_else(|| {
        let form = format!("a key is 1 to {LONGEST_KEY} characters of ASCII");
        Problem::field(StatusCode::BAD_REQUEST, "Idempotency-Key", form)
    })?;
    Ok((Some(keyed), Request::from_parts(parts, Body::from(bytes))))
}

/// Keeps what came of the request. What our own fault kept from being done may be sent again.
async fn keep(portal: &Portal, keyed: &Keyed, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the answer could not be read")
            .into_response();
    };
    let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let answer = Answer {
        status: parts.status.as_u16(),
        kind: text(header::CONTENT_TYPE).unwrap_or_default(),
        location: text(header::LOCATION),
        body: body.clone(),
    };
    let kept = if parts.status.is_server_error() {
        idempotency::give_up(portal, keyed).await
    } else {
        idempotency::answer(portal, keyed, &answer).await
    };
    if let Err(error) = kept {
        tracing::warn!(%error, "what came of a request with an idempotency key was not kept");
    }
    Response::from_parts(parts, Body::from(body))
}

/// An answer given again, which says so.
fn again(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).expect("a status that we answered");
    let mut response = (status, answer.body).into_response();
    let value = |text: &str| HeaderValue::from_str(text).expect("a header that we answered");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, value(&answer.kind));
    if let Some(location) = answer.location {
        headers.insert(header::LOCATION, value(&location));
    }
    headers.insert(HeaderName::from_static("idempotency-replayed"), HeaderValue::from_static("true"));
    response
}
