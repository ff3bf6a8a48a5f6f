use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use leptos::{html, prelude::*};
use portal::{exception::longest, report::Severity};

use crate::{
    kept::Typed,
    moment::{from_field, to_field},
    ui::{FieldError, absolute, counted},
};

/// The fields, as the server function reads an [`End`](super::End): a number of days, or a moment where that one
/// is empty.
const DAYS: &str = "end[days]";
const MOMENT: &str = "end[at]";
/// What refusals call them.
const ID: &str = "ends_at";

/// What most people ask for, in days.
const USUAL: [i64; 3] = [7, 30, 90];

/// When an exception ends: after a few days, or on a date. Beside it stand the days that are left, the latest end
/// and why it is no later.
///
/// A choice of days goes before the date, also without scripts; a date that is typed takes the choice away.
///
/// `severity` is the policy's; it is not known while a request may still be about any.
pub(super) fn end_fields(
    now: DateTime<Utc>,
    wanted: DateTime<Utc>,
    severity: Option<Severity>,
    error: Signal<Option<String>>,
) -> impl IntoView {
    let cap = longest(severity.unwrap_or(Severity::Low));
    let days = RwSignal::new(Typed::here().or(DAYS, String::new()));
    let moment = RwSignal::new(Typed::here().or(MOMENT, to_field(wanted)));
    let preset = move |after: i64| {
        let value = after.to_string();
        let choose = {
            let value = value.clone();
            move |_| {
                days.set(value.clone());
                moment.set(to_field(now + TimeDelta::days(after)));
            }
        };
        let word = counted(after as usize, "day");
        choice(value, word, days, choose).into_any()
    };
    let presets: Vec<_> = USUAL.into_iter().filter(|after| *after <= cap.num_days()).map(preset).collect();
    let on_a_date = choice(String::new(), "A date".to_owned(), days, move |_| days.set(String::new()));
    let typed = move |event| {
        moment.set(event_target_value(&event));
        days.set(String::new());
    };
    let field = NodeRef::<html::Input>::new();
    // Only what a choice of days says anew: what was typed before scripts ran stays, and so does a half-typed date.
    Effect::new(move |before: Option<String>| {
        let now = moment.get();
        let changed = before.is_some_and(|before| before != now);
        if let Some(field) = field.get_untracked().filter(|field| changed && field.value() != now) {
            field.set_value(&now);
        }
        now
    });
    let described = move || {
        if error.try_get().flatten().is_some() {
            "ends_at-hint ends_at-left ends_at-error"
        } else {
            "ends_at-hint ends_at-left"
        }
    };
    view! {
        <fieldset class="field">
            <legend>"Ends after"</legend>
            <div class="segmented">{presets}{on_a_date}</div>
        </fieldset>
        <div class="field">
            <label for=ID>"Ends (UTC)"</label>
            <input
                class="input"
                id=ID
                name=MOMENT
                type="datetime-local"
                node_ref=field
                value=moment.get_untracked()
                required
                max=to_field(now + cap)
                // Else a browser takes only what is whole minutes away from the moment that was filled in.
                step="1"
                autocomplete="off"
                aria-describedby=described
                aria-invalid=move || error.try_get().flatten().map(|_| "true")
                on:input=typed
            />
            <p class="hint" id="ends_at-left" aria-live="polite">{move || left(&moment.read(), now)}</p>
            <p class="hint" id="ends_at-hint">{why(severity, now)}</p>
            {move || error.try_get().flatten().map(|error| view! { <FieldError id="ends_at-error".to_owned() error/> })}
        </div>
    }
}

fn choice(
    value: String,
    word: String,
    chosen: RwSignal<String>,
    choose: impl Fn(leptos::ev::Event) + 'static,
) -> impl IntoView {
    let is = {
        let value = value.clone();
        move || *chosen.read() == value
    };
    let at_first = *chosen.read_untracked() == value;
    view! {
        <label>
            <input type="radio" name=DAYS value=value checked=at_first prop:checked=is on:change=choose/>
            {word}
        </label>
    }
}

/// As in `Fri 19 Jun 2026, 00:00:00 UTC: in 30 days.`
fn left(moment: &str, now: DateTime<Utc>) -> String {
    let Ok(end) = from_field(ID, moment) else { return "A date and a time.".to_owned() };
    // A field knows whole seconds only: what is asked for in seven days would end in six and the rest of one.
    let days = (end - now.trunc_subsecs(0)).num_days();
    let when = match (end <= now, days) {
        (true, _) => "that is over".to_owned(),
        (_, 0) => "within a day".to_owned(),
        (_, days) => format!("in {}", counted(days as usize, "day")),
    };
    format!("{} {}: {when}.", end.format("%a"), absolute(end))
}

/// The latest end, and why it is no later.
fn why(severity: Option<Severity>, now: DateTime<Utc>) -> String {
    let days = |severity| longest(severity).num_days();
    match severity {
        Some(severity) => format!(
            "A {severity} policy: {} days at most, {} at the latest.",
            days(severity),
            absolute(now + longest(severity))
        ),
        None => format!(
            "At most {} days from a critical policy, {} from a high one, {} from any other.",
            days(Severity::Critical),
            days(Severity::High),
            days(Severity::Low),
        ),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use portal::report::Severity;

    use super::{left, why};

    #[test]
    fn an_end_says_its_day_and_how_far_it_is() {
        let now = DateTime::UNIX_EPOCH;
        assert_eq!(left("1970-01-31T00:00:00", now), "Sat 31 Jan 1970, 00:00:00 UTC: in 30 days.");
        let later = now + TimeDelta::milliseconds(700);
        assert_eq!(left("1970-01-31T00:00:00", later), "Sat 31 Jan 1970, 00:00:00 UTC: in 30 days.");
        assert_eq!(left("1970-01-01T05:00", now), "Thu 1 Jan 1970, 05:00:00 UTC: within a day.");
        assert_eq!(left("1969-12-31T00:00:00", now), "Wed 31 Dec 1969, 00:00:00 UTC: that is over.");
        assert_eq!(left("soon", now), "A date and a time.");
    }

    #[test]
    fn the_latest_end_says_why() {
        let told = why(Some(Severity::High), DateTime::UNIX_EPOCH + TimeDelta::days(1));
        assert_eq!(told, "A high policy: 90 days at most, 2 Apr 1970, 00:00:00 UTC at the latest.");
    }
}
