//! A folder of policies as an author pushes it: modules, their tests, data, and what lies beside them.
//!
//! It comes as one `.tar.gz`, as several files of a form, or from a disk, and may be the whole of `policies/`, only
//! its `rego/`, or a few files. Paths here begin where the modules do: below the folder `rego/` if there is one.
//! `test-fixtures/` and `exceptions/` beside it never reach a bundle, nor does any file that is neither a module nor
//! a data document.
//!
//! Invariant: a path here is relative, plain and unique, so that writing it to a disk stays within the folder.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;

use crate::bundle::Root;
use crate::bundle::json::Json;
use crate::bundle::package::package;
use crate::report::Fault;

mod data;
mod disk;
mod gather;
mod layout;
mod name;
#[cfg(test)]
mod tests;

use gather::Gathering;

/// The largest Rego file, in bytes: 1 MiB.
pub const LARGEST_MODULE: usize = 1 << 20;

/// What an author pushed, within its limits: 32 MiB packed, 128 MiB unpacked, 10,000 files, 1 MiB a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    modules: BTreeMap<String, String>,
    data: Json,
    fixtures: BTreeMap<String, Bytes>,
    exceptions: BTreeMap<String, Bytes>,
    left_out: Vec<String>,
}

impl Folder {
    /// Unpacks a `.tar.gz` of plain `ustar` entries.
    ///
    /// # Errors
    /// All that is wrong with it: what is no regular file or folder, names that would leave the folder or stand
    /// twice, sizes beyond the limits, data that is not JSON or YAML.
    pub fn from_archive(gz: &[u8]) -> Result<Self, Vec<Fault>> {
        Gathering::of_archive(gz).finish()
    }

    /// Takes files by their paths within the folder.
    ///
    /// # Errors
    /// As [`Folder::from_archive`].
    pub fn from_files(files: impl IntoIterator<Item = (String, Bytes)>) -> Result<Self, Vec<Fault>> {
        let mut gathering = Gathering::default();
        for (name, bytes) in files {
            gathering.add(name.as_bytes(), &bytes);
        }
        gathering.finish()
    }

    /// Reads a folder on a disk. Hidden files are passed over; symbolic links are refused, not followed.
    ///
    /// # Errors
    /// As [`Folder::from_archive`], and what cannot be read.
    pub fn from_dir(path: &Path) -> Result<Self, Vec<Fault>> {
        disk::gather(path).finish()
    }

    /// Path and text of every module, tests among them.
    pub fn modules(&self) -> impl Iterator<Item = (&str, &str)> {
        self.modules.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// All data documents as one, in canonical JSON: each lies under the path of its folder, as OPA has it.
    pub fn data(&self) -> String {
        self.data.canonical()
    }

    /// The paths, dotted, of data that lies under none of these roots: no bundle would hold it.
    pub fn data_outside(&self, roots: &[Root]) -> Vec<String> {
        let names: Vec<_> = roots.iter().map(Root::names).collect();
        self.data.outside(&names)
    }

    /// Name and content of each file below `test-fixtures/`.
    pub fn fixtures(&self) -> impl Iterator<Item = (&str, &Bytes)> {
        self.fixtures.iter().map(|(path, bytes)| (path.as_str(), bytes))
    }

    /// The list of exceptions, `exceptions/exceptions.yaml`, if there is one.
    pub fn exceptions(&self) -> Option<&Bytes> {
        self.exceptions.get("exceptions.yaml")
    }

    /// Files that are none of all this, and go nowhere.
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// What a bundle that owns this root holds: the modules of its packages, without their tests, and its part of
    /// the data in one file.
    pub fn contents(&self, root: &Root) -> BTreeMap<String, Bytes> {
        let owned = |text: &String| package(text).is_some_and(|package| root.covers(&package));
        let modules = self.modules.iter().filter(|(path, text)| !is_test(path) && owned(text));
        let mut files: BTreeMap<_, _> =
            modules.map(|(path, text)| (path.clone(), Bytes::from(text.clone()))).collect();
        let path: Vec<String> = root.names().into_iter().map(str::to_owned).collect();
        if let Some(data) = self.data.under(&path) {
            files.insert(format!("{root}/data.json"), data.canonical().into());
        }
        files
    }

    /// Writes modules and data below a folder, so that `opa` reads them as a bundle has them.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write_to(&self, folder: &Path) -> std::io::Result<()> {
        let data = (self.data != Json::empty()).then(|| ("data.json", self.data()));
        let data = data.iter().map(|(path, text)| (*path, text.as_str()));
        for (path, text) in self.modules().chain(data) {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().expect("it lies below the folder"))?;
            std::fs::write(path, text)?;
        }
        Ok(())
    }
}

/// Whether a module holds tests, by the name of its file, as OPA's tools have it.
pub fn is_test(path: &str) -> bool {
    path.ends_with("_test.rego")
}
