//! What an auditor checks without the portal: entries of its audit, and checkpoints that were signed over them.
//!
//! An entry's canonical text is a leaf of a Merkle tree (RFC 6962, section 2.1). A checkpoint is the size and the root
//! of that tree, as a signed note (C2SP tlog-checkpoint and signed-note). An export holds the texts with all that it
//! takes to hold them against checkpoints.
//!
//! Pure: it knows neither a database nor the network, nor what time it is.
//!
//! Invariant: what is hashed is the text as it stands in an export; nothing that an auditor reads is outside of it.

mod checkpoint;
mod consistency;
mod entry;
mod export;
mod fault;
mod pack;
mod tree;
mod verify;

pub use checkpoint::{Checkpoint, CheckpointError, LogKey, PublicKey, notes};
pub use consistency::Consistency;
pub use entry::{Entry, leaf};
pub use export::{End, Head, Line};
pub use fault::{Bad, Fault, VerifyError};
pub use pack::{
    About, File, Manifest, PACKED_CHECKPOINT, PACKED_LOG, PackError, PackReport, PackWriter, verify_pack,
};
pub use tlog_tiles::Hash;
pub use tree::{Place, Tree, consistency, consistency_needs, path, path_needs, root, root_needs};
pub use verify::{Known, Lost, Report, is_in, verify};
