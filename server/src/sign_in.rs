//! Signing in and out: by the identity provider, or as one of the demo's people where there is none.

use app::sign_in::{ANEW, KEPT};
use axum::{
    Extension, Form,
    extract::{
        Query, Request, State,
        rejection::{FormRejection, QueryRejection},
    },
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use portal::{
    Error, Id, Person,
    identity::{self, Attempt, KEPT_FORM},
};
use serde::Deserialize;

use crate::{
    api::unreadable_pairs,
    fields::{Fields, wrong},
    login::{cookie, escaped},
    problem::Problem,
    provider::{Answer, Failure, Provider},
    safe::whence::Whence,
    site::Site,
};

/// Bytes of an address that a sign-in leads to.
const LONGEST_WAY: usize = 2_000;

/// What begins a sign-in.
struct SignIn {
    /// One of the demo's people.
    person: Option<Id<Person>>,
    to: String,
    /// A form that was sent when the session had ended, or its proof was too old for it.
    kept: Option<String>,
    /// Whether they are to prove anew who they are.
    anew: bool,
}

impl SignIn {
    /// From the sign-in page, or with a form that was refused for an old proof, which comes whole and names its page.
    fn read(fields: Fields) -> Result<Self, Problem> {
        let (anew, person) = (fields.get(ANEW).map(str::to_owned), fields.parsed("person"));
        let to = anew.as_deref().or(fields.get("to")).unwrap_or_default();
        let to = if is_local(to) && to.len() <= LONGEST_WAY { to.to_owned() } else { "/".to_owned() };
        match anew {
            Some(_) => {
                let kept = Some(fields.without(ANEW).encoded()).filter(|kept| !kept.is_empty());
                Ok(Self { person: None, to, kept, anew: true })
            }
            None => Ok(Self { person: person?, to, kept: fields.get(KEPT).map(str::to_owned), anew: false }),
        }
    }
}

/// Begins a sign-in, which leads to where somebody wanted to go.
pub(crate) async fn sign_in(
    State(site): State<Site>,
    Extension(whence): Extension<Whence>,
    headers: HeaderMap,
    fields: Fields,
) -> Response {
    let asked = match SignIn::read(fields) {
        Ok(asked) => asked,
        Err(problem) => return problem.into_response(),
    };
    match (&site.provider, asked.person) {
        (Some(provider), _) => begin(&site, whence, provider, asked).await,
        (None, Some(person)) => {
            as_demo_person(&site, whence, &headers, person, &asked.to, asked.kept.is_some()).await
        }
        (None, None) => wrong("person", "is missing").into_response(),
    }
}

async fn as_demo_person(
    site: &Site,
    whence: Whence,
    headers: &HeaderMap,
    person: Id<Person>,
    to: &str,
    kept: bool,
) -> Response {
    match identity::sign_in_as_demo_person(&site.portal, &whence.visitor(), person).await {
        Ok(secret) => {
            end_earlier(site, whence, headers).await;
            // The page gets the form itself, to show it again.
            let led = if kept { Redirect::temporary(to) } else { Redirect::to(to) };
            site.cookies.open_session(led.into_response(), &secret)
        }
        Err(Error::Identity(identity::Refusal::Disabled)) => kept_out(site, whence).await,
        Err(Error::NotFound(_)) => {
            Redirect::to(&format!("/sign-in?failed=1&to={}", escaped(to))).into_response()
        }
        Err(error) => Problem::from(error).into_response(),
    }
}

/// Leads to the provider.
async fn begin(site: &Site, whence: Whence, provider: &Provider, asked: SignIn) -> Response {
    let SignIn { to, kept, anew, .. } = asked;
    if kept.as_ref().is_some_and(|kept| kept.len() > KEPT_FORM) {
        let why =
            "the form is too long to be carried through a sign-in: go back, copy what you typed, and sign in";
        return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, why).into_response();
    }
    let (address, attempt) = match provider.begin(to, kept, anew, site.portal.now()).await {
        Ok(begun) => begun,
        Err(failure) => return not_signed_in(site, whence, failure).await,
    };
    match identity::begin_sign_in(&site.portal, &attempt).await {
        Ok(secret) => site.cookies.begin_sign_in(Redirect::to(address.as_str()).into_response(), &secret),
        Err(error) => Problem::from(error).into_response(),
    }
}

