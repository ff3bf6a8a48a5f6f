//! Our bundles and the real OPA: what it loads, what it refuses, and what it makes of the same files itself.

#![cfg(feature = "engine")]
#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

mod archive;
mod discovery;
mod fleet;
mod keys;
mod signed;

use std::collections::BTreeMap;
use std::path::PathBuf;

use bytes::Bytes;
use rego::bundle::{Archive, Contents, KeyId, SigningKey};
use rego::opa::{Opa, place_in_cache};

pub(crate) const S3: &str = "package aegis.provisioning.s3\n\ndeny contains \"open\" if input.open == data.aegis.provisioning.limit\n";

/// These tests are about OPA: without one they fail.
pub(crate) fn opa() -> Opa {
    Opa::find(place_in_cache().as_deref())
        .expect("these tests need `opa`: name it in OPA_BIN, or put it on the PATH")
}

pub(crate) fn program() -> PathBuf {
    opa().program().to_owned()
}

pub(crate) fn key(name: &str) -> SigningKey {
    SigningKey::generate(name.parse::<KeyId>().unwrap())
}

pub(crate) fn contents(files: &[(&str, &str)]) -> Contents {
    let files: BTreeMap<_, _> =
        files.iter().map(|(name, text)| ((*name).to_owned(), Bytes::from((*text).to_owned()))).collect();
    Contents {
        revision: "r-1".into(),
        roots: vec!["aegis/provisioning".parse().unwrap()],
        files,
        ..Contents::default()
    }
}

pub(crate) fn archive() -> Archive {
    let data = "{\"limit\": 1.0, \"text\": \"\u{2028}<é>\"}";
    Archive::build(&contents(&[("s3/s3.rego", S3), ("aegis/provisioning/data.json", data)])).unwrap()
}
