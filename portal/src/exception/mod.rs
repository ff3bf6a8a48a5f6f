//! Exceptions: time-boxed leave from one rule of one policy, for named resources.
//!
//! Requested → Approved | Denied | Withdrawn | Lapsed (unanswered for seven days). Approved → Revoked.
//! An approved one is in force until it ends: that is no state which something sets, but what the clock
//! says, here and inside Rego.
//!
//! Invariant: nobody decides their own request.
//! Invariant: every exception ends, the sooner the more severe the policy: the most severe of what is in force in
//! its environments and of the newest version.
//! Invariant: who approves is shown what they approve; if it changed meanwhile, the approval is refused.

use std::{fmt, str::FromStr};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray};

use crate::{
    Environment, Id, Invalid, Person, Policy,
    identity::Who,
    reason::{LONGEST_REASON, at_most, given},
    report::Severity,
};

#[cfg(feature = "backend")]
mod decide;
#[cfg(feature = "backend")]
pub(crate) mod document;
mod filter;
#[cfg(feature = "backend")]
mod outlook;
mod request;
#[cfg(feature = "backend")]
mod store;
#[cfg(feature = "backend")]
pub use decide::{approve, deny, revoke, revoke_all, withdraw};
pub use filter::{Filter, Order};
#[cfg(feature = "backend")]
pub use outlook::outlook;
pub use request::{LONGEST_JUSTIFICATION, LONGEST_TICKET, Wanted, is_pattern};
#[cfg(feature = "backend")]
pub use store::{batch, chosen, exported, list, request, search, show, waiting, waiting_for};
#[cfg(feature = "backend")]
pub(crate) use store::{by_words, of_period};
#[cfg(test)]
mod tests;

/// How long a request waits for an answer.
pub const ANSWERED_WITHIN: TimeDelta = TimeDelta::days(7);
/// How long an exception lasts where nobody says.
pub const USUAL: TimeDelta = TimeDelta::days(30);
/// How long before its end an exception ends soon: long enough to ask anew, and to be answered.
pub const ENDS_SOON: TimeDelta = TimeDelta::days(7);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    pub id: Id<Exception>,
    pub number: Number,
    pub policy: Id<Policy>,
    /// `aegis.provisioning.s3`.
    pub package: String,
    pub severity: Severity,
    pub rule: String,
    /// Names or addresses, each exactly one resource.
    pub resources: Vec<String>,
    pub environments: Vec<Environment>,
    pub justification: String,
    pub ticket: String,
    pub category: Category,
    /// When it is asked to end.
    pub wanted_until: DateTime<Utc>,
    pub requested_by: Who,
    pub requested_at: DateTime<Utc>,
    pub state: State,
}

/// What people call it: `EXC-001`, counted up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Number(pub i64);

/// Why leave is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, VariantArray)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Category {
    /// The risk is accepted.
    Waiver,
    /// Something else holds the risk down.
    Mitigated,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum State {
    Requested,
    Approved(Approval),
    Denied { by: Who, at: DateTime<Utc>, reason: String },
    Withdrawn { at: DateTime<Utc> },
    Revoked { approval: Approval, by: Who, at: DateTime<Utc>, reason: String },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub by: Who,
    pub at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub comment: String,
}

/// Where an exception stands now, as lists and badges say it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Standing {
    Requested,
    InForce,
    /// In force, and in the last week and the last quarter of its time.
    Expiring,
    Expired,
    Denied,
    Withdrawn,
    Lapsed,
    Revoked,
}

/// An exception with all that its page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    pub exception: Exception,
    /// SHA-256 of what is shown: an approval binds to it.
    pub seen: String,
    pub now: DateTime<Utc>,
    /// How far it has come, an environment each.
    pub reach: Vec<Reached>,
    /// Others in force for the same rule and a resource in common.
    pub overlaps: Vec<Number>,
}

/// What a request would meet, were it made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outlook {
    /// Of the policy where it would hold: it says how long leave may last.
    pub severity: Severity,
    /// Others in force for the same rule and a resource in common.
    pub held: Vec<Number>,
    /// Who may decide it, by name.
    pub deciders: Vec<String>,
    /// How many more may.
    pub more: usize,
}

/// How far the exceptions bundle that carries it has come in one environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    pub environment: Environment,
    /// The revision that first held the newest change of this exception.
    pub revision: String,
    pub instances: u32,
    pub converged: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    #[error("it has already been decided")]
    AlreadyDecided,
    #[error("nobody answered within {} days, so the request lapsed; ask again", ANSWERED_WITHIN.num_days())]
    Lapsed,
    #[error("somebody else must decide your request")]
    OwnRequest,
    #[error("an exception from a {severity} policy ends later than now and within {days} days")]
    EndOutOfReach { severity: Severity, days: i64 },
    #[error("it changed since you looked; read it again")]
    Changed,
    #[error("only who asked may withdraw it")]
    NotYours,
    #[error("it is not in force")]
    NotInForce,
    #[error("exceptions cannot act on {0}: it has no findings, only plain denies")]
    CannotExcept(String),
    #[error("{package} has no rule {rule}")]
    NoSuchRule { package: String, rule: String },
    #[error(
        "`{0}` is a pattern: patterns need two approvals, which this portal does not offer yet; name each resource"
    )]
    Pattern(String),
    #[error("{0} was removed, and is in force in none of these environments")]
    Removed(String),
    #[error("a reason takes 1 to {LONGEST_REASON} characters")]
    NoReason,
    #[error("a comment takes at most {LONGEST_REASON} characters")]
    LongComment,
}

