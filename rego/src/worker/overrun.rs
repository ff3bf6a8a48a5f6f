//! The memory of inputs that used up a worker's limits, so that one of them cannot do it for ever.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// How long an input that overran twice is refused.
const REFUSED_FOR: Duration = Duration::from_secs(600);
/// How many overruns are remembered; the oldest goes first.
const REMEMBERED: usize = 1024;

#[derive(Default)]
pub(super) struct Overruns(Mutex<HashMap<[u8; 32], Overrun>>);

struct Overrun {
    length: usize,
    times: u32,
    last: Instant,
}

impl Overruns {
    /// Whether this input on this path overran twice of late.
    pub(super) fn refuse(&self, path: &str, body: &Bytes) -> bool {
        // Hashing is for the rare body that is as long as one that overran.
        if !self.lock().values().any(|overrun| overrun.length == body.len()) {
            return false;
        }
        let key = fingerprint(path, body);
        self.lock()
            .get(&key)
            .is_some_and(|overrun| overrun.times >= 2 && overrun.last.elapsed() < REFUSED_FOR)
    }

    pub(super) fn remember(&self, path: &str, body: &Bytes) {
        let key = fingerprint(path, body);
        let mut overruns = self.lock();
        overruns.retain(|_, overrun| overrun.last.elapsed() < REFUSED_FOR);
        if overruns.len() >= REMEMBERED
            && let Some(oldest) = overruns.iter().min_by_key(|(_, overrun)| overrun.last).map(|(key, _)| *key)
        {
            overruns.remove(&oldest);
        }
        let overrun =
            overruns.entry(key).or_insert(Overrun { length: body.len(), times: 0, last: Instant::now() });
        overrun.times += 1;
        overrun.last = Instant::now();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Overrun>> {
        self.0.lock().expect("nothing panics while it holds this lock")
    }
}

fn fingerprint(path: &str, body: &Bytes) -> [u8; 32] {
    Sha256::new().chain_update(path).chain_update([0]).chain_update(body).finalize().into()
}
