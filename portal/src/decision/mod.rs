//! Decisions: answers of either engine, as their logs tell them.
//!
//! Invariant: a decision that was acknowledged is stored once, however often it is sent.

#[cfg(feature = "backend")]
mod store;
#[cfg(feature = "backend")]
pub use store::{Batch, Event, keep, recent};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::Environment;

/// A decision in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// OPA's `decision_id`.
    pub decision_id: String,
    pub environment: Environment,
    pub instance: String,
    pub path: String,
    pub at: DateTime<Utc>,
}

/// What a list is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    pub environment: Option<Environment>,
    /// A path, and all below it.
    pub path: Option<String>,
    /// Only decisions before the one of this `decision_id`.
    pub before: Option<String>,
}
