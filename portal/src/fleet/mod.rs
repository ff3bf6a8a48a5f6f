//! The fleet: every running OPA, as it reports itself.
//!
//! An instance is known by its environment and its label `instance`, else by OPA's own id, which is new
//! for every process. A process succeeds another of its name that has said its last word before. Where both go
//! on, two OPAs use one name, and both are shown.
//!
//! Invariant: a report is kept under the portal's own time, never the machine's.
//! Invariant: a silent instance is shown as silent; it does not vanish.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{Environment, Id, policy::Bundle};

#[cfg(feature = "backend")]
mod reload;
#[cfg(feature = "backend")]
mod report;
#[cfg(feature = "backend")]
mod store;
#[cfg(feature = "backend")]
pub use reload::{Reload, reload};
#[cfg(feature = "backend")]
pub use report::{Reported, report};
#[cfg(feature = "backend")]
pub(crate) use store::{converged, live, reached};
#[cfg(feature = "backend")]
pub use store::{health, history, list, show};
#[cfg(test)]
mod tests;

/// An instance that says nothing for so long is silent: it reports at every held poll, 30 s at most.
pub const SILENT_AFTER: TimeDelta = TimeDelta::seconds(90);
/// An instance that has not taken over what is released after so long is stale: OPA asks again within seconds.
pub const STALE_AFTER: TimeDelta = TimeDelta::seconds(60);
/// A silent instance is counted as gone after so long.
pub const GONE_AFTER: TimeDelta = TimeDelta::days(7);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    pub id: Id<Instance>,
    pub environment: Environment,
    /// Its label `instance`, else OPA's id.
    pub name: String,
    /// OPA's own id of the process.
    pub process: String,
    pub opa_version: String,
    pub first_seen: DateTime<Utc>,
    pub last_seen: DateTime<Utc>,
    /// Those that it speaks of, and those that it should run and says nothing of.
    pub bundles: Vec<BundleStatus>,
    /// Whether its bundle plugin says that it is ready.
    pub ready: bool,
    /// Decisions or chunks that it says it lost since it started.
    pub dropped: i64,
    pub presence: Presence,
    /// Whether another process reports under the same name at the same time: two OPAs were given one.
    pub shares_name: bool,
}

/// What an instance says of one bundle, beside what should be in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleStatus {
    pub name: String,
    /// Empty where it runs none.
    pub active_revision: String,
    /// What is released there; none where nothing is.
    pub expected: Option<String>,
    /// When that was released.
    pub released_at: Option<DateTime<Utc>>,
    /// OPA's own words, verbatim; empty where all is well.
    pub error: String,
}

/// What an instance said of itself from a moment on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    pub at: DateTime<Utc>,
    pub opa_version: String,
    pub ready: bool,
    pub bundles: Vec<Loaded>,
}

/// The same of one bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loaded {
    pub name: String,
    pub active_revision: String,
    pub error: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Presence {
    Live,
    Silent,
    Gone,
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
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Drift {
    /// Runs what is released.
    Converged,
    /// Runs something else, lacks something, or is not ready.
    Behind,
    /// The same, and has had more than a minute to take it over.
    Stale,
    /// Says that a bundle is in error.
    Error,
    /// Says nothing.
    Silent,
}

/// Whether the portal's own routes to a decision are well (`GET /api/v1/policies/health`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// `ok`, or the reason why not.
    pub opa_external: String,
    pub opa_embedded: String,
}

/// What the embedded engine says in the place of OPA's version.
pub const EMBEDDED: &str = "embedded";

/// Whether an instance of this version is to run a bundle: the embedded engine decides `aegis.ai`, OPAs decide
/// the rest, and all of them heed exceptions.
pub fn is_to_run(opa_version: &str, bundle: Bundle) -> bool {
    match bundle {
        Bundle::Ai => opa_version == EMBEDDED,
        Bundle::Provisioning => opa_version != EMBEDDED,
        Bundle::Exceptions => true,
    }
}

pub fn presence(last_seen: DateTime<Utc>, now: DateTime<Utc>) -> Presence {
    match now - last_seen {
        quiet if quiet > GONE_AFTER => Presence::Gone,
        quiet if quiet > SILENT_AFTER => Presence::Silent,
        _ => Presence::Live,
    }
}

/// The oldest OPA that is not known to lose decisions or to run what it should not (`docs/opa.md`).
const OLDEST_GOOD: [u32; 3] = [1, 21, 3];

/// Whether this version of OPA should be replaced by a newer one; one that cannot be read is left alone.
pub fn is_old(opa_version: &str) -> bool {
    let plain = opa_version.split(['-', '+']).next().unwrap_or_default();
    let numbers: Option<Vec<u32>> = plain.split('.').map(|part| part.parse().ok()).collect();
    numbers.is_some_and(|numbers| numbers.as_slice() < OLDEST_GOOD.as_slice())
}

impl BundleStatus {
    pub fn is_behind(&self) -> bool {
        self.expected.as_ref().is_some_and(|expected| *expected != self.active_revision)
    }
}

impl Instance {
    /// What it is called where it is told apart from all others: a name that two share does not do.
    pub fn title(&self) -> String {
        if !self.shares_name {
            return self.name.clone();
        }
        let short: String = self.process.chars().take(8).collect();
        format!("{} ({short})", self.name)
    }

    /// When it should have begun to run what is released now, of several bundles the first: at the release, or when
    /// the process began.
    pub fn behind_since(&self) -> Option<DateTime<Utc>> {
        let behind = self.bundles.iter().filter(|bundle| bundle.is_behind());
        behind.filter_map(|bundle| Some(bundle.released_at?.max(self.first_seen))).min()
    }

    pub fn drift(&self) -> Drift {
        if self.presence != Presence::Live {
            Drift::Silent
        } else if self.bundles.iter().any(|bundle| !bundle.error.is_empty()) {
            Drift::Error
        } else if self.behind_since().is_some_and(|since| self.last_seen - since > STALE_AFTER) {
            Drift::Stale
        } else if !self.ready || self.bundles.iter().any(BundleStatus::is_behind) {
            Drift::Behind
        } else {
            Drift::Converged
        }
    }
}
