//! A discovery document that OPA refuses is asked for again without a pause, hundreds of times a second: the
//! same one to the same place is slowed down.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::Mutex,
    time::Duration,
};

use portal::Environment;
use tokio::time::Instant;

/// Within this time, so many more answers than there are live instances are nobody's mistake: OPAs that start.
const WINDOW: Duration = Duration::from_secs(10);
const MORE: usize = 5;
/// What is beyond them waits so long.
const PAUSE: Duration = Duration::from_secs(1);
/// Places that are remembered. Beyond it, those that were not heard of for a while are forgotten.
const MOST: usize = 10_000;

/// Who got what: where the request came from, as far as it is known, and what it said that it holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) environment: Environment,
    pub(crate) address: Option<IpAddr>,
    pub(crate) held: Option<String>,
    pub(crate) sent: String,
}

/// When each place was answered last.
#[derive(Default)]
pub(crate) struct Pace(Mutex<HashMap<Place, VecDeque<Instant>>>);

impl Pace {
    /// Counts an answer, and waits where there were too many for so many live instances.
    pub(crate) async fn keep(&self, place: Place, live: usize) {
        if self.count(place, Instant::now()) > live + MORE {
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// How many answers this is within the window.
    fn count(&self, place: Place, now: Instant) -> usize {
        let mut places = self.0.lock().expect("nothing panics while it holds this lock");
        let recent = |at: &Instant| now.duration_since(*at) < WINDOW;
        if places.len() >= MOST {
            places.retain(|_, answers| answers.back().is_some_and(recent));
        }
        let answers = places.entry(place).or_default();
        answers.push_back(now);
        while answers.front().is_some_and(|at| !recent(at)) {
            answers.pop_front();
        }
        answers.len()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{MORE, PAUSE, Pace, Place};

    fn place(held: &str) -> Place {
        Place {
            environment: "staging".parse().unwrap(),
            address: None,
            held: Some(held.into()),
            sent: "new".into(),
        }
    }

    /// The seconds at which so many answers are given, to one that asks again after so long.
    fn answered(asks_after: Duration, live: usize, times: usize) -> Vec<f32> {
        let (pace, started) = (Pace::default(), Instant::now());
        let mut now = started;
        let mut answer = || {
            now += if pace.count(place("old"), now) > live + MORE { PAUSE } else { Duration::ZERO };
            let answered = now.duration_since(started).as_secs_f32();
            now += asks_after;
            answered
        };
        (0..times).map(|_| answer()).collect()
    }

    #[test]
    fn one_that_asks_without_a_pause_is_answered_once_a_second() {
        let answered = answered(Duration::ZERO, 2, 12);
        assert_eq!(answered, [0., 0., 0., 0., 0., 0., 0., 1., 2., 3., 4., 5.]);
    }

    #[test]
    fn one_that_asks_now_and_then_waits_for_nothing() {
        assert_eq!(answered(Duration::from_secs(3), 0, 20)[19], 57.);
    }

    #[test]
    fn whoever_holds_something_else_does_not_wait() {
        let (pace, now) = (Pace::default(), Instant::now());
        let counts: Vec<_> = (0..9).map(|_| pace.count(place("old"), now)).collect();
        assert_eq!((counts[8], pace.count(place("another"), now)), (9, 1));
    }
}
