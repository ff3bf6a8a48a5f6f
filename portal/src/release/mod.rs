//! Releases: a version put in force in an environment.
//!
//! Promote, roll back: both move a pointer, neither rebuilds. Into a guarded environment (production) one
//! person asks and another confirms:
//! Asked → Confirmed | Declined | Withdrawn.
//!
//! Invariant: nobody confirms what they asked for themselves, nor what they pushed.
//! Invariant: who confirms is shown what is replaced; if something else is in force by then, it is refused.
//! Invariant: a pointer never moves to bytes that are not stored whole.
//! Invariant: a release commits first; the object store's `latest` follows, and never goes back.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    Environment, Id, Person,
    identity::Who,
    policy::{Bundle, Number, Version},
    reason::given,
};

#[cfg(feature = "backend")]
mod checked;
#[cfg(feature = "backend")]
mod confirm;
mod filter;
#[cfg(feature = "backend")]
mod latest;
#[cfg(feature = "backend")]
pub(crate) mod pointer;
#[cfg(feature = "backend")]
mod promote;
#[cfg(feature = "backend")]
mod store;
#[cfg(feature = "backend")]
pub(crate) use checked::{Checked, of_period};
#[cfg(feature = "backend")]
pub use confirm::{ask, confirm, decline, withdraw};
pub use filter::Filter;
#[cfg(feature = "backend")]
pub use latest::follow as follow_with_the_object_store;
#[cfg(feature = "backend")]
pub use promote::{begin, promote, roll_back};
#[cfg(feature = "backend")]
pub use store::{answered, archive, board, history, promotion, search, waiting, waiting_for};
#[cfg(test)]
mod tests;

pub use crate::reason::LONGEST_REASON;

/// A bundle's revision put in force in an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    pub id: Id<Release>,
    pub environment: Environment,
    pub bundle: Bundle,
    /// Counted up over the whole portal: a pointer only moves to a higher one.
    pub sequence: i64,
    /// As OPA reports it: `v1.2.3`, or `r17` of the exceptions.
    pub revision: String,
    /// None of the exceptions bundle, which has no versions.
    pub version: Option<Id<Version>>,
    /// SHA-256 of the signed archive, in hex; its ETag.
    pub digest: String,
    pub by: Option<Who>,
    pub at: DateTime<Utc>,
    pub how: How,
    pub reason: String,
    /// The version in force before it.
    pub replaced: Option<String>,
}

#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum How {
    /// Set-up's first release into an empty environment.
    Begun,
    Promoted,
    RolledBack,
    /// An exception came into force or was revoked.
    Excepted,
}

/// A request that a version be put in force in a guarded environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promotion {
    pub id: Id<Promotion>,
    pub environment: Environment,
    pub version: Id<Version>,
    pub bundle: Bundle,
    pub number: Number,
    pub asked_by: Who,
    pub asked_at: DateTime<Utc>,
    pub reason: String,
    /// Who pushed the version: they do not confirm it either.
    pub pushed_by: Option<Id<Person>>,
    /// The sequence of the release that is in force there now, 0 where none is: a confirmation binds to it.
    pub seen: i64,
    pub state: PromotionState,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum PromotionState {
    Asked,
    Confirmed { by: Who, at: DateTime<Utc> },
    Declined { by: Who, at: DateTime<Utc>, reason: String },
    Withdrawn { at: DateTime<Utc> },
}

/// What is in force in one environment, and what waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    pub environment: Environment,
    pub guarded: bool,
    pub in_force: Vec<Pointer>,
    pub waiting: Vec<Promotion>,
    /// The roll backs whose replaced version was not put in force there again since, newest first.
    pub rolled_back: Vec<Release>,
    /// The promotions that were declined, and that nobody has asked for again since, newest first.
    pub declined: Vec<Promotion>,
}

