//! The signature of a bundle: one JWT over the hash of every file.
//!
//! OPA's `v1/bundle/sign.go` and `verify.go`: `{"signatures": ["<compact JWT>"]}`, whose payload lists the files and
//! names the scope. It has no end: an old signed bundle stays valid for as long as its key is known.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::archive::is_data;
use super::json::Json;
use super::{BundleError, SigningKey, manifest};

/// Found by exactly this name from OPA 1.22 on, and by its ending before.
pub(crate) const NAME: &str = ".signatures.json";

/// The scope that we sign for and that discovery asks OPA to demand.
pub const SCOPE: &str = "write";

pub(crate) const ALGORITHM: &str = "SHA-256";

#[derive(Serialize, Deserialize)]
pub(crate) struct SignatureFile {
    pub(crate) signatures: Vec<String>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Header {
    pub(crate) alg: String,
    #[serde(default)]
    pub(crate) kid: String,
    #[serde(default, skip_serializing)]
    pub(crate) crit: Option<serde_json::Value>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Payload {
    pub(crate) files: Vec<SignedFile>,
    #[serde(default)]
    pub(crate) scope: String,
    /// Old, and only a fallback in OPA; written for readers that look at nothing else.
    #[serde(default)]
    pub(crate) keyid: String,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct SignedFile {
    pub(crate) name: String,
    pub(crate) hash: String,
    pub(crate) algorithm: String,
}

/// What is written to `/.signatures.json`.
pub(crate) fn file(files: &BTreeMap<String, Bytes>, key: &SigningKey) -> Bytes {
    let listed = files.iter().map(|(name, bytes)| SignedFile {
        name: name.clone(),
        hash: hash(name, bytes).expect("what an archive holds has been read"),
        algorithm: ALGORITHM.to_owned(),
    });
    let keyid = key.keyid().to_string();
    let header = Header { alg: "ES256".to_owned(), kid: keyid.clone(), crit: None };
    let payload = Payload { files: listed.collect(), scope: SCOPE.to_owned(), keyid };
    let signed = format!("{}.{}", encode(&header), encode(&payload));
    let jwt = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes())));
    serde_json::to_vec(&SignatureFile { signatures: vec![jwt] }).expect("plain JSON").into()
}

/// The hash of a file as OPA computes it: of canonical JSON where it reads JSON, else of the bytes.
///
/// # Errors
/// Why a structured file cannot be read.
pub(crate) fn hash(name: &str, bytes: &[u8]) -> Result<String, BundleError> {
    let base = name.rsplit('/').next().unwrap_or(name);
    if matches!(base, "data.yaml" | "data.yml") {
        return Err(BundleError::content(name, "OPA's releases hash YAML differently"));
    }
    if !is_data(name) && base != manifest::NAME {
        return Ok(hex::encode(Sha256::digest(bytes)));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| BundleError::content(name, "not UTF-8"))?;
    let document = Json::parse(text).map_err(|fault| BundleError::content(name, fault.to_string()))?;
    Ok(hex::encode(Sha256::digest(document.canonical())))
}

fn encode(part: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(part).expect("plain JSON"))
}
