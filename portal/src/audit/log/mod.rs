//! The audit as a log that others can verify: its entries as leaves of a Merkle tree, and signed checkpoints of that
//! tree outside of the database.
//!
//! An entry stands in its change's own transaction, and waits for a leaf. The sequencer gives waiting entries their
//! places, within a second; every minute or thousand entries the tree's size and root are signed and go to the object
//! store.
//!
//! Invariant: the tree only grows, and by one server at a time.
//! Invariant: no tree is signed that does not hold all that was signed before; where the database has less, nothing in
//! force is changed until the restore is recorded.

use evidence::{Checkpoint, Hash};

pub use evidence::Consistency;

use crate::{
    Actor, Permission, Portal,
    access::{Action, Everything, Job},
};

mod checkpoint;
mod export;
mod kept;
pub(crate) mod key;
mod proof;
mod restore;
mod run;
mod sequence;
mod standing;
mod verify;
mod window;

pub use checkpoint::checkpoint;
pub use export::{Exported, batch, begin};
pub(super) use export::{last, narrowed};
pub(super) use kept::Row;
pub use proof::{Continued, Included, continued, included};
pub use restore::{Restored, restore};
pub use sequence::sequence;
pub(crate) use standing::Standing;
pub use standing::look;
pub use verify::{Part, verify};
pub use window::{Window, key, window};

/// What the log does by itself.
const AUDIT: Actor = Actor::Job(Job::Audit);

struct Seal;
impl Action for Seal {
    type On = Everything;
    const PERMISSION: Permission = Permission::SealAudit;
}

/// The log's public key, in the form of signed notes.
pub fn public_key(portal: &Portal) -> String {
    portal.parts.keys.log().public().to_string()
}

/// The log as the database has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Here {
    branch: u32,
    size: u64,
}

impl Here {
    fn with(self, root: Hash) -> Checkpoint {
        Checkpoint { branch: self.branch, size: self.size, root }
    }
}
