//! Who may do what.
//!
//! Invariant: the database is reached only through the door's `View` or `Change`,
//! and each is lent only after [`Actor::may`] or [`Actor::reach`] said yes.

mod actor;
#[cfg(feature = "backend")]
pub(crate) mod door;
mod permission;
mod role;
#[cfg(test)]
mod tests;

#[cfg(feature = "backend")]
pub use actor::Hand;
pub use actor::{Actor, By, Grant, Reach, Scope};
#[cfg(feature = "backend")]
pub(crate) use door::{Action, Everything, Target};
#[cfg(feature = "backend")]
pub use door::{Portal, Settings, migrate};
pub use permission::Permission;
pub use role::{Job, Role, TokenScope};
