//! The record of who changed what. Entries are appended and never altered.
//!
//! Invariant: an entry is by one actor: a person, a token or a job.
//! Invariant: an entry stands in the same transaction as its change.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    Environment, Id, Person, Scope, Token,
    access::Role,
    exception::{self, Exception},
    identity::{GroupRole, Reviewed},
    list::{Day, List},
    live::Kind,
    policy::{Bundle, Changeset},
    release::Promotion,
};

mod filter;
#[cfg(feature = "backend")]
pub mod log;
mod network;
pub mod pack;
#[cfg(feature = "backend")]
mod store;
pub use filter::{Filter, Source};
pub use network::Network;
#[cfg(feature = "backend")]
pub(crate) use store::{append, append_refusal};
#[cfg(feature = "backend")]
pub use store::{batch, changes, exported, list, search};

/// Everything that can be recorded.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    strum::VariantNames,
    strum::EnumDiscriminants,
)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[strum_discriminants(
    name(EventKind),
    derive(strum::EnumString, strum::IntoStaticStr),
    strum(serialize_all = "snake_case")
)]
pub enum Event {
    Refused {
        on: String,
    },
    PersonEnrolled {
        id: Id<Person>,
        name: String,
        roles: Vec<Role>,
    },
    // The first entries of these two were written without a name.
    SignedIn {
        id: Id<Person>,
        #[serde(default)]
        name: String,
    },
    SignedOut {
        id: Id<Person>,
        #[serde(default)]
        name: String,
    },
    /// Why is one of a few sentences: nothing of what a stranger sent.
    SignInFailed {
        reason: String,
    },
    /// By whose they were, by an admin, or by the identity provider.
    SessionsEnded {
        id: Id<Person>,
        name: String,
        sessions: u32,
    },
    /// By hand, or by a setting. The first entries were written without a scope: they are of the whole portal.
    RoleGranted {
        id: Id<Person>,
        name: String,
        role: Role,
        #[serde(default = "everywhere")]
        scope: Scope,
    },
    RoleTaken {
        id: Id<Person>,
        name: String,
        role: Role,
        scope: Scope,
    },
    /// Each grant was looked at: these stay as they are, those are gone.
    AccessReviewed {
        confirmed: Vec<Reviewed>,
        removed: Vec<Reviewed>,
    },
    PersonDisabled {
        id: Id<Person>,
        name: String,
    },
    PersonEnabled {
        id: Id<Person>,
        name: String,
    },
    GroupMapped(GroupRole),
    GroupUnmapped(GroupRole),
    TokenIssued {
        id: Id<Token>,
        name: String,
    },
    TokenRevoked {
        id: Id<Token>,
        name: String,
    },
    ChangesetPassed {
        id: Id<Changeset>,
        number: i64,
        versions: Vec<String>,
    },
    ChangesetRefused {
        id: Id<Changeset>,
        number: i64,
        faults: u32,
    },
    ReleaseBegun {
        environment: Environment,
        bundle: Bundle,
        revision: String,
    },
    Promoted {
        environment: Environment,
        bundle: Bundle,
        revision: String,
        replaced: Option<String>,
        reason: String,
    },
    PromotionAsked {
        id: Id<Promotion>,
        environment: Environment,
        bundle: Bundle,
        revision: String,
        reason: String,
    },
    PromotionConfirmed {
        id: Id<Promotion>,
        environment: Environment,
        bundle: Bundle,
        revision: String,
        replaced: Option<String>,
    },
    PromotionDeclined {
        id: Id<Promotion>,
        environment: Environment,
        bundle: Bundle,
        revision: String,
        reason: String,
    },
    PromotionWithdrawn {
        id: Id<Promotion>,
        environment: Environment,
        bundle: Bundle,
        revision: String,
    },
    RolledBack {
        environment: Environment,
        bundle: Bundle,
        revision: String,
        replaced: Option<String>,
        reason: String,
    },
    ExceptionRequested {
        id: Id<Exception>,
        number: exception::Number,
    },
    ExceptionApproved {
        id: Id<Exception>,
        number: exception::Number,
        ends_at: DateTime<Utc>,
        seen: String,
    },
    ExceptionDenied {
        id: Id<Exception>,
        number: exception::Number,
        reason: String,
    },
    ExceptionWithdrawn {
        id: Id<Exception>,
        number: exception::Number,
    },
    ExceptionRevoked {
        id: Id<Exception>,
        number: exception::Number,
        reason: String,
    },
    ReloadTriggered {
        environment: Environment,
    },
    ViewKept {
        list: List,
        name: String,
    },
    ViewRemoved {
        list: List,
        name: String,
    },
    /// An older state of the database was restored: entries that a checkpoint covers are gone, and the log goes on as
    /// another branch.
    LogRestored {
        branch: u32,
        /// How many entries the log had when it went on.
        size: u64,
        /// What the newest checkpoint covered; none where it is not signed with this log's key.
        signed: Option<u64>,
        reason: String,
    },
    /// A list left the portal as a file, whole, as far as it was narrowed.
    ListExported {
        list: List,
        query: String,
        rows: u32,
    },
    /// A pack of evidence of these days left the portal, with so many entries of the audit.
    EvidencePacked {
        since: Day,
        until: Day,
        entries: u32,
    },
}

