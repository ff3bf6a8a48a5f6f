//! What travels to a worker and back: a head of 13 bytes (length u32, id u64, kind u8), then `length` bytes.

use std::io::{self, Read};

pub(super) const HEAD: usize = 13;

/// To the worker.
pub(super) const LOAD: u8 = 0;
pub(super) const EVALUATE: u8 = 1;
/// A whole job on drafts, as JSON; its reply's payload is JSON as well.
pub(super) const JOB: u8 = 2;
/// As EVALUATE, with the notes of `trace`.
pub(super) const EXPLAIN: u8 = 3;

/// From the worker. In the reply to EVALUATE and EXPLAIN, VALUE and UNDEFINED begin with where the input stands in
/// the body (start u32, end u32); to EXPLAIN, the notes follow as JSON (length u32, list).
pub(super) const VALUE: u8 = 0;
pub(super) const UNDEFINED: u8 = 1;
pub(super) const FAILURE: u8 = 2;
/// Added to VALUE or UNDEFINED when the evaluation was run again with strict errors and only then failed.
pub(super) const STRICT_ERROR: u8 = 0x80;
/// Added to any reply when the worker has grown so much that it had better be replaced.
pub(super) const GROWN: u8 = 0x40;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) length: usize,
    pub(super) id: u64,
    pub(super) kind: u8,
}

impl Head {
    pub(super) fn to_bytes(self) -> [u8; HEAD] {
        let mut bytes = [0; HEAD];
        bytes[..4].copy_from_slice(&(self.length as u32).to_le_bytes());
        bytes[4..12].copy_from_slice(&self.id.to_le_bytes());
        bytes[12] = self.kind;
        bytes
    }

    /// The head at the start of `bytes`, if it is there whole.
    pub(super) fn peek(bytes: &[u8]) -> Option<Self> {
        let (head, _) = bytes.split_first_chunk::<HEAD>()?;
        let [a, b, c, d, id @ .., kind] = *head;
        Some(Self { length: u32::from_le_bytes([a, b, c, d]) as usize, id: u64::from_le_bytes(id), kind })
    }

    /// Reads one frame; `None` when the other side has closed.
    pub(super) fn read(from: &mut impl Read, payload: &mut Vec<u8>) -> io::Result<Option<Self>> {
        let mut bytes = [0; HEAD];
        match from.read_exact(&mut bytes) {
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            other => other?,
        }
        let head = Self::peek(&bytes).expect("a whole head was read");
        payload.clear();
        let read = from.take(head.length as u64).read_to_end(payload)?;
        Ok((read == head.length).then_some(head))
    }
}

/// Whether `bytes` begin with a whole frame.
pub(super) fn whole(bytes: &[u8]) -> bool {
    Head::peek(bytes).is_some_and(|head| bytes.len() >= HEAD + head.length)
}
