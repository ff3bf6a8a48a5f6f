//! The evidence pack: what an auditor keeps of a period, in a form that holds without the portal.
//!
//! Exceptions with who approved them, releases with what their versions were checked for, reviews of access, what came of
//! verifying the log, and all of the audit in the period with its proofs; see [`evidence`] for the form.
//!
//! Invariant: a pack is written down before its first byte leaves.

use chrono::{DateTime, Utc};

use crate::{
    Invalid,
    list::{Day, Filter as _},
};

#[cfg(feature = "backend")]
mod file;
#[cfg(feature = "backend")]
mod store;
#[cfg(feature = "backend")]
pub use store::{Packing, begin};

/// Days of a period at most: a year.
pub const LONGEST: i64 = 366;
/// Entries of a period at most. Whoever has more takes shorter ones: nothing of a period is left out.
pub const ENTRIES: i64 = 1_000_000;

/// Days of UTC, both of them included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub since: Day,
    pub until: Day,
}

impl Period {
    /// The days as somebody wrote them, not later than `now`.
    ///
    /// # Errors
    /// Invalid, with the field at fault, where that is no period or one too long.
    pub fn read(since: &str, until: &str, now: DateTime<Utc>) -> Result<Self, Invalid> {
        let day =
            |field, text: &str| text.trim().parse::<Day>().map_err(|why| Invalid::new(field, why.reason));
        let (since, until) = (day("since", since)?, day("until", until)?);
        if since.0 > now.date_naive() {
            return Err(Invalid::new("since", "lies ahead: nothing has happened yet"));
        }
        if until < since {
            return Err(Invalid::new("until", "comes before the first day"));
        }
        if (until.0 - since.0).num_days() >= LONGEST {
            return Err(Invalid::new(
                "until",
                format!("is more than {LONGEST} days later: take a shorter period"),
            ));
        }
        Ok(Self { since, until })
    }

    /// The query of the audit's list that asks for the same days.
    pub fn query(self) -> String {
        let Self { since, until } = self;
        let filter = super::Filter { since: Some(since), until: Some(until), ..super::Filter::default() };
        form_urlencoded::Serializer::new(String::new()).extend_pairs(filter.pairs()).finish()
    }

    /// The moments between which it lies, the second of them not included.
    #[cfg(feature = "backend")]
    pub(crate) fn between(self) -> (DateTime<Utc>, DateTime<Utc>) {
        (self.since.begin(), self.until.begin() + chrono::TimeDelta::days(1))
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::Period;

    fn read(since: &str, until: &str) -> Result<String, String> {
        let now: DateTime<Utc> = "2026-05-20T09:00:00Z".parse().unwrap();
        Period::read(since, until, now)
            .map(Period::query)
            .map_err(|why| format!("{} {}", why.field, why.reason))
    }

    #[test]
    fn a_period_is_of_days_in_order_and_of_a_year_at_most() {
        assert_eq!(read("2026-05-01", " 2026-05-20 ").unwrap(), "since=2026-05-01&until=2026-05-20");
        assert!(read("2026-05-20", "2026-05-20").is_ok() && read("2026-05-20", "2026-06-20").is_ok());
        assert!(read("2025-05-20", "2026-05-20").is_ok());
        assert_eq!(
            read("2025-05-19", "2026-05-20").unwrap_err(),
            "until is more than 366 days later: take a shorter period"
        );
        assert_eq!(read("2026-05-02", "2026-05-01").unwrap_err(), "until comes before the first day");
        assert_eq!(
            read("2026-05-21", "2026-05-22").unwrap_err(),
            "since lies ahead: nothing has happened yet"
        );
        assert_eq!(read("yesterday", "2026-05-01").unwrap_err(), "since is written as in 2026-05-20");
        assert_eq!(read("2026-05-01", "").unwrap_err(), "until is written as in 2026-05-20");
        assert_eq!(read("2026-05-01", "9999-05-01").unwrap_err(), "until is of no year between 1 and 9998");
    }
}
