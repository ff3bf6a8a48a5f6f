//! Ids that are the same in every run of a program, so that pictures of its pages are: the n-th of a kind is always
//! that one. Nothing is random in them, so whoever knows one knows them all; they are for a demo and nothing else.

use std::{
    collections::BTreeMap,
    sync::{Mutex, OnceLock},
};

use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// How many of each kind there were. Until somebody asks for counted ids, there is none.
static COUNTS: OnceLock<Mutex<BTreeMap<&'static str, u64>>> = OnceLock::new();
/// In the first half of 2026: later ids sort after earlier ones, as those that a clock makes do.
const FIRST: u64 = 1_775_000_000_000;

/// From here on, this program counts its ids instead of drawing them.
pub fn begin() {
    COUNTS.get_or_init(Mutex::default);
}

/// The next id of a kind, if ids are counted.
pub(super) fn next(kind: &'static str) -> Option<Uuid> {
    let mut counts = COUNTS.get()?.lock().expect("nobody panics while counting");
    let count = counts.entry(kind).or_default();
    *count += 1;
    Some(the(kind, *count))
}

/// The n-th id of a kind.
fn the(kind: &str, n: u64) -> Uuid {
    let digest = Sha256::digest(format!("{kind} {n}"));
    let rest = digest[..10].try_into().expect("a digest has more than ten bytes");
    Builder::from_unix_timestamp_millis(FIRST + n, &rest).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::{next, the};

    #[test]
    fn a_counted_id_is_always_the_same_and_no_other() {
        assert_eq!(the("policy", 1), the("policy", 1));
        assert_ne!(the("policy", 1), the("version", 1));
        assert_eq!(the("policy", 1).get_version_num(), 7);
    }

    #[test]
    fn later_ones_sort_after_earlier_ones() {
        let all: Vec<_> = (1..500).map(|n| the("policy", n)).collect();
        assert!(all.is_sorted());
    }

    #[test]
    fn nobody_counts_who_was_not_told_to() {
        assert_eq!(next("policy"), None);
    }
}
