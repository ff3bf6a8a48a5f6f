//! Who people and machines are: people, the roles they are granted, their sessions, and tokens.
//!
//! Invariant: a secret is shown once and kept as its SHA-256 alone.
//! Invariant: a token that was revoked is nobody's; it stays on the list.
//! Invariant: a token belongs to a person, who answers for it, or (an `opa` token) to an environment.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{Environment, Id, access::Grant, access::TokenScope};

#[cfg(feature = "backend")]
mod secret;
#[cfg(feature = "backend")]
mod session;
#[cfg(feature = "backend")]
mod store;
#[cfg(feature = "backend")]
mod token;
#[cfg(feature = "backend")]
pub use secret::{Secret, SecretKind, digest};
#[cfg(feature = "backend")]
pub use session::{
    close as sign_out, open_demo as sign_in_as_demo_person, who_has_session, who_left_session_open,
};
#[cfg(feature = "backend")]
pub use store::{DemoPerson, demo_people, enrol};
#[cfg(feature = "backend")]
pub(crate) use token::bearer;
#[cfg(feature = "backend")]
pub use token::{issue as issue_token, list as tokens, revoke as revoke_token, who_has_token};

/// How long a session lasts, whatever happens in it.
pub const SESSION: TimeDelta = TimeDelta::hours(12);
/// How long a session lasts in which nothing happens.
pub const IDLE: TimeDelta = TimeDelta::minutes(30);
/// How long a token lasts at most.
pub const LONGEST_TOKEN: TimeDelta = TimeDelta::days(365);

/// Somebody who signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub id: Id<Person>,
    pub name: String,
    pub grants: Vec<Grant>,
    /// One of the demo's people, whom anybody on this machine may sign in as.
    pub demo: bool,
}

/// Somebody by name, where a page or an entry speaks of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    pub id: Id<Person>,
    pub name: String,
}

/// A machine's key, less its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    pub id: Id<Token>,
    pub name: String,
    pub owner: Option<Who>,
    pub environment: Option<Environment>,
    pub scopes: Vec<TokenScope>,
    pub issued_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub revoked_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    #[error("the token has already been revoked")]
    AlreadyRevoked,
}

impl Token {
    /// It opens nothing any more.
    pub fn revoke(self, now: DateTime<Utc>) -> Result<Self, Refusal> {
        match self.revoked_at {
            Some(_) => Err(Refusal::AlreadyRevoked),
            None => Ok(Self { revoked_at: Some(now), ..self }),
        }
    }
}
