//! Decisions: answers of either engine, as their logs tell them.
//!
//! Invariant: a decision that was acknowledged is stored once, however often it is sent.

#[cfg(feature = "backend")]
mod day;
#[cfg(feature = "backend")]
mod find;
#[cfg(feature = "backend")]
mod findings;
#[cfg(feature = "backend")]
mod list;
#[cfg(feature = "backend")]
mod shown;
#[cfg(feature = "backend")]
mod store;
#[cfg(feature = "backend")]
pub use day::day;
#[cfg(feature = "backend")]
pub(crate) use find::find;
#[cfg(feature = "backend")]
pub use list::{batch, exported, search, show};
#[cfg(feature = "backend")]
pub use store::{Batch, Event, keep, recent};
#[cfg(test)]
mod tests;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray};

use crate::{
    Environment,
    list::{self as lists, Query, Since},
};

/// A decision in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// OPA's `decision_id`.
    pub decision_id: String,
    pub environment: Environment,
    pub instance: String,
    pub path: String,
    pub at: DateTime<Utc>,
    pub outcome: Outcome,
}

/// What a decision came to, in the order in which people ask for it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Outcome {
    Allowed,
    Denied,
    /// Allowed, because an exception covers what would have been denied.
    Exempted,
    /// Allowed, with a warning.
    Advice,
    /// No rule had an answer.
    Undefined,
    Error,
    /// An answer that neither allows nor denies.
    Other,
}

/// The decisions of 24 hours, as far as they came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    pub since: DateTime<Utc>,
    /// All 24 of them, the oldest first.
    pub hours: Vec<Hour>,
    /// What was sent as a decision meanwhile and is none.
    pub put_aside: u64,
}

/// How many decisions came to what within one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Hour {
    pub allowed: u64,
    pub denied: u64,
    pub exempted: u64,
    pub advice: u64,
    /// Undefined, in error, or no verdict: no part of any rate.
    pub undecided: u64,
}

/// One thing that a policy found in an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// `aegis.provisioning.s3`.
    pub package: String,
    pub outcome: Outcome,
    pub rule: Option<String>,
    pub resource: Option<String>,
    pub message: String,
    /// The exception that let it pass, such as `EXC-001`.
    pub exception: Option<String>,
}

/// A decision with what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    pub line: Line,
    pub findings: Vec<Finding>,
    /// What the input says that it is about.
    pub subject: Option<String>,
    /// Bundles and the revisions of them that decided.
    pub revisions: Vec<(String, String)>,
    pub nanoseconds: Option<u64>,
}

/// A decision with all that its page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    pub judged: Judged,
    pub received_at: DateTime<Utc>,
    pub requested_by: Option<String>,
    pub input: Vec<JsonLine>,
    pub result: Vec<JsonLine>,
    pub error: Option<String>,
    /// Paths of what was changed before it was sent, and of what was taken out, as OPA says them.
    pub masked: Vec<String>,
    pub erased: Vec<String>,
}

/// A line of a JSON document as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JsonLine {
    pub text: String,
    /// Whether what stands here is not what the policy was given.
    pub masked: bool,
}

/// What a list is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    pub environment: Option<Environment>,
    /// A path, and all below it.
    pub path: Option<String>,
    pub outcome: Option<Outcome>,
    /// The whole name of an instance.
    pub instance: Option<String>,
    pub since: Option<Since>,
    /// To this day, with it.
    pub until: Option<lists::Day>,
}

impl lists::Filter for Filter {
    fn read(query: &mut Query) -> Self {
        let (since, until) = query.span(|since: &Since| since.day());
        Self {
            environment: query.take("environment"),
            path: query.text("path"),
            outcome: query.take("outcome"),
            instance: query.text("instance"),
            since,
            until,
        }
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        let pairs = [
            ("environment", self.environment.as_ref().map(ToString::to_string)),
            ("path", self.path.clone()),
            ("outcome", self.outcome.map(|outcome| outcome.to_string())),
            ("instance", self.instance.clone()),
            ("since", self.since.map(|since| since.to_string())),
            ("until", self.until.map(|day| day.to_string())),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// Hours of a [`Day`].
pub const HOURS: usize = 24;

impl Hour {
    fn count(&mut self, outcome: Outcome, number: u64) {
        *match outcome {
            Outcome::Allowed => &mut self.allowed,
            Outcome::Denied => &mut self.denied,
            Outcome::Exempted => &mut self.exempted,
            Outcome::Advice => &mut self.advice,
            Outcome::Undefined | Outcome::Error | Outcome::Other => &mut self.undecided,
        } += number;
    }

    /// Those that were a verdict.
    pub fn decided(&self) -> u64 {
        self.allowed + self.denied + self.exempted + self.advice
    }

    /// All of them.
    pub fn all(&self) -> u64 {
        self.decided() + self.undecided
    }

    /// Denied among those that were a verdict, in tenths of a percent; none where nothing was decided.
    pub fn deny_rate(&self) -> Option<u64> {
        (self.denied * 1000).checked_div(self.decided())
    }
}

impl Day {
    /// The day that begins then, with nothing in it.
    pub fn from(since: DateTime<Utc>) -> Self {
        Self { since, hours: vec![Hour::default(); HOURS], put_aside: 0 }
    }

    /// When its hour of this place begins.
    pub fn begin(&self, hour: usize) -> DateTime<Utc> {
        self.since + TimeDelta::hours(i64::try_from(hour).unwrap_or(i64::MAX))
    }

    /// Counts decisions of one hour. A clock that runs ahead of ours has decided in the last of them.
    pub fn count(&mut self, begin: DateTime<Utc>, outcome: Outcome, number: u64) {
        let hour = usize::try_from((begin - self.since).num_hours()).unwrap_or_default().min(HOURS - 1);
        self.hours[hour].count(outcome, number);
    }

    /// The whole day as one.
    pub fn whole(&self) -> Hour {
        self.hours.iter().fold(Hour::default(), |sum, hour| Hour {
            allowed: sum.allowed + hour.allowed,
            denied: sum.denied + hour.denied,
            exempted: sum.exempted + hour.exempted,
            advice: sum.advice + hour.advice,
            undecided: sum.undecided + hour.undecided,
        })
    }
}
