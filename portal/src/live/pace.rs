//! What comes again and again, told at most twice a second.

use std::time::{Duration, Instant};

const APART: Duration = Duration::from_millis(500);

/// Of one kind of thing: when it was told last, and whether one came since that is not told yet.
#[derive(Debug, Default)]
pub(super) struct Pace {
    told: Option<Instant>,
    waits: bool,
}

impl Pace {
    /// One has come: whether it is told now. If not, it is due later.
    pub(super) fn come(&mut self, now: Instant) -> bool {
        if self.told.is_none_or(|told| now.duration_since(told) >= APART) {
            *self = Self { told: Some(now), waits: false };
            return true;
        }
        self.waits = true;
        false
    }

    /// How long until what waits is told.
    pub(super) fn due_in(&self, now: Instant) -> Option<Duration> {
        let told = self.told.filter(|_| self.waits)?;
        Some(APART.saturating_sub(now.duration_since(told)))
    }

    /// Whether what waited is told now.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        let due = self.due_in(now).is_some_and(|left| left.is_zero());
        if due {
            *self = Self { told: Some(now), waits: false };
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Pace;

    #[test]
    fn the_first_is_told_at_once_and_those_after_it_together_a_little_later() {
        let begin = Instant::now();
        let at = |milliseconds| begin + Duration::from_millis(milliseconds);
        let mut pace = Pace::default();
        assert!(pace.come(at(0)));
        assert_eq!(pace.due_in(at(0)), None, "nothing waits");
        assert!(!pace.come(at(200)) && !pace.come(at(300)));
        assert_eq!(pace.due_in(at(300)), Some(Duration::from_millis(200)));
        assert!(!pace.is_due(at(400)));
        assert!(pace.is_due(at(500)) && !pace.is_due(at(500)), "once");
        assert!(pace.come(at(1_000)));
    }
}