/// Where the browser comes back from the provider.
pub(crate) async fn come_back(
    State(site): State<Site>,
    Extension(whence): Extension<Whence>,
    answer: Result<Query<Answer>, QueryRejection>,
    request: Request,
) -> Response {
    let Some(provider) = &site.provider else {
        return Problem::new(StatusCode::NOT_FOUND, "there is nothing at this address").into_response();
    };
    let answer = answer.map(|Query(answer)| answer).unwrap_or_default();
    let (parts, _) = request.into_parts();
    let attempt = match attempt(&site, &parts.headers, &answer).await {
        Ok(Some(attempt)) => attempt,
        Ok(None) => {
            let failure = Failure::Refused("this browser did not begin that sign-in, or too long ago");
            return site.cookies.end_sign_in(not_signed_in(&site, whence, failure).await);
        }
        // It can be tried again while the attempt lasts.
        Err(error) => return Problem::from(error).into_response(),
    };
    let signed_in = finish(&site, whence, provider, &parts.headers, answer, &attempt).await;
    let response = match signed_in {
        Ok(secret) => {
            end_earlier(&site, whence, &parts.headers).await;
            let led = match &attempt.kept {
                None => Redirect::to(&attempt.leads_to).into_response(),
                Some(kept) => Html(app::signed_in_page(parts, &attempt.leads_to, kept)).into_response(),
            };
            site.cookies.open_session(led, &secret)
        }
        Err(response) => response,
    };
    site.cookies.end_sign_in(response)
}

/// The attempt that this browser began with this state. It is over by that.
async fn attempt(site: &Site, headers: &HeaderMap, answer: &Answer) -> portal::Result<Option<Attempt>> {
    let Some(secret) = cookie(headers, &site.cookies.sign_in) else { return Ok(None) };
    let attempt = identity::take_sign_in(&site.portal, &secret).await?;
    // That it is the right one the secret has shown: how long a comparison takes tells a stranger nothing.
    Ok(attempt.filter(|attempt| answer.state.as_deref() == Some(&attempt.state)))
}

async fn finish(
    site: &Site,
    whence: Whence,
    provider: &Provider,
    headers: &HeaderMap,
    answer: Answer,
    attempt: &Attempt,
) -> Result<identity::Secret, Response> {
    let mut proven = match provider.finish(answer, attempt, site.portal.now()).await {
        Ok(proven) => proven,
        Err(failure) => return Err(not_signed_in(site, whence, failure).await),
    };
    let browser = headers.get(header::USER_AGENT).and_then(|browser| browser.to_str().ok());
    proven.session.browser = browser.unwrap_or_default().to_owned();
    match identity::sign_in_proven(&site.portal, &whence.visitor(), proven).await {
        Ok(secret) => Ok(secret),
        Err(Error::Identity(identity::Refusal::Disabled)) => Err(kept_out(site, whence).await),
        Err(error) => Err(Problem::from(error).into_response()),
    }
}

/// Whoever an admin has disabled is told so.
async fn kept_out(site: &Site, whence: Whence) -> Response {
    note(site, whence, "an admin has disabled this person").await;
    let why = "an admin has disabled you here: ask one of them";
    Problem::new(StatusCode::FORBIDDEN, why).into_response()
}

/// A new session is never an earlier one that goes on (ASVS 5.0, 7.2.4).
async fn end_earlier(site: &Site, whence: Whence, headers: &HeaderMap) {
    if let Some(secret) = cookie(headers, &site.cookies.session)
        && let Err(error) = identity::sign_out(&site.portal, &whence.visitor(), &secret).await
        && error != Error::Unauthenticated
    {
        tracing::warn!(%error, "an earlier session of a browser goes on until its end");
    }
}

