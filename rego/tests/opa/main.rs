//! The real `opa` as we run it: what it judges, and what it cannot do to us.

#![cfg(feature = "engine")]
#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

mod cage;
mod exceptions;
mod verdicts;

use bytes::Bytes;
use rego::folder::Folder;
use rego::opa::{Opa, place_in_cache};

/// These tests are about OPA: without one they fail.
pub(crate) fn opa() -> Opa {
    Opa::find(place_in_cache().as_deref())
        .expect("these tests need `opa`: name it in OPA_BIN, or put it on the PATH")
}

pub(crate) fn folder(files: &[(&str, &str)]) -> Folder {
    Folder::from_files(files.iter().map(|(name, text)| ((*name).to_owned(), Bytes::from((*text).to_owned()))))
        .unwrap()
}
