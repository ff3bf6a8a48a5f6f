//! How the audit's log stands, in a line.

use chrono::{DateTime, Utc};
use portal::audit::log::{Part, Window};

use crate::ui::absolute;

/// What a checkpoint covers, what none does yet, and what came of verifying it.
pub(super) fn told(window: &Window) -> String {
    let covered = match window.covered {
        None => "No checkpoint was signed yet".to_owned(),
        Some((size, at)) => {
            format!("The checkpoint of {} covers {}", absolute(at), entries(size))
        }
    };
    let read_only = if window.read_only { " Read-only: entries are gone that were signed for." } else { "" };
    format!(
        "{covered}; {} of at most 1,000, or of the last 60 s, are open.{} {}",
        window.open,
        read_only,
        verified(window)
    )
}

pub(super) fn entries(number: u64) -> String {
    format!("{number} {}", if number == 1 { "entry" } else { "entries" })
}

fn verified(window: &Window) -> String {
    let told = |part: &Part, at: &DateTime<Utc>, size: u64, wrong: &Option<String>| {
        let part = match part {
            Part::Whole => "Verified whole",
            Part::Newest => "Its newest part verified",
        };
        match wrong {
            None => format!("{part} on {}: all {} hold.", absolute(*at), entries(size)),
            Some(wrong) => format!("{part} on {}: it does not hold: {wrong}.", absolute(*at)),
        }
    };
    // What is wrong comes first.
    let wrong = window.verified.iter().find(|(.., wrong)| wrong.is_some());
    let shown = wrong.or_else(|| window.verified.iter().find(|(part, ..)| *part == Part::Whole));
    shown.map_or_else(
        || "Not verified yet.".to_owned(),
        |(part, at, size, wrong)| told(part, at, *size, wrong),
    )
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use portal::audit::log::{Part, Window};

    use super::told;

    #[test]
    fn the_line_says_what_is_covered_what_is_open_and_what_is_wrong() {
        let at = DateTime::UNIX_EPOCH;
        let fresh = Window { covered: None, open: 2, verified: vec![], read_only: false };
        assert_eq!(
            told(&fresh),
            "No checkpoint was signed yet; 2 of at most 1,000, or of the last 60 s, are open. Not verified yet."
        );
        let wrong = Some("entry 7 is gone".to_owned());
        let verified = vec![(Part::Whole, at, 9, None), (Part::Newest, at, 9, wrong)];
        let line = told(&Window { covered: Some((9, at)), open: 0, verified, read_only: true });
        assert!(
            line.starts_with("The checkpoint of 1 Jan 1970, 00:00:00 UTC covers 9 entries; 0 of"),
            "{line}"
        );
        assert!(line.contains("Read-only") && line.ends_with("it does not hold: entry 7 is gone."), "{line}");
    }
}
