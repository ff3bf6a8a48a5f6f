//! Decisions that wait to be written: bounded in number and weight.
//!
//! Invariant: what does not fit is counted, never waited for.
//! Invariant: nothing but an allowed decision makes room, so that denials, errors and what an exception let through
//! go last.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::Notify;

use super::Decided;

const LONGEST: usize = 10_000;
/// Bytes of bodies and results that may wait.
const HEAVIEST: usize = 64 << 20;
/// Where there is no room, one allowed decision in so many takes the place of the oldest, so that the log shows
/// something of every time.
const SAMPLED: u64 = 16;

#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    some: Notify,
    lost: AtomicU64,
}

#[derive(Default)]
struct Waiting {
    telling: Line,
    allowed: Line,
    /// Bytes that were taken and are being written.
    taken: usize,
    /// Allowed decisions for which there was no room.
    turned_away: u64,
}

/// Decisions of one kind, oldest first.
#[derive(Default)]
struct Line {
    decided: VecDeque<Decided>,
    weight: usize,
}

impl Queue {
    /// Puts a decision in, where that is possible without losing another that tells more.
    pub(super) fn put(&self, decided: Decided) {
        let is_allowed = is_allowed(&decided);
        let mut waiting = self.waiting();
        let weight = decided.weight();
        if !waiting.has_room(weight) && is_allowed {
            waiting.turned_away += 1;
        }
        let makes_room = !is_allowed || waiting.turned_away.is_multiple_of(SAMPLED);
        let fits = waiting.has_room(weight) || makes_room && waiting.can_have_room(weight);
        if !fits {
            return self.lose(1);
        }
        while !waiting.has_room(weight) && waiting.allowed.pop().is_some() {
            self.lose(1);
        }
        let line = if is_allowed { &mut waiting.allowed } else { &mut waiting.telling };
        line.weight += weight;
        line.decided.push_back(decided);
        self.some.notify_one();
    }

    /// So many decisions at most, as soon as there is one. [`Queue::written`] gives their room back.
    pub(super) async fn take(&self, most: usize) -> Vec<Decided> {
        loop {
            let taken: Vec<_> = {
                let mut waiting = self.waiting();
                let next = || waiting.telling.pop().or_else(|| waiting.allowed.pop());
                let taken: Vec<_> = std::iter::from_fn(next).take(most).collect();
                waiting.taken = taken.iter().map(Decided::weight).sum();
                taken
            };
            if !taken.is_empty() {
                return taken;
            }
            self.some.notified().await;
        }
    }

    pub(super) fn written(&self) {
        self.waiting().taken = 0;
    }

    pub(super) fn lose(&self, decisions: u64) {
        self.lost.fetch_add(decisions, Ordering::Relaxed);
    }

    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().expect("nothing panics while it holds this lock")
    }
}

impl Waiting {
    fn has_room(&self, weight: usize) -> bool {
        let (telling, allowed) = (&self.telling, &self.allowed);
        telling.decided.len() + allowed.decided.len() < LONGEST
            && telling.weight + allowed.weight + self.taken + weight <= HEAVIEST
    }

    /// Whether it would, were all allowed ones lost.
    fn can_have_room(&self, weight: usize) -> bool {
        self.telling.decided.len() < LONGEST && self.telling.weight + self.taken + weight <= HEAVIEST
    }
}

impl Line {
    fn pop(&mut self) -> Option<Decided> {
        let decided = self.decided.pop_front()?;
        self.weight -= decided.weight();
        Some(decided)
    }
}

/// What a policy's document says, as far as it is looked at.
#[derive(Deserialize)]
struct Said<'a> {
    #[serde(borrow)]
    allow: Option<&'a RawValue>,
    #[serde(borrow)]
    deny: Option<&'a RawValue>,
    #[serde(borrow)]
    exempted: Option<&'a RawValue>,
}

