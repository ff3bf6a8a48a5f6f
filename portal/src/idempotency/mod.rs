//! Idempotency keys: a change that a program sends again, since it heard no answer, is done once and answered
//! the same.
//!
//! Claimed → Answered, and forgotten a day later. Claimed → given up, where our own fault kept it from being done.
//!
//! Invariant: of the requests of one actor to one route with one key, at most one is done.
//! Invariant: a claim that was never answered is not taken up again: nobody knows whether it was done.

use bytes::Bytes;
use chrono::TimeDelta;
use uuid::Uuid;

use crate::access::By;

mod store;
pub use store::{answer, claim, give_up};

/// How long a key stands for its first request.
pub const KEPT: TimeDelta = TimeDelta::hours(24);
/// Characters of a key.
pub const LONGEST_KEY: usize = 255;

/// What a key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyed {
    actor: Uuid,
    /// The route as the list of routes has it, so that its length is ours.
    route: &'static str,
    key: String,
    /// SHA-256 of all that makes two requests the same.
    request: [u8; 32],
}

/// What an actor may do with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is the first: it is to be done, and then to be answered or given up.
    First,
    Answered(Answer),
    /// Another one is being done, or was cut off while it was.
    UnderWay,
    /// The key stands for another request.
    Another,
}

/// An answer as it was first given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub kind: String,
    pub location: Option<String>,
    pub body: Bytes,
}

impl Keyed {
    /// None where the key is no key, or too long.
    pub fn new(by: By, route: &'static str, key: &str, request: [u8; 32]) -> Option<Self> {
        let actor = match by {
            By::Person(id) => id.uuid(),
            By::Token { id, .. } => id.uuid(),
            By::Job(_) => return None,
        };
        let plain = key.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
        let is_key = (1..=LONGEST_KEY).contains(&key.len()) && plain;
        is_key.then(|| Self { actor, route, key: key.to_owned(), request })
    }
}
