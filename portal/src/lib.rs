//! The portal: what it knows and what it does. No HTTP and no HTML.
//!
//! Without the feature `backend` this is vocabulary and rules, and builds for the browser: a button and
//! the server ask the same rule. With it come the deeds, which reach the database through one door.

pub mod access;
pub mod audit;
#[cfg(feature = "backend")]
pub mod clock;
pub mod decision;
#[cfg(feature = "backend")]
pub mod engine;
pub mod environment;
mod error;
pub mod exception;
pub mod find;
pub mod fleet;
pub mod id;
#[cfg(feature = "backend")]
pub mod idempotency;
pub mod identity;
#[cfg(feature = "backend")]
pub mod key;
pub mod list;
pub mod live;
#[cfg(feature = "backend")]
pub mod object;
pub mod policy;
mod reason;
pub mod release;
pub mod saved_view;
#[cfg(feature = "backend")]
mod search;
#[cfg(feature = "backend")]
pub mod shelf;
#[cfg(feature = "testing")]
pub mod testing;

pub use access::{Actor, Permission, Scope};
#[cfg(feature = "backend")]
pub use access::{Portal, Settings, migrate};
pub use environment::Environment;
pub use error::{Error, Invalid, Result};
pub use id::Id;
pub use identity::{Person, Token};
pub use policy::{Changeset, Policy, Version};
pub use rego::report;
pub use release::{Promotion, Release};
