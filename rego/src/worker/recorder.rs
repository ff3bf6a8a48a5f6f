//! Standard output and error of a worker: a file in memory that outlives it.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};

use rustix::fs::{MemfdFlags, memfd_create};
use rustix::stdio;

use super::Failure;

/// The id of the request in work (u64), how long the note is (u16), the note.
const NOTE: usize = 10;
const LONGEST_NOTE: usize = 1024;
const WORDS: u64 = (NOTE + LONGEST_NOTE) as u64;

/// The worker writes which request it is at, and within a long one a note of where; what it says as it dies
/// comes behind them.
pub(super) struct FlightRecorder(File);

impl FlightRecorder {
    pub(super) fn new() -> io::Result<Self> {
        let mut file = File::from(memfd_create("rego-worker", MemfdFlags::CLOEXEC)?);
        file.write_all_at(&[0; WORDS as usize], 0)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self(file))
    }

    /// For the worker to write to.
    pub(super) fn handle(&self) -> io::Result<Stdio> {
        Ok(Stdio::from(self.0.try_clone()?))
    }

    /// Lets go of what a worker has said in a long life; it goes on writing where it was, in a file with a hole.
    pub(super) fn trim(&self) {
        if self.0.metadata().is_ok_and(|meta| meta.blocks() > 2048) {
            let mut start = [0; WORDS as usize];
            _ = self.0.read_exact_at(&mut start, 0);
            _ = self.0.set_len(0);
            _ = self.0.write_all_at(&start, 0);
        }
    }

    /// The request that the worker is at.
    pub(super) fn mark(&self) -> u64 {
        let mut bytes = [0; 8];
        self.0.read_exact_at(&mut bytes, 0).expect("these bytes were written when it was made");
        u64::from_le_bytes(bytes)
    }

    /// Where in its request the worker was, if it said so.
    pub(super) fn note(&self) -> Vec<u8> {
        let mut bytes = [0; NOTE + LONGEST_NOTE];
        self.0.read_exact_at(&mut bytes, 0).expect("these bytes were written when it was made");
        let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]])).min(LONGEST_NOTE);
        bytes[NOTE..NOTE + length].to_vec()
    }

    /// What the worker died of, by its exit status and its last words.
    pub(super) fn cause(&self, status: Option<ExitStatus>, overran: bool) -> Failure {
        const SIGXCPU: i32 = 24;
        let words = self.last_words();
        if overran || status.and_then(|status| status.signal()) == Some(SIGXCPU) {
            Failure::Time
        } else if words.contains("memory allocation of") {
            Failure::Memory
        } else if words.contains("has overflowed its stack") {
            Failure::Stack
        } else {
            let last = words.lines().rev().find(|line| !line.is_empty()).unwrap_or_default();
            let status = status.map_or_else(|| "no status".to_owned(), |status| status.to_string());
            Failure::Crash(format!("{last} ({status})"))
        }
    }

    fn last_words(&self) -> String {
        let mut bytes = [0; 4096];
        let end = self.0.metadata().map_or(WORDS, |meta| meta.len());
        let read = self.0.read_at(&mut bytes, end.saturating_sub(4096).max(WORDS)).unwrap_or(0);
        String::from_utf8_lossy(&bytes[..read]).into_owned()
    }
}

/// In the worker: tells the other side what is being worked on, should it be the last thing this process does.
pub(super) fn mark(id: u64) -> io::Result<()> {
    Ok(rustix::io::pwrite(stdio::stdout().as_fd(), &id.to_le_bytes(), 0).map(drop)?)
}

/// In the worker: notes where in its request it is; a note too long is cut.
pub(crate) fn note(text: &[u8]) -> io::Result<()> {
    let text = &text[..text.len().min(LONGEST_NOTE)];
    let length = u16::try_from(text.len()).expect("it is at most LONGEST_NOTE");
    let bytes = [&length.to_le_bytes(), text].concat();
    Ok(rustix::io::pwrite(stdio::stdout().as_fd(), &bytes, 8).map(drop)?)
}
