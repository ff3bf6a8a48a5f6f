use std::{fmt, str::FromStr};

use chrono::{DateTime, FixedOffset, Utc};
use serde::{Deserialize, Serialize};

/// How moments are told.
///
/// A zone is an offset, not a name: every moment is told with it, so what is told is right on either side of a
/// change to summer time, and server and browser need no table of zones to agree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Times {
    /// How far from now.
    #[default]
    Relative,
    Utc,
    /// In a zone so many minutes east of UTC.
    Local(i16),
}

/// Minutes east of UTC that some place on Earth keeps, but for whole hours.
const ODD: [i16; 11] = [-570, -210, 210, 270, 330, 345, 390, 525, 570, 630, 765];
/// How far east and west zones go.
const REACH: std::ops::RangeInclusive<i16> = -12 * 60..=14 * 60;

impl Times {
    /// Every zone that somebody may live in, from west to east.
    pub(super) fn zones() -> Vec<i16> {
        let mut zones: Vec<i16> = (-12..=14).map(|hours| hours * 60).chain(ODD).collect();
        zones.sort_unstable();
        zones
    }

    /// A moment exactly, with its zone.
    pub(crate) fn exactly(self, at: DateTime<Utc>) -> String {
        match self.zone() {
            Some(zone) => at.with_timezone(&zone).format("%-d %b %Y, %H:%M:%S UTC%:z").to_string(),
            None => crate::ui::absolute(at),
        }
    }

    fn zone(self) -> Option<FixedOffset> {
        match self {
            Self::Local(east) => FixedOffset::east_opt(i32::from(east) * 60),
            Self::Relative | Self::Utc => None,
        }
    }

    /// What a zone is called: `UTC+05:30`.
    pub(super) fn name(east: i16) -> String {
        let sign = if east < 0 { '−' } else { '+' };
        format!("UTC{sign}{:02}:{:02}", east.abs() / 60, east.abs() % 60)
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relative => f.write_str("relative"),
            Self::Utc => f.write_str("utc"),
            Self::Local(east) => write!(f, "local{east:+}"),
        }
    }
}

impl FromStr for Times {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "relative" => return Ok(Self::Relative),
            "utc" => return Ok(Self::Utc),
            _ => {}
        }
        let east = text.strip_prefix("local").and_then(|east| east.parse().ok());
        let near = east.filter(|east| REACH.contains(east));
        near.map(Self::Local)
            .ok_or_else(|| format!("times are told as relative, utc or local+120, not {text}"))
    }
}

impl TryFrom<String> for Times {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Times> for String {
    fn from(times: Times) -> Self {
        times.to_string()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::Times;

    #[test]
    fn every_zone_survives_its_cookie() {
        for east in Times::zones() {
            let times = Times::Local(east);
            assert_eq!(times.to_string().parse(), Ok(times));
        }
        for text in ["", "local", "local+841", "local-721", "LOCAL+1", "local+"] {
            assert!(text.parse::<Times>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_moment_is_told_with_its_zone() {
        assert_eq!(Times::Local(330).exactly(DateTime::UNIX_EPOCH), "1 Jan 1970, 05:30:00 UTC+05:30");
        assert_eq!(Times::Local(-210).exactly(DateTime::UNIX_EPOCH), "31 Dec 1969, 20:30:00 UTC-03:30");
        assert_eq!(Times::Utc.exactly(DateTime::UNIX_EPOCH), "1 Jan 1970, 00:00:00 UTC");
    }
}
