//! Exceptions as data: the document that the bundle `aegis-exceptions` carries, and the YAML list of the runbook.
//!
//! The document is an index, so that a policy finds what covers a finding without walking a list:
//! `index[policy][rule][resource]` is a list, the earliest end first. A list and not one value, so that a renewal
//! beside what it renews loses neither. The Rego helper asks the clock, so an exception ends without us.
//!
//! Invariant: every end is a number, later than its start. Rego orders any number before any string, so an end in
//! quotes would never come.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

mod list;
mod moment;

pub use list::list;
pub use moment::ends;

/// Leave from one rule of one policy, for named resources, until a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// `EXC-001`.
    pub id: String,
    /// The package, `aegis.provisioning.s3`.
    pub policy: String,
    /// The finding's rule, `deny_no_encryption`.
    pub rule: String,
    /// Exact addresses, names or ids, as findings have them.
    pub resources: Vec<String>,
    /// Nanoseconds since 1970, UTC; from then on it covers.
    pub starts_ns: i64,
    /// Nanoseconds since 1970, UTC; from then on it does not.
    pub expires_ns: i64,
    pub ticket: String,
    /// `waiver` or `mitigated`.
    pub category: String,
}

/// Why an exception is not made into data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("exception {id}: {reason}")]
pub struct Refused {
    /// Its id, or its place in the list where it has none.
    pub id: String,
    pub reason: String,
}

/// What the index holds of an exception. In the order that the index is sorted by.
#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Leaf<'a> {
    expires_ns: i64,
    id: &'a str,
    starts_ns: i64,
    ticket: &'a str,
    category: &'a str,
}

type Index<'a> = BTreeMap<&'a str, BTreeMap<&'a str, BTreeMap<&'a str, Vec<Leaf<'a>>>>>;

/// The data of the exceptions bundle, to lie at `data.exceptions`. Costs n log n.
///
/// # Errors
/// The first entry that names nothing, or whose end does not come after its start.
pub fn document(entries: &[Entry]) -> Result<Value, Refused> {
    let mut index = Index::new();
    for entry in entries {
        entry.check()?;
        for resource in &entry.resources {
            let rules = index.entry(&entry.policy).or_default();
            rules.entry(&entry.rule).or_default().entry(resource).or_default().push(entry.leaf());
        }
    }
    for leaves in index.values_mut().flat_map(BTreeMap::values_mut).flat_map(BTreeMap::values_mut) {
        leaves.sort_unstable();
        leaves.dedup();
    }
    Ok(json!({ "index": index }))
}

impl Entry {
    fn check(&self) -> Result<(), Refused> {
        let names = [&self.id, &self.policy, &self.rule];
        let reason = if names.into_iter().chain(&self.resources).any(|name| name.trim().is_empty()) {
            "it lacks an id, a policy, a rule or a resource"
        } else if self.resources.is_empty() {
            "it names no resource"
        } else if self.expires_ns <= self.starts_ns {
            "it ends before it starts"
        } else {
            return Ok(());
        };
        Err(Refused { id: self.id.clone(), reason: reason.to_owned() })
    }

    fn leaf(&self) -> Leaf<'_> {
        let Self { id, starts_ns, expires_ns, ticket, category, .. } = self;
        Leaf { expires_ns: *expires_ns, id, starts_ns: *starts_ns, ticket, category }
    }
}

#[cfg(test)]
mod tests;
