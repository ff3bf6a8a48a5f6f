//! Who people and machines are: people, the roles they are granted, their sessions, and tokens.
//!
//! Invariant: a secret is shown once and kept as its SHA-256 alone.
//! Invariant: a token that was revoked is nobody's; it stays on the list.
//! Invariant: a token belongs to a person, who answers for it, or (an `opa` token) to an environment.
//! Invariant: people of a provider are known by issuer and subject alone.
//! Invariant: somebody is an admin who may come in, once anybody is.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    Environment, Id, Scope,
    access::{Grant, Role, TokenScope},
};

#[cfg(feature = "backend")]
mod admin;
#[cfg(feature = "backend")]
mod attempt;
#[cfg(feature = "backend")]
mod grant;
#[cfg(feature = "backend")]
mod group;
#[cfg(feature = "backend")]
mod opened;
#[cfg(feature = "backend")]
mod people;
#[cfg(feature = "backend")]
mod proven;
#[cfg(feature = "backend")]
mod review;
#[cfg(feature = "backend")]
mod scope;
#[cfg(feature = "backend")]
mod secret;
#[cfg(feature = "backend")]
mod session;
#[cfg(feature = "backend")]
mod store;
#[cfg(feature = "backend")]
mod token;
#[cfg(feature = "backend")]
mod why;
#[cfg(feature = "backend")]
pub use admin::{disable, enable};
#[cfg(feature = "backend")]
pub use attempt::{ATTEMPT, Attempt, KEPT_FORM, begin_sign_in, take_sign_in};
#[cfg(feature = "backend")]
pub(crate) use grant::grants_of;
#[cfg(feature = "backend")]
pub use grant::{grant, take_grant};
#[cfg(feature = "backend")]
pub use group::{group_roles, map_group, unmap_group};
#[cfg(feature = "backend")]
pub use opened::{LogoutOrder, end_my_session, end_sessions_of, my_sessions, obey_logout};
#[cfg(feature = "backend")]
pub use people::{Enrolled, people};
#[cfg(feature = "backend")]
pub use proven::{Proven, ProviderSession, sign_in_proven};
#[cfg(feature = "backend")]
pub use review::{MOST_REVIEWED, ToReview, review, to_review};
#[cfg(feature = "backend")]
pub use secret::{Secret, SecretKind, digest};
#[cfg(feature = "backend")]
pub use session::{
    Ended, close as sign_out, note_failure as note_failed_sign_in, open_demo as sign_in_as_demo_person,
    who_has_session, who_left_session_open,
};
#[cfg(feature = "backend")]
pub use store::{DemoPerson, demo_people, enrol};
#[cfg(feature = "backend")]
pub(crate) use token::{Uses, bearer};
#[cfg(feature = "backend")]
pub use token::{
    Void, WantedToken, ending as tokens_ending, issue as issue_token, keep_uses, list as tokens, note_use,
    revoke as revoke_token, who_has_token, write_down_uses,
};
#[cfg(feature = "backend")]
pub use why::{Source, Why, why};

/// How long a session lasts, whatever happens in it.
pub const SESSION: TimeDelta = TimeDelta::hours(12);
/// How long a session lasts in which nothing happens.
pub const IDLE: TimeDelta = TimeDelta::minutes(30);
/// How long a proof of who somebody is counts for what most depends on it (ASVS 5.0, 7.5.3).
pub const PROVEN: TimeDelta = TimeDelta::minutes(15);
/// How long a token lasts at most.
pub const LONGEST_TOKEN: TimeDelta = TimeDelta::days(365);
/// How long a token lasts where nobody says otherwise.
pub const USUAL_TOKEN: TimeDelta = TimeDelta::days(90);
/// From when on a token's end is told of.
pub const TOKEN_ENDS_SOON: TimeDelta = TimeDelta::days(14);

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
    /// When somebody last came with it, told to a minute.
    pub used_at: Option<DateTime<Utc>>,
}

/// What a group of the provider's is granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRole {
    /// As the provider writes it.
    pub group: String,
    pub role: Role,
    pub scope: Scope,
}

/// The same, and what it comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapped {
    pub grant: GroupRole,
    /// How many may come in who were in the group when they last signed in.
    pub people: i64,
}

/// Who was granted something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Holder {
    Person(Who),
    Group(String),
}

/// One grant as a review goes through it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewed {
    pub holder: Holder,
    pub role: Role,
    pub scope: Scope,
}

#[cfg(feature = "backend")]
impl Reviewed {
    /// What a form calls it: 20 hexadecimal digits, so that all that is granted fits into one that travels through a
    /// sign-in. Nobody finds another grant of that name (80 bits of SHA-256). A person may change theirs meanwhile.
    pub fn key(&self) -> String {
        use sha2::{Digest as _, Sha256};
        let holder = match &self.holder {
            Holder::Person(who) => Ok(who.id),
            Holder::Group(group) => Err(group),
        };
        let text = serde_json::to_vec(&(holder, self.role, &self.scope)).expect("a grant is plain JSON");
        hex::encode(&Sha256::digest(text)[..10])
    }
}

/// A session that is open, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    pub id: Id<Opened>,
    pub opened_at: DateTime<Utc>,
    pub used_at: DateTime<Utc>,
    /// What the browser calls itself.
    pub browser: String,
    /// Whether it is the one in which they look.
    pub here: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    #[error("this token was issued before: if its secret was not seen, revoke it and issue another")]
    AlreadyIssued,
    #[error("the token has already been revoked")]
    AlreadyRevoked,
    #[error("the group has this role already")]
    AlreadyMapped,
    #[error("this person has this role already")]
    AlreadyGranted,
    #[error("something was granted or taken since you looked: look again")]
    Changed,
    #[error("an admin has disabled this person")]
    Disabled,
    #[error("nobody has disabled this person")]
    NotDisabled,
    #[error("nobody would be an admin any more")]
    LastAdmin,
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
