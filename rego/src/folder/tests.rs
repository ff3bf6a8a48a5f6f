use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::report::Check;

mod hostile;
mod layout;

/// A tar entry made by hand, so that it can say what no honest tool would.
pub(super) struct Raw {
    header: [u8; 512],
    content: Vec<u8>,
}

impl Raw {
    pub(super) fn file(name: &str, content: &[u8]) -> Self {
        let mut raw = Self { header: [0; 512], content: content.to_vec() };
        raw.field(0, name.as_bytes());
        raw.field(100, b"0000644\0");
        raw.field(108, b"0000000\0");
        raw.field(116, b"0000000\0");
        raw.field(124, format!("{:011o}\0", content.len()).as_bytes());
        raw.field(136, b"00000000000\0");
        raw.field(156, b"0");
        raw.field(257, b"ustar\x0000");
        raw
    }

    pub(super) fn kind(self, flag: u8) -> Self {
        self.with(156, &[flag])
    }

    pub(super) fn with(mut self, at: usize, bytes: &[u8]) -> Self {
        self.field(at, bytes);
        self
    }

    fn field(&mut self, at: usize, bytes: &[u8]) {
        self.header[at..at + bytes.len()].copy_from_slice(bytes);
    }

    pub(super) fn unsummed(&self) -> Vec<u8> {
        let mut bytes = [&self.header[..], &self.content].concat();
        bytes.resize(bytes.len().next_multiple_of(512), 0);
        bytes
    }

    pub(super) fn bytes(mut self) -> Vec<u8> {
        self.field(148, b"        ");
        let sum: u32 = self.header.iter().map(|byte| u32::from(*byte)).sum();
        self.field(148, format!("{sum:06o}\0 ").as_bytes());
        self.unsummed()
    }
}

pub(super) fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn tar(entries: impl IntoIterator<Item = Raw>) -> Vec<u8> {
    let mut bytes: Vec<u8> = entries.into_iter().flat_map(Raw::bytes).collect();
    bytes.extend([0; 1024]);
    bytes
}

pub(super) fn archive(entries: impl IntoIterator<Item = Raw>) -> Result<Folder, Vec<Fault>> {
    Folder::from_archive(&gz(&tar(entries)))
}

pub(super) fn files(files: &[(&str, &str)]) -> Result<Folder, Vec<Fault>> {
    Folder::from_files(files.iter().map(|(name, text)| ((*name).to_owned(), Bytes::from((*text).to_owned()))))
}

pub(super) fn paths(folder: &Folder) -> Vec<&str> {
    folder.modules().map(|(path, _)| path).collect()
}

/// File and reason of each fault.
pub(super) fn said(faults: &[Fault]) -> Vec<(&str, &str)> {
    assert!(faults.iter().all(|fault| fault.check == Check::Folder));
    faults.iter().map(|fault| (fault.file.as_str(), fault.reason.as_str())).collect()
}
