//! That one tree goes on from another (RFC 6962, section 2.1.2): a later checkpoint held against an earlier one, without
//! the entries between them.

use serde::{Deserialize, Serialize};
use tlog_tiles::{Hash, check_tree};

use crate::{Checkpoint, Fault};

/// The largest that is read: it has two hashes for each level of a tree.
const LARGEST: usize = 64 << 10;

/// The proof as the portal tells it, in JSON. Members that are not named here are left to whoever reads more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consistency {
    /// How many entries the earlier tree has.
    pub from: u64,
    /// How many the later one has.
    pub to: u64,
    /// Hashes in base64.
    pub proof: Vec<String>,
}

impl Consistency {
    pub fn new(from: u64, to: u64, proof: &[Hash]) -> Self {
        Self { from, to, proof: proof.iter().map(Hash::to_string).collect() }
    }

    /// Reads what the portal told.
    ///
    /// # Errors
    /// Where it is no such proof.
    pub fn read(text: &[u8]) -> Result<Self, Fault> {
        if text.len() > LARGEST {
            return Err(Fault::Unreadable("no proof is so long".into()));
        }
        serde_json::from_slice(text).map_err(|why| Fault::Unreadable(why.to_string()))
    }

    /// Whether it is between these two, in whichever order they come.
    pub fn is_between(&self, one: &Checkpoint, other: &Checkpoint) -> bool {
        (self.from, self.to) == (one.size.min(other.size), one.size.max(other.size))
    }

    /// Holds the two against each other.
    ///
    /// # Errors
    /// Where the later tree does not begin with the earlier one.
    pub fn check(&self, one: &Checkpoint, other: &Checkpoint) -> Result<(), Fault> {
        let (earlier, later) = if one.size <= other.size { (one, other) } else { (other, one) };
        let inconsistent = || Fault::Inconsistent { from: earlier.size, to: later.size };
        let hash = |text: &String| Hash::parse_hash(text).map_err(|_| inconsistent());
        let proof = self.proof.iter().map(hash).collect::<Result<Vec<_>, _>>()?;
        let held = self.is_between(one, other)
            && check_tree(&proof, later.size, later.root, earlier.size, earlier.root).is_ok();
        if held { Ok(()) } else { Err(inconsistent()) }
    }
}