/// How long leave from a policy may last at most.
pub fn longest(severity: Severity) -> TimeDelta {
    match severity {
        Severity::Critical => TimeDelta::days(30),
        Severity::High => TimeDelta::days(90),
        Severity::Medium | Severity::Low => TimeDelta::days(365),
    }
}

impl Approval {
    /// Whether the end is near. What lasts but a week is not near its end from its beginning, so its last quarter
    /// must have begun. Lists ask the same of their rows (`store/list.rs`).
    fn ends_soon(&self, now: DateTime<Utc>) -> bool {
        let left = self.ends_at - now;
        left <= ENDS_SOON && left * 4 <= self.ends_at - self.at
    }
}

impl Exception {
    pub fn approve(
        self,
        by: Who,
        now: DateTime<Utc>,
        ends_at: DateTime<Utc>,
        comment: &str,
    ) -> Result<Self, Refusal> {
        self.may_be_decided_by(by.id, now)?;
        check_end(self.severity, now, ends_at)?;
        let comment = at_most(comment).ok_or(Refusal::LongComment)?;
        let approval = Approval { by, at: now, ends_at, comment };
        Ok(Self { state: State::Approved(approval), ..self })
    }

    pub fn deny(self, by: Who, now: DateTime<Utc>, reason: &str) -> Result<Self, Refusal> {
        self.may_be_decided_by(by.id, now)?;
        let reason = given(reason).ok_or(Refusal::NoReason)?;
        Ok(Self { state: State::Denied { by, at: now, reason }, ..self })
    }

    pub fn withdraw(self, by: Id<Person>, now: DateTime<Utc>) -> Result<Self, Refusal> {
        match self.state {
            State::Requested if by == self.requested_by.id => {
                Ok(Self { state: State::Withdrawn { at: now }, ..self })
            }
            State::Requested => Err(Refusal::NotYours),
            _ => Err(Refusal::AlreadyDecided),
        }
    }

    pub fn revoke(self, by: Who, now: DateTime<Utc>, reason: &str) -> Result<Self, Refusal> {
        let reason = given(reason).ok_or(Refusal::NoReason)?;
        match self.state {
            State::Approved(approval) if now < approval.ends_at => {
                Ok(Self { state: State::Revoked { approval, by, at: now, reason }, ..self })
            }
            _ => Err(Refusal::NotInForce),
        }
    }

    pub fn in_force(&self, now: DateTime<Utc>) -> bool {
        matches!(&self.state, State::Approved(approval) if now < approval.ends_at)
    }

    pub fn lapsed(&self, now: DateTime<Utc>) -> bool {
        matches!(self.state, State::Requested) && now >= self.requested_at + ANSWERED_WITHIN
    }

    /// What a screen asks before it offers the button, and a deed before it decides.
    pub fn may_be_decided_by(&self, by: Id<Person>, now: DateTime<Utc>) -> Result<(), Refusal> {
        match self.state {
            State::Requested if self.lapsed(now) => Err(Refusal::Lapsed),
            State::Requested if by == self.requested_by.id => Err(Refusal::OwnRequest),
            State::Requested => Ok(()),
            _ => Err(Refusal::AlreadyDecided),
        }
    }

    pub fn standing(&self, now: DateTime<Utc>) -> Standing {
        match &self.state {
            State::Requested if self.lapsed(now) => Standing::Lapsed,
            State::Requested => Standing::Requested,
            State::Approved(approval) if now >= approval.ends_at => Standing::Expired,
            State::Approved(approval) if approval.ends_soon(now) => Standing::Expiring,
            State::Approved(_) => Standing::InForce,
            State::Denied { .. } => Standing::Denied,
            State::Withdrawn { .. } => Standing::Withdrawn,
            State::Revoked { .. } => Standing::Revoked,
        }
    }
}

/// Whether leave from a policy of this severity may end then.
pub fn check_end(severity: Severity, now: DateTime<Utc>, ends_at: DateTime<Utc>) -> Result<(), Refusal> {
    let longest = longest(severity);
    if ends_at <= now || ends_at > now + longest {
        return Err(Refusal::EndOutOfReach { severity, days: longest.num_days() });
    }
    Ok(())
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EXC-{:03}", self.0)
    }
}

impl FromStr for Number {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let digits = text
            .strip_prefix("EXC-")
            .filter(|d| (1..=12).contains(&d.len()) && d.bytes().all(|b| b.is_ascii_digit()));
        let number = digits.and_then(|digits| digits.parse().ok()).map(Self);
        number.ok_or_else(|| Invalid::new("exception", "an exception is numbered like EXC-001"))
    }
}

impl TryFrom<String> for Number {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Number> for String {
    fn from(number: Number) -> Self {
        number.to_string()
    }
}
