//! A *no* as machines read it: problem documents (RFC 9457).

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use portal::Error;
use serde_json::{Value, json};

/// Why a route did not do what it was asked.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    title: String,
    /// Members beyond `status` and `title`: the field at fault, the faults of a changeset.
    more: Vec<(&'static str, Value)>,
}

/// What a problem document tells, for the page that a browser gets in its place.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) title: String,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, title: impl Into<String>) -> Self {
        Self { status, title: title.into(), more: vec![] }
    }

    pub(crate) fn with(mut self, name: &'static str, value: Value) -> Self {
        self.more.push((name, value));
        self
    }

    /// A value that is not of the form it must have.
    pub(crate) fn field(status: StatusCode, field: &str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::new(status, format!("{field}: {reason}"))
            .with("field", json!(field))
            .with("detail", json!(reason))
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let status = StatusCode::from_u16(error.status()).expect("a status we wrote");
        match error {
            Error::Invalid(invalid) => Self::field(status, &invalid.field, invalid.reason),
            Error::Internal { reference } => {
                Self::new(status, error.to_string()).with("reference", json!(reference))
            }
            error => Self::new(status, error.to_string()),
        }
    }
}

impl From<portal::Invalid> for Problem {
    fn from(invalid: portal::Invalid) -> Self {
        Error::from(invalid).into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let told = Told { title: self.title.clone() };
        let mut document = json!({ "status": self.status.as_u16(), "title": self.title });
        for (name, value) in self.more {
            document[name] = value;
        }
        let kind = (header::CONTENT_TYPE, "application/problem+json");
        let mut response = (self.status, [kind], document.to_string()).into_response();
        response.extensions_mut().insert(told);
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
