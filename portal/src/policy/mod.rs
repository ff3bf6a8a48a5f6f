//! Policies and their versions.
//!
//! A folder that somebody pushes is a changeset. It is checked as a whole: refused with every fault that
//! was found, and then nothing changes; or passed, and each bundle it touches gets a new version.
//!
//! Invariant: a version never changes: its number, its files and its digest are written once. Only its signature
//! is made anew, where it is pushed again and its key is no longer the one in use.
//! Invariant: the same files make the same digest, and no second version.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    Id, Invalid,
    identity::Who,
    report::{Engine, Report, Severity},
};

#[cfg(feature = "backend")]
mod compare;
mod filter;
#[cfg(feature = "backend")]
mod list;
#[cfg(feature = "backend")]
mod push;
#[cfg(feature = "backend")]
mod store;
#[cfg(feature = "backend")]
mod touched;
#[cfg(feature = "backend")]
pub use compare::{compare, removed};
pub use filter::{ChangesetFilter, Filter, Order, Outcome, VersionFilter};
#[cfg(feature = "backend")]
pub use list::{search_changesets, search_versions};
#[cfg(feature = "backend")]
pub use push::{may_push, push};
#[cfg(feature = "backend")]
pub(crate) use store::{bundle, by_package, described, find, who};
#[cfg(feature = "backend")]
pub use store::{changeset, changesets, list, owners, show, version, version_by_number, versions};
#[cfg(test)]
mod tests;

/// Somebody's or a job's name where no person stands behind an act.
pub const PORTAL: &str = "the portal";

/// One Rego package, as its newest version describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    pub id: Id<Policy>,
    /// `aegis.provisioning.s3`.
    pub package: String,
    pub bundle: Bundle,
    pub engine: Engine,
    pub title: String,
    pub description: String,
    pub severity: Severity,
    pub owner: Option<String>,
    pub controls: Vec<String>,
    /// Names of the findings that an exception can be asked for.
    pub rules: Vec<String>,
    /// Whether exceptions can act on it.
    pub excepts: bool,
    /// What other policies call; it decides nothing itself.
    pub library: bool,
    /// The newest version that holds it.
    pub version: Number,
    pub version_id: Id<Version>,
}

/// A policy with all that its page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyDetail {
    pub policy: Policy,
    /// Its modules, then its tests, in the newest version.
    pub files: Vec<SourceFile>,
    /// Of the whole changeset that the version came from; the page shows what is the policy's.
    pub report: Report,
    pub in_force: Vec<InForce>,
    pub exceptions_in_force: u32,
}

/// A version in force in an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InForce {
    pub environment: crate::Environment,
    pub version: Number,
    pub since: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    pub path: String,
    pub text: String,
    pub test: bool,
}

/// A folder that was put up for checks, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changeset {
    pub id: Id<Changeset>,
    pub number: i64,
    /// The person who answers for it; none for set-up's own.
    pub by: Option<Who>,
    pub at: DateTime<Utc>,
    pub note: String,
    pub passed: bool,
    pub report: Report,
    /// The versions it became; those that were there already are among them.
    pub versions: Vec<VersionRef>,
}

/// A changeset in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangesetLine {
    pub id: Id<Changeset>,
    pub number: i64,
    pub by: Option<Who>,
    pub at: DateTime<Utc>,
    pub note: String,
    pub passed: bool,
    pub faults: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionRef {
    pub id: Id<Version>,
    pub bundle: Bundle,
    pub number: Number,
}

/// An immutable version of a policy bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    pub id: Id<Version>,
    pub bundle: Bundle,
    pub number: Number,
    /// SHA-256 of the unsigned canonical archive, in hex.
    pub digest: String,
    /// SHA-256 of the signed archive as it is served; also its ETag.
    pub served_digest: String,
    pub keyid: String,
    /// Bytes of the signed archive.
    pub size: i64,
    pub changeset: Id<Changeset>,
    pub by: Option<Who>,
    pub at: DateTime<Utc>,
    pub packages: Vec<String>,
    /// Environments in which it is in force now.
    pub in_force: Vec<crate::Environment>,
}

/// A version with all that its page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionDetail {
    pub version: Version,
    pub report: Report,
    pub note: String,
    /// The one before it of the same bundle.
    pub before: Option<VersionRef>,
    pub changes: Vec<FileChange>,
}

/// What became of one file between two versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    pub path: String,
    /// None where the file is new.
    pub old: Option<String>,
    /// None where the file is gone.
    pub new: Option<String>,
}

/// The bundles of the catalogue.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::VariantArray,
)]
pub enum Bundle {
    #[serde(rename = "aegis-provisioning")]
    #[strum(to_string = "aegis-provisioning")]
    Provisioning,
    #[serde(rename = "aegis-ai")]
    #[strum(to_string = "aegis-ai")]
    Ai,
    #[serde(rename = "aegis-exceptions")]
    #[strum(to_string = "aegis-exceptions")]
    Exceptions,
}

impl Bundle {
    /// What it owns and where it is kept.
    #[cfg(feature = "backend")]
    pub(crate) fn catalogue(self) -> &'static rego::bundle::Bundle {
        match self {
            Self::Provisioning => &rego::bundle::PROVISIONING,
            Self::Ai => &rego::bundle::AI,
            Self::Exceptions => &rego::bundle::EXCEPTIONS,
        }
    }

    /// Those that hold policies, and so have versions.
    pub const OF_POLICIES: [Self; 2] = [Self::Provisioning, Self::Ai];
}

/// `v1.2.3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Number {
    pub major: i32,
    pub minor: i32,
    pub patch: i32,
}

impl Number {
    pub const FIRST: Self = Self { major: 1, minor: 0, patch: 0 };

    /// What the next version is called where nobody says.
    pub fn next(self) -> Self {
        Self { minor: self.minor + 1, patch: 0, ..self }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for Number {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let parts = || {
            let mut parts = text.strip_prefix('v')?.split('.').map(|part| {
                let plain = part.len() <= 6 && part.bytes().all(|byte| byte.is_ascii_digit());
                plain.then(|| part.parse::<i32>().ok()).flatten()
            });
            let number = Self { major: parts.next()??, minor: parts.next()??, patch: parts.next()?? };
            parts.next().is_none().then_some(number)
        };
        parts().ok_or_else(|| Invalid::new("version", "a version is numbered like v1.2.3"))
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

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    #[error("a folder without a policy changes nothing")]
    NoPolicies,
    /// The parts on which checks stand were not there.
    #[error("the checks could not be run: {0}")]
    NotChecked(String),
}
