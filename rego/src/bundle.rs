//! Bundles: the archives that OPA loads. Built, signed, verified, inspected.
//!
//! An [`Archive`] is an unsigned canonical tar: the same contents are the same bytes on every machine, and its
//! [`digest`](Archive::digest) is what a version is known by. Signing wraps it in one more file and in gzip, and the
//! same key gives the same bytes again.
//!
//! The formats are OPA's: <https://www.openpolicyagent.org/docs/management-bundles>, of which only what every
//! release since 1.0 reads alike is written. `docs/opa.md` names the rest.
//!
//! Invariant: no archive owns more of `data` than its roots say.
//! Invariant: what is signed is exactly what OPA hashes.

mod archive;
mod catalogue;
mod discovery;
mod error;
mod inspect;
pub(crate) mod json;
mod key;
mod manifest;
pub(crate) mod package;
mod signature;
pub(crate) mod tarball;
mod verify;

pub(crate) use archive::folder_of;
pub use archive::{Archive, Contents};
pub use catalogue::{AI, Bundle, CATALOGUE, EXCEPTIONS, PROVISIONING, SYSTEM, bundle};
pub use discovery::{DECISION, Discovery};
pub use error::BundleError;
pub use inspect::{Inspected, InspectedFile, inspect};
pub use key::{KeyId, SigningKey, VerifyingKey};
pub use manifest::{Manifest, Root};
pub use signature::SCOPE;
pub use verify::{Verified, verify};
