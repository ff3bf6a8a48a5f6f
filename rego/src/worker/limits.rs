//! What a worker may use, and what it is loaded with.

use std::time::Duration;

use serde::{Deserialize, Serialize};

const MIB: usize = 1 << 20;

/// The worker sets them on itself, first thing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Limits {
    /// Wall time of one request, counted from when the worker takes it up.
    pub wall: Duration,
    /// Wall time of the first request: loading a release, or a whole job.
    pub load: Duration,
    /// Bytes of address space beyond what the program itself maps; the evaluation stack counts.
    pub memory: u64,
    /// Bytes of the evaluation stack: a chain of rules takes some 5 KB a link.
    pub stack: usize,
    /// CPU seconds in the worker's whole life; none for warm workers, which wall time bounds.
    pub cpu: Option<u64>,
    /// Bytes of one request body.
    pub input: usize,
    /// Bytes of one reply, since it ends up in the memory of the process that asks.
    pub reply: usize,
}

impl Default for Limits {
    /// For releases in force.
    fn default() -> Self {
        Self {
            wall: Duration::from_secs(1),
            load: Duration::from_secs(10),
            memory: (512 * MIB) as u64,
            stack: 64 * MIB,
            cpu: None,
            input: 16 * MIB,
            reply: 16 * MIB,
        }
    }
}

impl Limits {
    /// For drafts and their tests: one job in a worker's life. `wall` is one test's or one query's, `load`
    /// the whole job's.
    pub fn drafts() -> Self {
        Self {
            wall: Duration::from_secs(5),
            load: Duration::from_secs(60),
            cpu: Some(60),
            input: 64 * MIB,
            ..Self::default()
        }
    }
}

/// Rego text under the name that errors call it by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Module {
    pub path: String,
    pub text: String,
}

/// What an engine is loaded with: policies and data, in force together.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Release {
    pub modules: Vec<Module>,
    /// A JSON object, as text; empty for none.
    pub data: String,
}
