//! How often one may ask: each kind of asking has a budget of its own, so that no flood of one starves another, and
//! nobody's flood anybody else.

use std::{
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use portal::{Actor, Error, access::By};

use super::{settings::LimitSettings, whence::Whence};
use crate::{
    login::{is_a_function, wants_a_page},
    problem::Problem,
    site::Site,
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// What nobody's flood may keep anybody from: the probe of whoever runs the process, the provider's orders to end
/// sessions, which are signed, and what ends a session that was stolen.
const NEVER: [&str; 4] = ["/healthz", "/sign-in/back-channel-logout", "/sign-out", "/sessions"];

/// So many at once, and as many again over the time. None where there is no limit.
struct Budget<K: Hash + Eq + Clone>(Option<DefaultKeyedRateLimiter<K>>);

impl<K: Hash + Eq + Clone> Budget<K> {
    fn new(times: u32, within: Duration) -> Self {
        let quota = NonZeroU32::new(times)
            .and_then(|times| Some(Quota::with_period(within / times.get())?.allow_burst(times)));
        Self(quota.map(RateLimiter::keyed))
    }

    /// Takes one, or says how long to wait for it.
    fn take(&self, key: &K) -> Result<(), Duration> {
        let Some(limiter) = &self.0 else { return Ok(()) };
        limiter.check_key(key).map_err(|not_until| not_until.wait_time_from(DefaultClock::default().now()))
    }

    /// Forgets whoever has all of it again.
    fn forget(&self) {
        if let Some(limiter) = &self.0 {
            limiter.retain_recent();
        }
    }
}

/// All budgets of one server.
pub(crate) struct Limits {
    strangers: Budget<IpAddr>,
    sign_ins: Budget<IpAddr>,
    unknown_tokens: Budget<IpAddr>,
    pages: Budget<By>,
    api: Budget<By>,
    evaluations_of_people: Budget<By>,
    evaluations_of_tokens: Budget<By>,
    exports: Budget<By>,
    opa: Budget<By>,
    address_header: Option<HeaderName>,
}

impl Limits {
    pub(crate) fn new(settings: &LimitSettings) -> Self {
        Self {
            strangers: Budget::new(settings.strangers_per_minute, MINUTE),
            sign_ins: Budget::new(settings.sign_ins_per_minute, MINUTE),
            unknown_tokens: Budget::new(settings.unknown_tokens_per_minute, MINUTE),
            pages: Budget::new(settings.pages_per_minute, MINUTE),
            api: Budget::new(settings.api_per_minute, MINUTE),
            evaluations_of_people: Budget::new(settings.person_evaluations_per_minute, MINUTE),
            evaluations_of_tokens: Budget::new(settings.token_evaluations_per_minute, MINUTE),
            exports: Budget::new(settings.exports_per_hour, HOUR),
            opa: Budget::new(settings.opa_per_minute, MINUTE),
            address_header: settings.address_header.clone(),
        }
    }

    /// Takes one of the guesses that an address has.
    ///
    /// # Errors
    /// The answer to whoever has none left: it is not even looked whether this one is right.
    pub(crate) fn guess(&self, request: &Request) -> Result<(), Box<Response>> {
        let Some(address) = self.address(request) else { return Ok(()) };
        self.unknown_tokens
            .take(&address)
            .map_err(|wait| Box::new(told(wait, "too many tokens that nobody has came from this address")))
    }

    /// Keeps what is remembered small.
    pub(crate) async fn keep(self: Arc<Self>) {
        loop {
            tokio::time::sleep(MINUTE).await;
            for of_an_address in [&self.strangers, &self.sign_ins, &self.unknown_tokens] {
                of_an_address.forget();
            }
            for of_somebody in [
                &self.pages,
                &self.api,
                &self.evaluations_of_people,
                &self.evaluations_of_tokens,
                &self.exports,
                &self.opa,
            ] {
                of_somebody.forget();
            }
        }
    }

    /// The budget of what is asked, by the path as the list of routes has it.
    fn take(&self, request: &Request) -> Result<(), (Duration, &'static str)> {
        let (method, path) = (request.method(), request.uri().path());
        if method == Method::POST && path == "/sign-in" {
            let Some(address) = self.address(request) else { return Ok(()) };
            let why = "too many sign-ins were begun from this address";
            return self.sign_ins.take(&address).map_err(|wait| (wait, why));
        }
        if NEVER.contains(&path) {
            return Ok(());
        }
        let Some(by) = request.extensions().get().and_then(Actor::by) else {
            let Some(address) = self.address(request) else { return Ok(()) };
            let why = "this address asks more often than it may without a sign-in";
            return self.strangers.take(&address).map_err(|wait| (wait, why));
        };
        let (budget, why) = if path.starts_with("/opa/") {
            (&self.opa, "the OPAs of this token ask more often than they may")
        } else if path == "/api/v1/policies/evaluate" || path.starts_with("/api/v1/data/") {
            let evaluations = match by {
                By::Person(_) => &self.evaluations_of_people,
                By::Token { .. } | By::Job(_) => &self.evaluations_of_tokens,
            };
            (evaluations, "you evaluate more often than you may")
        } else if path.starts_with("/exports/") || path == "/api/v1/audit/evidence-packs" {
            (&self.exports, "you export more often than you may")
        } else if path.starts_with("/api/v1/") {
            (&self.api, "you ask more often than you may")
        } else {
            (&self.pages, "you ask for pages more often than you may")
        };
        budget.take(&by).map_err(|wait| (wait, why))
    }

    /// From where a request comes, for the audit.
    pub(crate) fn whence(&self, request: &Request) -> Whence {
        Whence::of(request, self.address_header.as_ref())
    }

    /// Whose budget a request takes from that nobody is known by.
    ///
    /// What this machine sends, nobody's address stands on, unless a proxy tells it: then one limit would lock everybody
    /// out.
    fn address(&self, request: &Request) -> Option<IpAddr> {
        let Whence { address, passed_on } = self.whence(request);
        let told_apart =
            |address: &IpAddr| self.address_header.is_some() || !passed_on && !address.is_loopback();
        address.filter(told_apart).map(network)
    }
}

/// Answers whoever has used their budget up.
pub(crate) async fn keep(State(site): State<Site>, request: Request, next: Next) -> Response {
    match site.limits.take(&request) {
        Ok(()) => next.run(request).await,
        Err((wait, _)) if is_a_function(request.uri().path()) && !wants_a_page(request.headers()) => {
            let told = app::Problem::Refused(Error::TooOften { seconds: seconds(wait) });
            too_often(wait, axum::Json(told))
        }
        Err((wait, why)) => told(wait, why),
    }
}

fn told(wait: Duration, why: &str) -> Response {
    let why = format!("{why}: it can be tried again in {} s", seconds(wait));
    too_often(wait, Problem::new(StatusCode::TOO_MANY_REQUESTS, why))
}

fn too_often(wait: Duration, told: impl IntoResponse) -> Response {
    let retry_after = [(header::RETRY_AFTER, HeaderValue::from(seconds(wait)))];
    (StatusCode::TOO_MANY_REQUESTS, retry_after, told).into_response()
}

fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + 1
}

/// Whoever has one address of IPv6 has 2^64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}
