//! What is in a bundle, whoever built it. Nothing is verified here.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;
use tar::EntryType;

use super::json::Json;
use super::manifest::{self, Manifest};
use super::package::package;
use super::signature;
use super::tarball::{self, LIMITS};
use super::{Archive, BundleError, verify};

/// A bundle taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inspected {
    pub manifest: Manifest,
    /// The key that the signature names; `None` where there is no signature. Not verified.
    pub keyid: Option<String>,
    /// SHA-256 of the same files as an unsigned canonical tar, in hex.
    pub digest: String,
    pub files: Vec<InspectedFile>,
    /// The packages of its modules, dotted, each once.
    pub packages: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InspectedFile {
    /// Without a leading slash.
    pub name: String,
    /// Bytes, unpacked.
    pub size: usize,
    /// SHA-256 in hex, as a signature lists it.
    pub hash: String,
}

/// A bundle as it was read: its files, and the signature beside them.
pub(crate) struct Opened {
    pub(crate) archive: Archive,
    pub(crate) signature: Option<Bytes>,
}

/// Lists what a bundle holds.
///
/// # Errors
/// When it is no bundle, is beyond the limits of 32 MiB packed and 128 MiB unpacked, or holds what readers would
/// read differently.
pub fn inspect(gz: &[u8]) -> Result<Inspected, BundleError> {
    let opened = open(gz)?;
    let keyid = match &opened.signature {
        Some(file) => Some(verify::token(file)?.header.kid),
        None => None,
    };
    let archive = opened.archive;
    let (mut files, mut packages) = (Vec::new(), Vec::new());
    for (name, bytes) in archive.files() {
        files.push(InspectedFile {
            name: name.clone(),
            size: bytes.len(),
            hash: signature::hash(name, bytes)?,
        });
        let text = std::str::from_utf8(bytes).ok().filter(|_| name.ends_with(".rego"));
        packages.extend(text.and_then(package).map(|path| path.join(".")));
    }
    packages.sort();
    packages.dedup();
    Ok(Inspected {
        manifest: archive.manifest().clone(),
        keyid,
        digest: archive.digest().to_owned(),
        files,
        packages,
    })
}

/// Reads a bundle of any maker.
pub(crate) fn open(gz: &[u8]) -> Result<Opened, BundleError> {
    let tar = tarball::gunzip(gz, &LIMITS).map_err(BundleError::Unreadable)?;
    let mut files = BTreeMap::new();
    for entry in tarball::read(&tar, &LIMITS).map_err(BundleError::Unreadable)? {
        let name = String::from_utf8(entry.name)
            .map_err(|_| BundleError::Unreadable("a name is not UTF-8".into()))?;
        match entry.kind {
            EntryType::Directory if entry.bytes.is_empty() => continue,
            EntryType::Regular => {}
            _ => return Err(BundleError::content(name, "not a regular file")),
        }
        let name = name.strip_prefix('/').unwrap_or(&name).to_owned();
        check_name(&name)?;
        if files.insert(name.clone(), entry.bytes).is_some() {
            return Err(BundleError::content(name, "it stands twice"));
        }
    }
    let signature = files.remove(signature::NAME);
    let manifest = match files.get(manifest::NAME) {
        Some(bytes) => read_manifest(bytes)?,
        None => return Err(BundleError::Unreadable("it has no manifest".to_owned())),
    };
    Ok(Opened { archive: Archive::of(manifest, files)?, signature })
}

/// Names that OPA's releases read differently, or that turn the bundle into something else, are refused.
fn check_name(name: &str) -> Result<(), BundleError> {
    let base = name.rsplit('/').next().unwrap_or(name);
    let plain = name.split('/').all(|step| !matches!(step, "" | "." | ".."));
    let reason = if !plain || name.contains(|c: char| c.is_control() || c == '\\') {
        "not a plain path"
    } else if name != signature::NAME && base.ends_with("signatures.json") {
        "OPA's releases differ on whether that is the signature"
    } else if name != manifest::NAME && base.ends_with(".manifest") || base == ".manifest.pb" {
        "a second manifest"
    } else if base == "patch.json" {
        "a delta, which no signature covers"
    } else if matches!(base, "data.yaml" | "data.yml") {
        "OPA's releases hash YAML differently"
    } else {
        return Ok(());
    };
    Err(BundleError::content(name, reason))
}

fn read_manifest(bytes: &[u8]) -> Result<Manifest, BundleError> {
    let wrong = |reason: String| BundleError::content(manifest::NAME, reason);
    let text = std::str::from_utf8(bytes).map_err(|_| wrong("not UTF-8".to_owned()))?;
    // Read twice on purpose: names that stand twice are refused by the first reading only.
    Json::parse(text).map_err(|fault| wrong(fault.to_string()))?;
    serde_json::from_str(text).map_err(|e| wrong(e.to_string()))
}
