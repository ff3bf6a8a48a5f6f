//! What every answer forbids the browser that gets it, whatever stands in it (OWASP Secure Headers).

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header, request::Parts},
    middleware::Next,
    response::Response,
};
use leptos::{
    nonce::Nonce,
    prelude::{provide_context, use_context},
};

use crate::provider::Provider;

/// The same for all answers. Our pages need nothing of the machine that they are shown on.
const ALWAYS: [(HeaderName, &str); 7] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("x-permitted-cross-domain-policies"), "none"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), display-capture=(), geolocation=(), hid=(), microphone=(), midi=(), payment=(), serial=(), usb=()",
    ),
];

/// Two years, as browsers ask of whoever is to be on their own list.
const HTTPS_ALONE: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");

/// What this portal's answers forbid.
#[derive(Clone)]
pub(crate) struct Forbidden {
    /// Where forms may lead: browsers hold what a form's answer leads on to against it as well.
    forms_lead_to: Arc<str>,
    over_https: bool,
}

impl Forbidden {
    pub(crate) fn by(provider: Option<&Provider>) -> Self {
        let elsewhere = provider.map(Provider::leads_to).unwrap_or_default();
        let forms_lead_to = elsewhere.iter().fold("'self'".to_owned(), |all, origin| all + " " + origin);
        Self { forms_lead_to: forms_lead_to.into(), over_https: provider.is_some_and(Provider::is_secure) }
    }

    /// Scripts run only where the page marked them; a style stands in its file, and a picture there or beside it.
    fn policy(&self, nonce: &Nonce) -> HeaderValue {
        let policy = format!(
            "default-src 'none'; script-src 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
             img-src 'self' data:; font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; \
             frame-ancestors 'none'; form-action {}",
            self.forms_lead_to
        );
        HeaderValue::from_str(&policy).expect("a nonce and an origin are of plain letters")
    }
}

pub(crate) async fn forbid(State(forbidden): State<Forbidden>, mut request: Request, next: Next) -> Response {
    let nonce = Nonce::new();
    request.extensions_mut().insert(nonce.clone());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, forbidden.policy(&nonce));
    if forbidden.over_https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HTTPS_ALONE);
    }
    // What is said to somebody is of the moment. Files say otherwise themselves.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Has the page that is being written mark its scripts by the answer's nonce.
pub(crate) fn provide_nonce() {
    let of_the_answer = |parts: Parts| parts.extensions.get::<Nonce>().cloned();
    if let Some(nonce) = use_context().and_then(of_the_answer) {
        provide_context(nonce);
    }
}
