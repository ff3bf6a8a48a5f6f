//! Moments as forms carry them. Everywhere on the screens time is in UTC.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use portal::Invalid;

/// As a field of type `datetime-local` holds it, to the second.
pub(crate) fn to_field(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// What such a field sent. A bare date is its first moment.
///
/// # Errors
/// Names the field whose text is no moment.
pub(crate) fn from_field(field: &str, text: &str) -> Result<DateTime<Utc>, Invalid> {
    let text = text.trim();
    let parsed = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .or_else(|| text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0));
    parsed
        .map(|moment| moment.and_utc())
        .ok_or_else(|| Invalid::new(field, "takes a date and time such as 2026-06-19T00:00"))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::{from_field, to_field};

    #[test]
    fn a_moment_survives_its_field() {
        let at = DateTime::from_timestamp(1_780_272_001, 0).expect("it is in reach");
        assert_eq!(from_field("until", &to_field(at)), Ok(at));
    }

    #[test]
    fn a_bare_date_is_its_first_moment() {
        let at = from_field("until", "2026-06-01").expect("it is a date");
        assert_eq!(at.to_rfc3339(), "2026-06-01T00:00:00+00:00");
    }

    #[test]
    fn what_is_no_moment_is_told_by_its_field() {
        let told = from_field("until", "soon").expect_err("it is none");
        assert_eq!(told.field, "until");
    }
}
