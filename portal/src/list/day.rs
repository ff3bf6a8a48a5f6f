use std::{fmt, ops::RangeInclusive, str::FromStr};

#[cfg(feature = "backend")]
use chrono::NaiveTime;
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::Invalid;

/// Postgres knows no year beyond these, and a calendar shows four digits.
const YEARS: RangeInclusive<i32> = 1..=9998;

/// A day of UTC, as in `2026-05-20`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Day(pub NaiveDate);

/// From when on: from the beginning of a day, or from a moment such as `2026-05-20T14:32:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Since {
    Day(Day),
    Moment(DateTime<Utc>),
}

impl Day {
    #[cfg(feature = "backend")]
    pub(crate) fn begin(self) -> DateTime<Utc> {
        self.0.and_time(NaiveTime::MIN).and_utc()
    }
}

impl Since {
    pub(crate) fn day(self) -> Day {
        match self {
            Self::Day(day) => day,
            Self::Moment(at) => Day(at.date_naive()),
        }
    }

    #[cfg(feature = "backend")]
    pub(crate) fn begin(self) -> DateTime<Utc> {
        match self {
            Self::Day(day) => day.begin(),
            Self::Moment(at) => at,
        }
    }
}

impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => day.fmt(f),
            Self::Moment(at) => write!(f, "{}", at.format("%Y-%m-%dT%H:%M:%SZ")),
        }
    }
}

impl FromStr for Since {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        // A field of a form writes no zone, and no seconds where there are none.
        let local = ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"];
        let moment = local.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
        match moment.filter(|at| YEARS.contains(&at.year())) {
            Some(at) => Ok(Self::Moment(at.and_utc())),
            None => text.parse().map(Self::Day),
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for Day {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let day: NaiveDate = text.parse().map_err(|_| Invalid::new("day", "is written as in 2026-05-20"))?;
        if !YEARS.contains(&day.year()) {
            return Err(Invalid::new("day", "is of no year between 1 and 9998"));
        }
        Ok(Self(day))
    }
}
