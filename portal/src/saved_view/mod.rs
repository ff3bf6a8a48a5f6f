//! Views that people keep of a list: a name, and what the list's address asked when they kept it.
//!
//! Invariant: a view is its keeper's alone. What it shows is asked anew each time, of whoever looks.

use serde::{Deserialize, Serialize};

use crate::Id;

#[cfg(feature = "backend")]
mod store;
#[cfg(feature = "backend")]
pub use store::{keep, of, remove};

/// Characters of a view's name.
pub const LONGEST_NAME: usize = 40;
/// Characters of what a view asks.
pub const LONGEST_QUERY: usize = 2000;
/// Views that somebody keeps of one list.
pub const MOST: i64 = 20;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    pub id: Id<SavedView>,
    pub name: String,
    /// As in `standing=in-force&sort=ends`.
    pub query: String,
}
