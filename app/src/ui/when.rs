use chrono::{DateTime, Utc};
use leptos::prelude::*;

use crate::preference::{Times, preferred};

/// The moment at which the page was made. The server gives it, so that it and the browser write the
/// same words.
#[derive(Debug, Clone, Copy)]
pub struct Now(pub DateTime<Utc>);

/// A moment: how far from now, and on hover, on focus and on paper, exactly; or the other way round for whoever
/// prefers that.
///
/// In a row it is no stop of the Tab key, for a long list would have hundreds: there the focus on the row's own link
/// shows it. Where nothing beside it can be focused, `stop` makes it one. What is not seen is read aloud all the same.
#[component]
pub fn When(at: DateTime<Utc>, #[prop(optional)] stop: bool) -> impl IntoView {
    let (Now(now), preferred) = (expect_context(), preferred());
    let exact = Memo::new(move |_| preferred.get().times != Times::Relative);
    let exactly = move || preferred.get().times.exactly(at);
    let told = move || if exact.get() { exactly() } else { relative(at, now) };
    let tip = move || if exact.get() { relative(at, now) } else { exactly() };
    view! {
        <time class="when" class:exact=exact datetime=at.to_rfc3339() tabindex=stop.then_some("0")>
            <span class="told">{told}</span>
            " "
            <span class="tip">{tip}</span>
        </time>
    }
}
/// As in `20 May 2026, 12:31:07 UTC`.
pub fn absolute(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M:%S UTC").to_string()
}

/// As in `in 12 d` or `2 h ago`, in the largest unit that fits at least once, rounded.
pub(crate) fn relative(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let apart = at - now;
    let amount = amount(apart.num_seconds().unsigned_abs());
    match amount {
        None => "just now".to_owned(),
        Some(amount) if at > now => format!("in {amount}"),
        Some(amount) => format!("{amount} ago"),
    }
}

/// As in `12 d`: how much time lies between two moments.
pub(crate) fn apart(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    amount((to - from).num_seconds().unsigned_abs()).unwrap_or_else(|| "less than 1 s".to_owned())
}

fn amount(seconds: u64) -> Option<String> {
    /// Each with half of the next smaller one: what lacks no more than that of a day is no 24 h.
    const UNITS: [(u64, u64, &str); 5] =
        [(365 * 86_400, 43_200, "y"), (86_400, 1_800, "d"), (3_600, 30, "h"), (60, 0, "min"), (1, 0, "s")];
    let (size, _, name) = UNITS.into_iter().find(|(size, lacking, _)| seconds + lacking >= *size)?;
    Some(format!("{} {name}", (seconds + size / 2) / size))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::{absolute, relative};

    #[test]
    fn a_moment_is_told_in_the_largest_unit_that_fits() {
        let now = DateTime::UNIX_EPOCH;
        let told = |seconds| relative(now + TimeDelta::seconds(seconds), now);
        assert_eq!(told(0), "just now");
        assert_eq!(told(-1), "1 s ago");
        assert_eq!(told(-59), "59 s ago");
        assert_eq!(told(-60), "1 min ago");
        assert_eq!(told(3_500), "in 58 min");
        assert_eq!(told(3_599), "in 1 h");
        assert_eq!(told(3_600), "in 1 h");
        assert_eq!(told(86_399), "in 1 d");
        assert_eq!(told(23 * 3_600), "in 23 h");
        assert_eq!(told(30 * 86_400), "in 30 d");
        assert_eq!(told(7 * 86_400 - 1), "in 7 d", "what was chosen a second ago reads as it was chosen");
        assert_eq!(told(-800 * 86_400), "2 y ago");
    }

    #[test]
    fn the_exact_moment_names_its_zone() {
        assert_eq!(absolute(DateTime::UNIX_EPOCH), "1 Jan 1970, 00:00:00 UTC");
    }
}
