//! When an exception ends, from the text that people write.

use chrono::{DateTime, NaiveDate};

/// Nanoseconds since 1970: a bare date at its first instant, UTC, a full timestamp (RFC 3339) at its own.
///
/// Exactly what the Rego helper takes, which is what both engines take: upper-case `T` and `Z`, no leap second, at
/// most nine digits of a fraction. `None` for all else, and for years beyond 2262.
pub fn ends(text: &str) -> Option<i64> {
    if text.len() == 10 && shape(text, b"0000-00-00") {
        return NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()?
            .and_hms_opt(0, 0, 0)?
            .and_utc()
            .timestamp_nanos_opt();
    }
    let (second, rest) = text.split_at_checked(19)?;
    if !shape(second, b"0000-00-00T00:00:00") || second.ends_with("60") {
        return None;
    }
    let offset = rest.find(['Z', '+', '-'])?;
    let (fraction, zone) = rest.split_at(offset);
    let digits = fraction.strip_prefix('.').map_or(fraction.is_empty(), |digits| {
        (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    let zoned = zone == "Z" || shape(zone, b"+00:00") || shape(zone, b"-00:00");
    if !digits || !zoned {
        return None;
    }
    DateTime::parse_from_rfc3339(text).ok()?.timestamp_nanos_opt()
}

/// Whether a text has digits where the pattern has `0`, and the pattern's own characters elsewhere.
fn shape(text: &str, pattern: &[u8]) -> bool {
    let fits =
        |(byte, wanted): (u8, &u8)| if *wanted == b'0' { byte.is_ascii_digit() } else { byte == *wanted };
    text.len() == pattern.len() && text.bytes().zip(pattern).all(fits)
}
