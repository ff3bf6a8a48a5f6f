use serde::{Deserialize, Serialize};

use crate::{Permission, exception, identity, policy, release};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the portal did not do what it was asked, in the asker's terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Error {
    #[error("sign in first")]
    Unauthenticated,
    /// They are signed in, and what they ask for takes a fresher proof of who they are.
    #[error("this takes a sign-in of the last 15 minutes: sign in again")]
    Unproven,
    #[error("this needs the `{0}` permission")]
    Forbidden(Permission),
    #[error("no such {0}")]
    NotFound(String),
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    Exception(#[from] exception::Refusal),
    #[error(transparent)]
    Identity(#[from] identity::Refusal),
    #[error(transparent)]
    Policy(#[from] policy::Refusal),
    #[error(transparent)]
    Release(#[from] release::Refusal),
    /// The database is older than what was signed for.
    #[error(
        "the portal is read-only: entries of its audit are gone that a checkpoint covers; whoever runs it records the \
         restore with `aegis-portal restore --reason \"…\"`"
    )]
    ReadOnly,
    #[error("you ask more often than you may; try again in {seconds} s")]
    TooOften { seconds: u64 },
    /// Something that we stand on is away; the same may well work in a while.
    #[error("{0} cannot be reached just now; try again")]
    Unavailable(String),
    #[error("something broke on our side (reference {reference})")]
    Internal { reference: uuid::Uuid },
}

/// A value from outside that is not of the form it must have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct Invalid {
    pub field: String,
    pub reason: String,
}

impl Invalid {
    pub fn new(field: &str, reason: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into() }
    }
}

impl Error {
    /// The HTTP status this is told as, at every edge.
    pub fn status(&self) -> u16 {
        match self {
            Self::Unauthenticated | Self::Unproven => 401,
            Self::Forbidden(_) => 403,
            Self::NotFound(_) => 404,
            Self::Exception(_) | Self::Identity(_) | Self::Policy(_) | Self::Release(_) => 409,
            Self::Invalid(_) => 422,
            Self::TooOften { .. } => 429,
            Self::Internal { .. } => 500,
            Self::Unavailable(_) | Self::ReadOnly => 503,
        }
    }

    /// Logs the cause and keeps it from the asker, who gets a reference to quote.
    #[cfg(feature = "backend")]
    pub(crate) fn internal(what: &str, cause: &dyn std::fmt::Display) -> Self {
        let reference = uuid::Uuid::now_v7();
        tracing::error!(%reference, %cause, what);
        Self::Internal { reference }
    }
}

#[cfg(feature = "backend")]
impl From<sqlx::Error> for Error {
    fn from(cause: sqlx::Error) -> Self {
        if let Some(refusal) = broken_rule(&cause) {
            return refusal;
        }
        match cause {
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
                tracing::warn!(%cause, "the database cannot be reached");
                Self::Unavailable("the database".into())
            }
            // Rust's texts are UTF-8, so this is all of them that Postgres cannot keep, as text and within JSON.
            sqlx::Error::Database(ref told)
                if told.code().is_some_and(|code| code == "22021" || code == "22P05") =>
            {
                Invalid::new("text", "the character U+0000 cannot be kept").into()
            }
            // 57P: an operator's hand on the database; it is coming or going.
            sqlx::Error::Database(ref told) if told.code().is_some_and(|code| code.starts_with("57P")) => {
                tracing::warn!(%cause, "the database is going away");
                Self::Unavailable("the database".into())
            }
            _ => Self::internal("database", &cause),
        }
    }
}

/// A rule stands in the type and as a named constraint in the table; either may be the one to say no.
#[cfg(feature = "backend")]
fn broken_rule(cause: &sqlx::Error) -> Option<Error> {
    let broken = cause.as_database_error()?;
    match (broken.table()?, broken.constraint()?) {
        ("exception", name) => exception::Refusal::of_constraint(name).map(Error::from),
        ("promotion", name) => release::Refusal::of_constraint(name).map(Error::from),
        _ => None,
    }
}
