use chrono::{DateTime, TimeDelta};

use super::{Day, HOURS, Hour, Outcome};

#[test]
fn a_rate_is_of_verdicts_and_of_nothing_there_is_none() {
    let hour = Hour { allowed: 900, denied: 50, exempted: 40, advice: 10, undecided: 5_000 };
    assert_eq!(hour.deny_rate(), Some(50));
    assert_eq!(Hour { undecided: 3, ..Hour::default() }.deny_rate(), None);
}

#[test]
fn every_decision_has_its_hour() {
    let since = DateTime::UNIX_EPOCH;
    let mut day = Day::from(since);
    day.count(since, Outcome::Denied, 2);
    day.count(since + TimeDelta::hours(23), Outcome::Allowed, 3);
    // By a clock that runs ahead.
    day.count(since + TimeDelta::hours(40), Outcome::Error, 4);
    assert_eq!(day.hours.len(), HOURS);
    assert_eq!((day.hours[0].denied, day.hours[23].allowed, day.hours[23].undecided), (2, 3, 4));
    assert_eq!(day.whole(), Hour { allowed: 3, denied: 2, undecided: 4, ..Hour::default() });
}
