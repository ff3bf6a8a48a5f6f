//! Files from outside gathered under limits, with every fault noted and not only the first.

use std::collections::BTreeMap;

use bytes::Bytes;
use tar::EntryType;

use super::{Folder, layout, name};
use crate::bundle::tarball::{self, LIMITS};
use crate::report::{Check, Fault};

/// Bytes of all data documents: a check takes no more.
const LARGEST_DATA: usize = 64 << 20;

/// More faults than this help nobody.
const MOST_FAULTS: usize = 100;

#[derive(Default)]
pub(super) struct Gathering {
    files: BTreeMap<String, Bytes>,
    size: usize,
    /// Bytes that the data documents come to, aliases followed.
    data: usize,
    faults: Vec<Fault>,
    unnamed_faults: usize,
}

impl Gathering {
    pub(super) fn of_archive(gz: &[u8]) -> Self {
        let mut gathering = Self::default();
        match tarball::gunzip(gz, &LIMITS).and_then(|tar| tarball::read(&tar, &LIMITS)) {
            Err(reason) => gathering.fault("", None, reason),
            Ok(entries) => entries.iter().for_each(|entry| gathering.entry(entry)),
        }
        gathering
    }

    fn entry(&mut self, entry: &tarball::Entry) {
        match entry.kind {
            EntryType::Regular => self.add(&entry.name, &entry.bytes),
            EntryType::Directory if !entry.bytes.is_empty() => {
                self.refuse(&entry.name, "a folder with content")
            }
            EntryType::Directory => {
                if let Err(reason) = name::clean(&entry.name) {
                    self.refuse(&entry.name, reason);
                }
            }
            kind => self.refuse(&entry.name, why_not(kind)),
        }
    }

    /// Adds a file, or notes what is wrong with it.
    pub(super) fn add(&mut self, raw: &[u8], bytes: &Bytes) {
        let name = match name::clean(raw) {
            Ok(name) if name.is_empty() || raw.ends_with(b"/") => {
                return self.refuse(raw, "a file without a name");
            }
            Ok(name) => name,
            Err(reason) => return self.refuse(raw, reason),
        };
        self.size = self.size.saturating_add(bytes.len());
        if self.files.len() >= LIMITS.files || self.size > LIMITS.unpacked {
            return self.refuse(raw, "the folder is beyond 10,000 files or 128 MiB");
        }
        if self.files.insert(name, bytes.clone()).is_some() {
            self.refuse(raw, "another file has the same path");
        }
    }

    /// Counts a data document in, unless it is too much.
    pub(super) fn has_room_for_data(&mut self, size: usize) -> Result<(), (Option<u32>, String)> {
        self.data = self.data.saturating_add(size);
        if self.data <= LARGEST_DATA {
            return Ok(());
        }
        Err((None, "with it the data documents are beyond 64 MiB, which is what a check takes".to_owned()))
    }

    pub(super) fn fault(&mut self, file: &str, line: Option<u32>, reason: impl Into<String>) {
        if self.faults.len() >= MOST_FAULTS {
            self.unnamed_faults += 1;
            return;
        }
        let (file, reason) = (file.to_owned(), reason.into());
        self.faults.push(Fault { check: Check::Folder, file, line, rule: None, reason });
    }

    pub(super) fn refuse(&mut self, raw: &[u8], reason: &str) {
        self.fault(&name::shown(raw), None, reason);
    }

    /// Whether so much is wrong that looking further tells nobody anything.
    pub(super) fn is_hopeless(&self) -> bool {
        self.unnamed_faults > 0
    }

    pub(super) fn finish(mut self) -> Result<Folder, Vec<Fault>> {
        self.check_paths();
        let files = std::mem::take(&mut self.files);
        let folder = layout::sort(files, &mut self);
        if self.unnamed_faults > 0 {
            let reason = format!("and {} more faults", self.unnamed_faults);
            self.faults.push(Fault {
                check: Check::Folder,
                file: String::new(),
                line: None,
                rule: None,
                reason,
            });
        }
        if self.faults.is_empty() { Ok(folder) } else { Err(self.faults) }
    }

    /// A path that is both a file and a folder could not be written to a disk.
    fn check_paths(&mut self) {
        let both: Vec<_> = self
            .files
            .keys()
            .filter(|path| path.match_indices('/').any(|(at, _)| self.files.contains_key(&path[..at])))
            .cloned()
            .collect();
        for path in both {
            self.fault(&path, None, "a folder above it is a file too");
        }
        if self.files.is_empty() && self.faults.is_empty() {
            self.fault("", None, "the folder is empty");
        }
    }
}

fn why_not(kind: EntryType) -> &'static str {
    match kind {
        EntryType::Link | EntryType::Symlink => "a link; only regular files are taken",
        EntryType::XHeader | EntryType::XGlobalHeader => "a PAX header; pack with `tar --format=ustar`",
        EntryType::GNULongName | EntryType::GNULongLink => "a GNU long name; pack with `tar --format=ustar`",
        EntryType::GNUSparse => "a sparse file; pack with `tar --format=ustar`",
        _ => "not a regular file",
    }
}
