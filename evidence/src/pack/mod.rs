//! The evidence pack: what an auditor keeps of a period, as a zip.
//!
//! Beside its files it has a manifest, which says what each of them has to be, and a signature over the manifest with
//! the log's key. So none of them can be altered, left out or put in.
//!
//! Invariant: a name stands once in the zip, for readers disagree about which one of two they take.

use serde::{Deserialize, Serialize};

mod read;
mod sign;
mod write;

pub use read::{PackError, PackReport, verify_pack};
pub use write::PackWriter;

/// The form of the pack that is written here.
const FORMAT: &str = "aegis-evidence/1";
const MANIFEST: &str = "manifest.json";
/// A signed note over the manifest.
const SIGNATURE: &str = "manifest.note";
/// The period's part of the audit, narrowed, as [`crate::Line`] has it.
pub const PACKED_LOG: &str = "audit-log.jsonl";
/// The checkpoint that covers it, as a signed note.
pub const PACKED_CHECKPOINT: &str = "checkpoint.txt";

/// What a pack is, and what is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub format: String,
    /// The log's public key. Whoever verifies holds the right one already.
    pub key: String,
    /// The first day of the period, and the last, in UTC.
    pub since: String,
    pub until: String,
    /// When it was made, and by whom.
    pub made_at: String,
    pub made_by: String,
    pub files: Vec<File>,
}

/// A file as it has to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub name: String,
    pub bytes: u64,
    /// In hex.
    pub sha256: String,
}

/// What a manifest says of its pack beside its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    pub since: String,
    pub until: String,
    pub made_at: String,
    pub made_by: String,
}
