//! The portal's own cookies: the session's, and that of a sign-in under way.

use std::sync::Arc;

use axum::http::{HeaderValue, header};
use axum::response::Response;
use portal::identity;

/// Their names. Over https no other site, not even one below the same domain, can set them (`__Host-`, RFC 6265bis,
/// section 4.1.3.2); on this machine cookies ignore ports, so two portals need two names.
#[derive(Debug, Clone)]
pub(crate) struct Cookies {
    pub(crate) session: Arc<str>,
    pub(crate) sign_in: Arc<str>,
    secure: bool,
}

impl Cookies {
    pub(crate) fn by_port(port: u16) -> Self {
        Self {
            session: format!("aegis_session_{port}").into(),
            sign_in: format!("aegis_sign_in_{port}").into(),
            secure: false,
        }
    }

    pub(crate) fn over_https() -> Self {
        Self { session: "__Host-aegis_session".into(), sign_in: "__Host-aegis_sign_in".into(), secure: true }
    }

    /// It goes with the browser's window, or when the session ends.
    pub(crate) fn open_session(&self, response: Response, secret: &identity::Secret) -> Response {
        self.set(response, &self.session, secret.reveal(), "")
    }

    pub(crate) fn end_session(&self, response: Response) -> Response {
        self.set(response, &self.session, "", "; Max-Age=0")
    }

    pub(crate) fn begin_sign_in(&self, response: Response, secret: &identity::Secret) -> Response {
        let age = format!("; Max-Age={}", identity::ATTEMPT.num_seconds());
        self.set(response, &self.sign_in, secret.reveal(), &age)
    }

    pub(crate) fn end_sign_in(&self, response: Response) -> Response {
        self.set(response, &self.sign_in, "", "; Max-Age=0")
    }

    /// Lax, and not Strict: a browser that comes back from the provider has to bring it.
    fn set(&self, mut response: Response, name: &str, value: &str, age: &str) -> Response {
        let secure = if self.secure { "; Secure" } else { "" };
        let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}");
        let value = HeaderValue::from_str(&cookie).expect("a secret is letters and digits");
        response.headers_mut().append(header::SET_COOKIE, value);
        response
    }
}
