use std::fmt;

use crate::CheckpointError;

/// What is wrong with an export, or with a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    #[error("it is of the format {0}, which is not known here")]
    Format(String),
    #[error("entry {expected} should stand here: an entry was deleted, inserted or put elsewhere")]
    OutOfPlace { expected: u64 },
    #[error("what it says is not what was hashed: it was altered")]
    Altered,
    #[error("the checkpoint over {size} entries does not cover it as it stands")]
    NotCovered { size: u64 },
    #[error(
        "the entries up to {last} are not those that were signed as a checkpoint over {size}: \
         one from here on was altered, and the tree built anew around it"
    )]
    Rebuilt { size: u64, last: u64 },
    #[error("a checkpoint is not one of this log: {0}")]
    Checkpoint(#[from] CheckpointError),
    #[error("two checkpoints contradict each other: one over {size} entries comes after a later one")]
    Backwards { size: u64 },
    #[error("two checkpoints over {size} entries are not of the same tree")]
    Contradiction { size: u64 },
    #[error("the tree of {to} entries does not begin with the one of {from} that was signed")]
    Inconsistent { from: u64, to: u64 },
    #[error("a checkpoint over {size} entries is known, and those from here on are gone")]
    CutOff { size: u64 },
    #[error("no checkpoint covers it")]
    Uncovered,
    #[error("branch {0} of the log begins without an entry that says so")]
    Unannounced(u32),
    #[error("the file ends before its end")]
    Broken,
    #[error("the file has {found} entries, and by its own account {told}")]
    Counted { told: u64, found: u64 },
}

/// The first thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bad {
    /// The entry, by its place in the log, if it is one.
    pub entry: Option<u64>,
    /// The line of the file, from 1.
    pub line: u64,
    pub fault: Fault,
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(entry) = self.entry {
            write!(f, "entry {entry}, ")?;
        }
        write!(f, "line {}: {}", self.line, self.fault)
    }
}

/// Why an export does not hold.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error("{0}")]
    Bad(Bad),
    #[error("it cannot be read: {0}")]
    Read(#[from] std::io::Error),
}

impl From<Bad> for VerifyError {
    fn from(bad: Bad) -> Self {
        Self::Bad(bad)
    }
}