fn everywhere() -> Scope {
    Scope::Portal
}

impl Event {
    /// What pages may have to look at again once it has happened. The audit shows all of it.
    pub fn touches(&self) -> &'static [Kind] {
        match self {
            Self::Refused { .. } => &[Kind::Refusal],
            Self::SignInFailed { .. } => &[Kind::Refusal],
            Self::PersonEnrolled { .. }
            | Self::RoleGranted { .. }
            | Self::RoleTaken { .. }
            | Self::AccessReviewed { .. }
            | Self::PersonEnabled { .. }
            | Self::GroupMapped(_)
            | Self::GroupUnmapped(_) => &[Kind::Person],
            Self::PersonDisabled { .. } => &[Kind::Person, Kind::Session],
            Self::SignedIn { .. } | Self::SignedOut { .. } | Self::SessionsEnded { .. } => &[Kind::Session],
            Self::TokenIssued { .. } | Self::TokenRevoked { .. } => &[Kind::Token],
            Self::ChangesetPassed { .. } | Self::ChangesetRefused { .. } => &[Kind::Changeset],
            Self::ReleaseBegun { .. } | Self::Promoted { .. } | Self::RolledBack { .. } => &[Kind::Release],
            Self::PromotionConfirmed { .. } => &[Kind::Promotion, Kind::Release],
            Self::PromotionAsked { .. }
            | Self::PromotionDeclined { .. }
            | Self::PromotionWithdrawn { .. } => &[Kind::Promotion],
            // What is in force of exceptions is a release of its own.
            Self::ExceptionApproved { .. } | Self::ExceptionRevoked { .. } => {
                &[Kind::Exception, Kind::Release]
            }
            Self::ExceptionRequested { .. }
            | Self::ExceptionDenied { .. }
            | Self::ExceptionWithdrawn { .. } => &[Kind::Exception],
            Self::ReloadTriggered { .. } => &[Kind::Instance],
            // It may have taken anything back; whoever looks is told of what is in force.
            Self::LogRestored { .. } => &[Kind::Release],
            Self::ViewKept { .. }
            | Self::ViewRemoved { .. }
            | Self::ListExported { .. }
            | Self::EvidencePacked { .. } => &[Kind::List],
        }
    }
}

#[cfg(feature = "backend")]
impl EventKind {
    /// What changes nothing for anybody else: who came and went, what was refused, and what somebody keeps.
    const NO_CHANGE: [Self; 9] = [
        Self::Refused,
        Self::SignInFailed,
        Self::SessionsEnded,
        Self::SignedIn,
        Self::SignedOut,
        Self::ViewKept,
        Self::ViewRemoved,
        Self::ListExported,
        Self::EvidencePacked,
    ];
}

/// One line of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub seq: i64,
    pub at: DateTime<Utc>,
    /// The person's name, `NAME by token TOKEN`, or `job NAME`.
    pub by: String,
    pub permission: String,
    /// From where it was asked for; none where that is not known, and for what jobs do.
    pub address: Option<String>,
    /// When whoever did it had last proved who they are; none for what machines do, and for the demo's people.
    pub proven_at: Option<DateTime<Utc>>,
    pub event: Event,
}
