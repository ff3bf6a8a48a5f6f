//! Rego and its files: checked, tested, covered, evaluated in caged workers; bundles built, signed,
//! verified. No database, no HTTP, nobody asking.
//!
//! Without the feature `engine` this is the vocabulary of reports alone, and builds for the browser.

pub mod report;

#[cfg(feature = "engine")]
pub mod bundle;
#[cfg(feature = "engine")]
pub mod check;
#[cfg(feature = "engine")]
pub mod exceptions;
#[cfg(feature = "engine")]
pub mod folder;
#[cfg(feature = "engine")]
mod free_port;
#[cfg(feature = "engine")]
pub mod opa;
#[cfg(feature = "engine")]
pub mod worker;
#[cfg(feature = "engine")]
mod yaml;

#[cfg(feature = "engine")]
pub use free_port::free_port;
