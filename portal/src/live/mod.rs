//! Live: open pages are told that something of a kind has changed, never what. What it is they ask for
//! themselves, through the door.
//!
//! Invariant: a change is told in its own transaction: what is rolled back tells nothing.
//! Invariant: whoever may have missed something is told that anything may have changed.

use strum::{Display, EnumString, VariantArray};

#[cfg(feature = "backend")]
mod hearing;
#[cfg(feature = "backend")]
mod pace;
#[cfg(feature = "backend")]
pub use hearing::Heard;
#[cfg(feature = "backend")]
pub(crate) use hearing::{Hearing, tell};

/// What a page may show, and so may have to look at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Display, EnumString, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Kind {
    /// Folders put up for checks, and the versions and policies that they became.
    Changeset,
    /// What either engine decided. Told at most twice a second: they never stop coming.
    Decision,
    Exception,
    /// What OPAs say of themselves.
    Instance,
    /// Views that were kept and files that were taken away: the audit alone shows that.
    List,
    Person,
    Promotion,
    /// That somebody was told no: the audit alone shows it.
    Refusal,
    /// What is in force.
    Release,
    /// Sign-ins and sign-outs.
    Session,
    Token,
}
