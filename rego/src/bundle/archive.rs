//! The unsigned canonical archive of a bundle.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::json::Json;
use super::manifest::{self, Manifest};
use super::package::package;
use super::tarball::{self, LIMITS};
use super::{BundleError, Root, SigningKey, signature};

/// What goes into a bundle.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    pub revision: String,
    pub roots: Vec<Root>,
    /// Modules (`*.rego`) and data (`data.json`) by their path in the bundle, without a leading slash.
    pub files: BTreeMap<String, Bytes>,
    /// Free, for people and for `data.system.bundles`.
    pub metadata: Map<String, Value>,
}

/// How much of a digest names a revision: enough to tell any two apart.
const REVISION: usize = 12;

impl Contents {
    /// The same contents with a revision that comes of what they are, so that the same are the same bytes.
    ///
    /// # Errors
    /// As [`Archive::build`].
    pub fn revised(self) -> Result<Self, BundleError> {
        let nameless = Self { revision: String::new(), ..self };
        let revision = Archive::build(&nameless)?.digest[..REVISION].to_owned();
        Ok(Self { revision, ..nameless })
    }
}

/// A bundle without its signature: the same contents are always the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    manifest: Manifest,
    files: BTreeMap<String, Bytes>,
    tar: Bytes,
    digest: String,
}

impl Archive {
    /// Builds it, with a manifest that names revision, roots and the version of Rego.
    ///
    /// Data files are rewritten to canonical JSON, so that a bundle is known by what it says and not by how it was
    /// laid out; modules keep their bytes.
    ///
    /// # Errors
    /// A root that overlaps another, a package or data outside the roots, data that contradicts itself, and any
    /// name that some release of OPA gives a meaning of its own.
    pub fn build(contents: &Contents) -> Result<Self, BundleError> {
        check_roots(&contents.roots)?;
        let mut files = BTreeMap::new();
        let mut data = Json::empty();
        for (name, bytes) in &contents.files {
            let kept = if is_data(name) {
                let document = read_data(name, bytes, &contents.roots)?;
                let text = document.canonical();
                let clash = |at| BundleError::content(name, format!("another file has data at `{at}` too"));
                data.merge(document.nested(&folder_of(name))).map_err(clash)?;
                Bytes::from(text)
            } else {
                check_module(name, bytes, &contents.roots)?;
                bytes.clone()
            };
            files.insert(name.clone(), kept);
        }
        let manifest = Manifest {
            revision: contents.revision.clone(),
            roots: contents.roots.iter().map(Root::to_string).collect(),
            rego_version: Some(1),
            metadata: contents.metadata.clone(),
        };
        let text = serde_json::to_string(&manifest).expect("a manifest is plain JSON");
        let text = Json::parse(&text)
            .map_err(|fault| BundleError::content(manifest::NAME, fault.to_string()))?
            .canonical();
        files.insert(manifest::NAME.to_owned(), text.into());
        Self::of(manifest, files)
    }

    /// The archive of files that have been judged.
    pub(crate) fn of(manifest: Manifest, files: BTreeMap<String, Bytes>) -> Result<Self, BundleError> {
        let size: usize = files.values().map(Bytes::len).sum();
        if files.len() > LIMITS.files || size > LIMITS.unpacked {
            return Err(BundleError::Unreadable("it is too large".to_owned()));
        }
        let tar = tarball::write(&files)
            .map_err(|name| BundleError::content(name, "the path is too long for a tar"))?;
        let digest = hex::encode(Sha256::digest(&tar));
        Ok(Self { manifest, files, tar, digest })
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// SHA-256 of the unsigned canonical tar, in lower-case hex: the identity of what is in it.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Files by their path without a leading slash, the manifest among them.
    pub fn files(&self) -> &BTreeMap<String, Bytes> {
        &self.files
    }

    /// The archive in gzip, without a signature: for tools on a desk, not for a fleet.
    pub fn to_unsigned(&self) -> Bytes {
        tarball::gzip(&self.tar)
    }

    /// The archive as OPA fetches it, signed. The same key gives the same bytes.
    pub fn sign(&self, key: &SigningKey) -> Bytes {
        let mut files = self.files.clone();
        files.insert(signature::NAME.to_owned(), signature::file(&self.files, key));
        tarball::gzip(&tarball::write(&files).expect("the name of the signature is short"))
    }
}

pub(crate) fn is_data(name: &str) -> bool {
    base(name) == "data.json"
}

/// The path of names that a file's data lies under.
pub(crate) fn folder_of(name: &str) -> Vec<String> {
    name.rsplit_once('/').map_or_else(Vec::new, |(folder, _)| folder.split('/').map(str::to_owned).collect())
}

fn base(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

fn check_roots(roots: &[Root]) -> Result<(), BundleError> {
    if roots.is_empty() {
        return Err(BundleError::NoRoots);
    }
    for (n, root) in roots.iter().enumerate() {
        if let Some(other) = roots[..n].iter().find(|other| other.overlaps(root)) {
            return Err(BundleError::OverlappingRoots(other.to_string(), root.to_string()));
        }
    }
    Ok(())
}

fn read_data(name: &str, bytes: &[u8], roots: &[Root]) -> Result<Json, BundleError> {
    check_name(name)?;
    let text = std::str::from_utf8(bytes).map_err(|_| BundleError::content(name, "not UTF-8"))?;
    let document = Json::parse(text).map_err(|fault| BundleError::content(name, fault.to_string()))?;
    let folder = folder_of(name);
    if folder.is_empty() && !matches!(document, Json::Object(_)) {
        return Err(BundleError::content(name, "data at the top must be an object"));
    }
    let placed = document.clone().nested(&folder);
    let names: Vec<_> = roots.iter().map(Root::names).collect();
    match placed.outside(&names).first() {
        Some(path) => Err(BundleError::content(name, format!("data at `{path}` lies outside the roots"))),
        None => Ok(document),
    }
}

fn check_module(name: &str, bytes: &[u8], roots: &[Root]) -> Result<(), BundleError> {
    check_name(name)?;
    if !name.ends_with(".rego") {
        return Err(BundleError::content(name, unwanted(base(name))));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| BundleError::content(name, "not UTF-8"))?;
    let package =
        package(text).ok_or_else(|| BundleError::content(name, "it does not begin with a package"))?;
    if roots.iter().any(|root| root.covers(&package)) {
        return Ok(());
    }
    Err(BundleError::content(name, format!("package `{}` lies outside the roots", package.join("."))))
}

/// Why a file that is neither a module nor data is refused.
fn unwanted(base: &str) -> &'static str {
    match base {
        "data.yml" | "data.yaml" => "OPA's releases hash YAML differently; make it data.json",
        "patch.json" => "it would make the bundle a delta, which no signature covers",
        ".manifest" => "the manifest is made, not given",
        _ if base.ends_with("signatures.json") => "OPA's releases differ on whether that is the signature",
        _ if base.ends_with(".manifest") => "OPA would take it for a second manifest",
        _ => "a bundle holds modules (*.rego) and data (data.json) only",
    }
}

/// A path as both tar and signature write it, in one way only.
fn check_name(name: &str) -> Result<(), BundleError> {
    let good = |step: &str| {
        !matches!(step, "" | "." | "..") && !step.contains(|c: char| c.is_control() || c == '\\')
    };
    if name.split('/').all(good) { Ok(()) } else { Err(BundleError::content(name, "not a plain path")) }
}