/// Ends the session: here, in the browser, and at the provider.
pub(crate) async fn sign_out(
    State(site): State<Site>,
    Extension(whence): Extension<Whence>,
    headers: HeaderMap,
) -> Response {
    let ended = match cookie(&headers, &site.cookies.session) {
        None => None,
        Some(secret) => match identity::sign_out(&site.portal, &whence.visitor(), &secret).await {
            Ok(ended) => Some(ended),
            Err(Error::Unauthenticated) => None,
            Err(error) => return Problem::from(error).into_response(),
        },
    };
    let there = match (&site.provider, ended) {
        (Some(provider), Some(ended)) => {
            provider.end_of_session(ended.id_token.as_deref(), site.portal.now()).await
        }
        _ => None,
    };
    let to = there.as_ref().map_or("/sign-in", |there| there.as_str());
    site.cookies.end_session(Redirect::to(to).into_response())
}

#[derive(Deserialize)]
pub(crate) struct Logout {
    logout_token: String,
}

/// The provider says that somebody's session is over (OpenID Connect Back-Channel Logout 1.0, section 2.5).
pub(crate) async fn back_channel_logout(
    State(site): State<Site>,
    Extension(whence): Extension<Whence>,
    form: Result<Form<Logout>, FormRejection>,
) -> Response {
    let Some(provider) = &site.provider else {
        return Problem::new(StatusCode::NOT_FOUND, "there is nothing at this address").into_response();
    };
    let token = match form {
        Ok(Form(Logout { logout_token })) => logout_token,
        Err(refused) if refused.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            return Problem::new(refused.status(), "the logout token is too long").into_response();
        }
        Err(refused) => return unreadable_pairs(&refused).into_response(),
    };
    let obeyed = match provider.logout_order(&token, site.portal.now()).await {
        Ok(order) => identity::obey_logout(&site.portal, &whence.visitor(), &order).await,
        Err(Failure::Away) => Err(Error::Unavailable("the identity provider".into())),
        Err(Failure::Refused(why)) => Err(portal::Invalid::new("logout_token", why).into()),
    };
    match obeyed {
        // Nobody is signed in whom it names: that is what it orders.
        Ok(_) | Err(Error::NotFound(_)) => {
            ([(header::CACHE_CONTROL, "no-store")], StatusCode::OK).into_response()
        }
        Err(Error::Invalid(invalid)) => {
            tracing::warn!(why = %invalid, "an order to end sessions was refused");
            Problem::field(StatusCode::BAD_REQUEST, &invalid.field, invalid.reason).into_response()
        }
        Err(error) => Problem::from(error).into_response(),
    }
}

/// Says so, and writes it down.
async fn not_signed_in(site: &Site, whence: Whence, failure: Failure) -> Response {
    match failure {
        Failure::Away => {
            let why = "the identity provider cannot be reached just now, so nobody new can sign in; \
                       whoever is signed in stays so";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, why).into_response()
        }
        Failure::Refused(why) => {
            note(site, whence, why).await;
            let why = format!("you were not signed in: {why}. Sign in again");
            Problem::new(StatusCode::BAD_REQUEST, why).into_response()
        }
    }
}

async fn note(site: &Site, whence: Whence, why: &str) {
    if let Err(error) = identity::note_failed_sign_in(&site.portal, &whence.visitor(), why).await {
        tracing::warn!(%error, why, "a sign-in failed, and the audit does not know of it");
    }
}

/// Whether an address stays within the portal: no other site is led to from here.
fn is_local(to: &str) -> bool {
    let escapes = ["//", "/\\", "/%2f", "/%2F", "/%5c", "/%5C"];
    to.starts_with('/')
        && !escapes.iter().any(|escape| to.starts_with(escape))
        && !to.contains(|c: char| c == '\\' || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn nobody_is_led_to_another_site() {
        for local in ["/", "/exceptions?state=requested", "/a//b", "/sign-in?to=%2F"] {
            assert!(is_local(local), "{local}");
        }
        for elsewhere in [
            "",
            "//evil",
            "///evil",
            "/\\evil",
            "/\\/evil",
            "\\\\evil",
            "https://evil",
            "https:evil",
            "http:/evil",
            "javascript:alert(1)",
            "data:text/html,x",
            "evil",
            "/\t/evil",
            "/\n/evil",
            "/\r\n/evil",
            "/\0",
            "%2f%2fevil",
            "/%2f/evil",
            "/%2Fevil",
            "/%5cevil",
            "/%5C/evil",
            " //evil",
            "@evil",
        ] {
            assert!(!is_local(elsewhere), "{elsewhere:?}");
        }
    }
}