/// A bundle's release in force, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointer {
    pub release: Release,
    /// Whether the object store's `latest` already says so.
    pub stored: bool,
    /// Live instances of the environment, and how many of them report this revision.
    pub instances: u32,
    pub converged: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    #[error("somebody else must confirm what you asked for")]
    OwnRequest,
    #[error("somebody else must confirm a version that you pushed")]
    OwnVersion,
    #[error("something else is in force there than when you looked; look again")]
    Changed,
    #[error("it has already been decided")]
    AlreadyDecided,
    #[error("only who asked may withdraw it")]
    NotYours,
    #[error("the same version already waits for a decision")]
    AlreadyAsked,
    #[error("{0} is guarded: ask for the promotion, and somebody else confirms it")]
    Guarded(Environment),
    #[error("{0} is not guarded: promote to it directly")]
    NotGuarded(Environment),
    #[error("it is in force there already")]
    InForce,
    #[error("it has not been in force in {0}; give a reason for leaving that out")]
    OutOfOrder(Environment),
    #[error("OPA's own checks did not run on this version, and {0} requires them")]
    Unchecked(Environment),
    #[error("a reason takes 1 to {LONGEST_REASON} characters")]
    NoReason,
    #[error("there is no earlier version to roll back to")]
    NothingBefore,
    #[error("that version was never in force there")]
    NeverInForce,
    #[error("something is in force there already")]
    NotEmpty,
    #[error("the version's archive is not stored whole; push it again")]
    NotStored,
}

impl Board {
    /// The roll back by which this version was taken out of force here, where nobody has put it in force again.
    pub fn rolled_back(&self, bundle: Bundle, number: Number) -> Option<&Release> {
        let number = number.to_string();
        let is_it =
            |release: &&Release| release.bundle == bundle && release.replaced.as_ref() == Some(&number);
        self.rolled_back.iter().find(is_it)
    }

    /// The promotion of this version to here that was declined, where nobody has asked for it again.
    pub fn declined(&self, version: Id<Version>) -> Option<&Promotion> {
        self.declined.iter().find(|one| one.version == version)
    }
}

/// Whether promotions wait for this actor at all. They are decided where they lead: rights over some policies alone
/// decide none.
#[cfg(feature = "backend")]
pub fn decides(actor: &crate::Actor) -> bool {
    let permission = crate::Permission::DecideRelease;
    actor.may(permission, &crate::Scope::Portal) || !actor.environments(permission).is_empty()
}

impl Promotion {
    /// What a screen asks before it offers the button, and a deed before it decides.
    pub fn may_be_decided_by(&self, by: Id<Person>) -> Result<(), Refusal> {
        match self.state {
            PromotionState::Asked if by == self.asked_by.id => Err(Refusal::OwnRequest),
            PromotionState::Asked if Some(by) == self.pushed_by => Err(Refusal::OwnVersion),
            PromotionState::Asked => Ok(()),
            _ => Err(Refusal::AlreadyDecided),
        }
    }

    pub fn may_be_withdrawn_by(&self, by: Id<Person>) -> Result<(), Refusal> {
        match self.state {
            PromotionState::Asked if by == self.asked_by.id => Ok(()),
            PromotionState::Asked => Err(Refusal::NotYours),
            _ => Err(Refusal::AlreadyDecided),
        }
    }
}

/// A reason as it is kept: without space around it, and not too long.
pub fn reason(text: &str) -> Result<String, Refusal> {
    given(text).ok_or(Refusal::NoReason)
}

/// The version that a roll back leads to where nobody names one: what stood before the one in force.
///
/// Every release goes on top of what stood, and a roll back takes away what stood above the version that it
/// leads to. So a second roll back goes further back, and never to what the first one left.
pub fn earlier(oldest_first: impl IntoIterator<Item = (Id<Version>, How)>) -> Option<Id<Version>> {
    let mut stood: Vec<Id<Version>> = Vec::new();
    for (version, how) in oldest_first {
        match stood.iter().rposition(|&one| one == version) {
            Some(at) if how == How::RolledBack => stood.truncate(at + 1),
            // Put in force once more, signed by another key.
            Some(at) if at + 1 == stood.len() => {}
            _ => stood.push(version),
        }
    }
    stood.iter().rev().nth(1).copied()
}