/// Whether something was let through with nothing said against it. What is of another shape tells something.
fn is_allowed(decided: &Decided) -> bool {
    let Ok(answer) = &decided.answer else { return false };
    let Some(result) = &answer.result else { return false };
    let is_empty = |json: &str| matches!(json, "[]" | "{}");
    let Ok(result) = std::str::from_utf8(result.trim_ascii()) else { return false };
    match decided.path.rsplit('/').next() {
        Some("allow") => result == "true",
        Some("deny") => is_empty(result),
        _ if result.starts_with('{') => {
            serde_json::from_str(result).is_ok_and(|Said { allow, deny, exempted }| {
                let nothing = |told: Option<&RawValue>| told.is_none_or(|told| is_empty(told.get()));
                let allowed = allow.map_or(deny.is_some(), |allow| allow.get() == "true");
                allowed && nothing(deny) && nothing(exempted)
            })
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use rego::worker::{Answer, Failure};

    use super::{HEAVIEST, LONGEST, Queue, SAMPLED, is_allowed};
    use crate::{Environment, engine::Decided};

    fn decided(path: &str, answer: Result<Option<&'static str>, Failure>) -> Decided {
        Decided {
            decision_id: uuid::Uuid::new_v4(),
            environment: Environment::staging(),
            path: path.into(),
            revisions: vec![],
            at: chrono::DateTime::UNIX_EPOCH,
            took: std::time::Duration::ZERO,
            body: Bytes::new(),
            answer: answer.map(|result| Answer {
                result: result.map(|result| Bytes::from_static(result.as_bytes())),
                input: 0..0,
                notes: vec![],
            }),
        }
    }

    fn allowed() -> Decided {
        decided("aegis/ai/readers/allow", Ok(Some("true")))
    }

    fn denied() -> Decided {
        decided("aegis/ai/readers/allow", Ok(Some("false")))
    }

    async fn all(queue: &Queue) -> (usize, usize) {
        let taken = queue.take(usize::MAX).await;
        let allowed = taken.iter().filter(|decided| is_allowed(decided)).count();
        (allowed, taken.len() - allowed)
    }

    #[test]
    fn allowed_is_what_was_let_through_with_nothing_against_it() {
        let is = |path: &str, result| is_allowed(&decided(path, Ok(result)));
        assert!(is("aegis/ai/pii/allow", Some("true")) && !is("aegis/ai/pii/allow", Some("false")));
        assert!(is("aegis/ai/pii/deny", Some("[]")) && !is("aegis/ai/pii/deny", Some(r#"[{"rule":"x"}]"#)));
        assert!(is("aegis/ai/pii", Some(r#"{"allow":true,"deny":[],"exempted":[],"more":1}"#)));
        assert!(is("aegis/ai/pii", Some(r#"{"deny":[]}"#)));
        for tells in [
            r#"{"allow":false,"deny":[]}"#,
            r#"{"allow":true,"deny":[{}]}"#,
            r#"{"allow":true,"exempted":["EXC-001"]}"#,
            "{}",
            "7",
        ] {
            assert!(!is("aegis/ai/pii", Some(tells)), "{tells}");
        }
        assert!(!is("aegis/ai/pii/allow", None), "undefined");
        assert!(!is_allowed(&decided("aegis/ai/pii/allow", Err(Failure::Time))));
    }

    #[tokio::test]
    async fn allowed_decisions_make_room_for_those_that_tell_more() {
        let queue = Queue::default();
        for _ in 0..LONGEST {
            queue.put(allowed());
        }
        for _ in 0..LONGEST / 2 {
            queue.put(denied());
        }
        assert_eq!(queue.lost(), LONGEST as u64 / 2);
        assert_eq!(all(&queue).await, (LONGEST / 2, LONGEST / 2));

        for _ in 0..LONGEST {
            queue.put(denied());
        }
        let lost = queue.lost();
        queue.put(denied());
        for _ in 0..SAMPLED {
            queue.put(allowed());
        }
        assert_eq!((queue.lost() - lost, all(&queue).await), (SAMPLED + 1, (0, LONGEST)));
    }

    #[tokio::test]
    async fn where_there_is_no_room_some_allowed_ones_stand_for_all() {
        let queue = Queue::default();
        let first = allowed();
        let oldest = first.decision_id;
        queue.put(first);
        for _ in 1..LONGEST as u64 + SAMPLED {
            queue.put(allowed());
        }
        assert_eq!(queue.lost(), SAMPLED);
        let taken = queue.take(usize::MAX).await;
        assert!(taken.len() == LONGEST && taken.iter().all(|decided| decided.decision_id != oldest));
    }

    #[tokio::test]
    async fn what_is_being_written_takes_room_until_it_is() {
        let queue = Queue::default();
        let heavy = || Decided { body: Bytes::from(vec![0; HEAVIEST / 2 + 1]), ..denied() };
        queue.put(heavy());
        assert_eq!(queue.take(1).await.len(), 1);
        queue.put(heavy());
        assert_eq!(queue.lost(), 1);
        queue.written();
        queue.put(heavy());
        assert_eq!((queue.lost(), all(&queue).await), (1, (0, 1)));
    }
}
