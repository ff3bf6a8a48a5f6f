//! In a worker: how much of its address space is left.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::time::Duration;

/// A look costs as much as a small evaluation: so many of those go by between two looks.
const EVERY: u32 = 64;
/// An evaluation that takes longer is looked at.
const LONG: Duration = Duration::from_millis(1);

/// What may be mapped, and what is.
pub(super) struct Room {
    /// Opened before the limits: none can be opened after.
    statm: File,
    /// Bytes that the process may map at most.
    most: u64,
    /// From here on a worker has grown too large for another evaluation.
    enough: u64,
    unseen: u32,
}

impl Room {
    /// `memory` bytes beyond what is mapped now.
    pub(super) fn of(memory: u64) -> io::Result<Self> {
        let mut room = Self { statm: File::open("/proc/self/statm")?, most: 0, enough: u64::MAX, unseen: 0 };
        room.most = room.mapped()? + memory;
        Ok(room)
    }

    pub(super) fn most(&self) -> u64 {
        self.most
    }

    /// What a release takes is its own; the worker may grow by three quarters of what it leaves.
    pub(super) fn loaded(&mut self) -> io::Result<()> {
        let mapped = self.mapped()?;
        self.enough = mapped + self.most.saturating_sub(mapped) / 4 * 3;
        Ok(())
    }

    /// Whether the worker has grown, as far as is known after an evaluation that took so long.
    pub(super) fn is_short(&mut self, took: Duration) -> bool {
        self.unseen += 1;
        if self.unseen < EVERY && took < LONG {
            return false;
        }
        self.unseen = 0;
        self.mapped().is_ok_and(|mapped| mapped > self.enough)
    }

    fn mapped(&self) -> io::Result<u64> {
        let mut text = [0; 64];
        let read = self.statm.read_at(&mut text, 0)?;
        let pages = String::from_utf8_lossy(&text[..read]);
        let pages = pages.split(' ').next().and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0);
        Ok(pages * rustix::param::page_size() as u64)
    }
}
