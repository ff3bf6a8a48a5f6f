//! Why the embedded engine gave no answer, as a status and a code of OPA's.

use axum::http::StatusCode;
use portal::{Error, engine::NoAnswer};
use rego::worker::Failure;

/// The status a caller is told, at both of the engine's doors.
///
/// What an input alone brought about is the caller's to change, so it is none of the 500s: those are tried
/// again. An answer that fails is never an allow.
pub(super) fn status(no: &NoAnswer) -> StatusCode {
    match no {
        NoAnswer::Refused(error) => StatusCode::from_u16(error.status()).expect("a status we wrote"),
        NoAnswer::Failed(failure) => match failure {
            Failure::Parse(_) | Failure::Nested { .. } => StatusCode::BAD_REQUEST,
            Failure::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Failure::Time | Failure::Memory | Failure::Stack | Failure::Refused => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Failure::Busy | Failure::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Failure::Crash(_)
            | Failure::Rego(_)
            | Failure::Policy(_)
            | Failure::Recursive(_)
            | Failure::Overridden(_) => StatusCode::INTERNAL_SERVER_ERROR,
        },
    }
}

/// The code that OPA has for it (OPA's documentation, "REST API", errors).
pub(super) fn code(no: &NoAnswer) -> &'static str {
    match no {
        NoAnswer::Refused(Error::Unauthenticated | Error::Forbidden(_)) => "unauthorized",
        NoAnswer::Refused(Error::NotFound(_)) => "resource_not_found",
        NoAnswer::Failed(Failure::Parse(_) | Failure::Nested { .. } | Failure::TooLarge { .. }) => {
            "invalid_parameter"
        }
        NoAnswer::Failed(Failure::Rego(_)) => "evaluation_error",
        NoAnswer::Refused(_) | NoAnswer::Failed(_) => "internal_error",
    }
}
