use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use portal::{Error, Invalid, exception, release};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::sent::Sent;

/// Under which the server's log tells of a request. Whoever asked quotes it to whoever runs the portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference(pub String);

/// Why a screen could not do its work: the portal said no, or was not reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Problem {
    #[error(transparent)]
    Refused(Error),
    /// Not to be had, and not by a rule that the screen could have asked itself: the server has written it down.
    #[error("{error}")]
    Noted { error: Error, reference: Reference },
    #[error("the portal could not be reached; try again in a moment")]
    Unreachable,
}

impl Problem {
    /// The portal's own word, if it had one.
    pub(crate) fn error(&self) -> Option<&Error> {
        match self {
            Self::Refused(error) | Self::Noted { error, .. } => Some(error),
            Self::Unreachable => None,
        }
    }

    /// Under which the server has written it down, if it has.
    pub(crate) fn reference(&self) -> Option<Reference> {
        match self {
            Self::Refused(Error::Internal { reference }) => Some(Reference(reference.to_string())),
            Self::Noted { reference, .. } => Some(reference.clone()),
            Self::Refused(_) | Self::Unreachable => None,
        }
    }

    /// What is wrong with the field of this name, where that is the problem.
    pub(crate) fn of_field(&self, name: &str) -> Option<String> {
        match self {
            Self::Refused(Error::Invalid(invalid)) if invalid.field == name => Some(invalid.reason.clone()),
            Self::Refused(refused) if self.field() == Some(name) => Some(refused.to_string()),
            _ => None,
        }
    }

    /// The field at fault, by its name in the form.
    pub(crate) fn field(&self) -> Option<&str> {
        let Self::Refused(refused) = self else { return None };
        match refused {
            Error::Invalid(invalid) => Some(&invalid.field),
            Error::Exception(refusal) => of_exception(refusal),
            Error::Release(release::Refusal::NoReason | release::Refusal::OutOfOrder(_)) => Some("reason"),
            _ => None,
        }
    }
}

/// The field of which a rule of exceptions speaks.
fn of_exception(refusal: &exception::Refusal) -> Option<&'static str> {
    use exception::Refusal::{
        AlreadyDecided, CannotExcept, Changed, EndOutOfReach, Lapsed, LongComment, NoReason, NoSuchRule,
        NotInForce, NotYours, OwnRequest, Pattern, Removed,
    };
    match refusal {
        EndOutOfReach { .. } => Some("ends_at"),
        CannotExcept(_) | NoSuchRule { .. } => Some("target"),
        Pattern(_) => Some("resources"),
        Removed(_) => Some("environments"),
        NoReason => Some("reason"),
        LongComment => Some("comment"),
        AlreadyDecided | Lapsed | OwnRequest | Changed | NotYours | NotInForce => None,
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl FromServerFnError for Problem {
    type Encoder = JsonEncoding;
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let problem = Self::of(error);
        #[cfg(feature = "ssr")]
        if let (Self::Refused(refused), Some(options)) =
            (&problem, leptos::prelude::use_context::<leptos_axum::ResponseOptions>())
        {
            options.set_status(http::StatusCode::from_u16(refused.status()).expect("a status we wrote"));
        }
        problem
    }
}

impl Problem {
    /// What went wrong around a server function, in our words.
    fn of(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(reason) | ServerFnErrorErr::Serialization(reason) => {
                Self::Refused(Invalid::new("the form", reason).into())
            }
            ServerFnErrorErr::MissingArg(field) => Self::Refused(Invalid::new(&field, "is missing").into()),
            other => {
                leptos::logging::warn!("{other}");
                Self::Unreachable
            }
        }
    }
}

/// The portal and whoever is asking, as the server put them in this request.
#[cfg(feature = "ssr")]
pub(crate) fn caller() -> (portal::Portal, portal::Actor) {
    use leptos::prelude::expect_context;
    let actor = expect_context::<http::request::Parts>().extensions.get().cloned();
    (expect_context(), actor.unwrap_or(portal::Actor::Anonymous))
}

/// The portal's answer, told with its HTTP status.
#[cfg(feature = "ssr")]
pub(crate) fn answer<T>(result: portal::Result<T>) -> Result<T, Problem> {
    use leptos::prelude::expect_context;
    result.map_err(|error| {
        let parts = expect_context::<http::request::Parts>();
        let status = http::StatusCode::from_u16(error.status()).expect("a status we wrote");
        expect_context::<leptos_axum::ResponseOptions>().set_status(status);
        noted(error, parts.extensions.get())
    })
}

/// The same of what stands around every page: the status of a page is that of what it shows.
#[cfg(feature = "ssr")]
pub(crate) fn answer_around<T>(result: portal::Result<T>) -> Result<T, Problem> {
    let parts = leptos::prelude::expect_context::<http::request::Parts>();
    if parts.uri.path().starts_with("/api/") {
        return answer(result);
    }
    result.map_err(|error| noted(error, parts.extensions.get()))
}

/// The same of what a page shows.
#[cfg(feature = "ssr")]
pub(crate) fn answer_page<T: Serialize>(result: portal::Result<T>) -> Result<Sent<T>, Problem> {
    answer(result).map(|data| Sent::new(&data))
}

/// The server writes down what it could not give (`server/src/reference.rs`), and what broke has a reference already.
#[cfg(feature = "ssr")]
pub(crate) fn noted(error: Error, reference: Option<&Reference>) -> Problem {
    match (error, reference.cloned()) {
        (error @ (Error::Forbidden(_) | Error::NotFound(_) | Error::Unavailable(_)), Some(reference)) => {
            Problem::Noted { error, reference }
        }
        (error, _) => Problem::Refused(error),
    }
}

/// The same for what was done: then the browser is led on to the page that shows it.
#[cfg(feature = "ssr")]
pub(crate) fn lead_to<T>(result: portal::Result<T>, page: impl FnOnce(&T) -> String) -> Result<T, Problem> {
    let done = answer(result)?;
    leptos_axum::redirect(&page(&done));
    Ok(done)
}
