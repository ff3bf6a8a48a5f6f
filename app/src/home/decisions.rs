//! The decisions of the last 24 hours: how many were denied, beside what is too many, and how complete that is.
//!
//! The server draws it, and the browser takes it as it is: nothing on it acts, and the client carries no chart.

use leptos::prelude::*;
use portal::{
    decision::{Day, Hour, Outcome},
    fleet::{Instance, Presence},
};

use crate::{
    decision::address,
    drawn::Drawn,
    ui::{Card, CardBody, CardFoot, Chart, EmptyState, Series, Stat, StatStrip, State, Threshold, counted},
};

/// Percent of verdicts that are denied from which on whoever looks after the policies is told.
const ALERT: Threshold = Threshold { name: "Alert above 5 %", tone: "caution", at: 5.0 };
/// The same from which on whoever is on call is woken.
const PAGE_ON_CALL: Threshold = Threshold { name: "Page on-call above 20 %", tone: "bad", at: 20.0 };

/// The card.
pub(super) fn drawn(day: Day, fleet: &[Instance]) -> Drawn {
    let whole = day.whole();
    let aside = view! { <span class="muted">"the last 24 hours, in UTC"</span> };
    let complete = completeness(&day, fleet);
    let content = if whole.all() == 0 {
        view! {
            <EmptyState icon="decision" title="No decision came in">
                <p>"In 24 hours none. Either nothing was asked, or no OPA sends its decision log: the fleet says which report."</p>
                <div class="button-row"><a class="button small" href="/fleet">"Fleet"</a></div>
            </EmptyState>
        }
        .into_any()
    } else {
        numbers(day, &whole).into_any()
    };
    Drawn::of(view! {
        <Card title="Decisions" aside=aside.into_any()>
            {content}
            <CardFoot>{complete}</CardFoot>
        </Card>
    })
}

/// The day's numbers, each with the list that it counts, and its rate by the hour.
fn numbers(day: Day, whole: &Hour) -> impl IntoView + use<> {
    let list = |outcome| Some(address(outcome, day.since));
    let (all, denied, exempted) = (list(None), list(Some(Outcome::Denied)), list(Some(Outcome::Exempted)));
    let rate = whole.deny_rate().map_or("not known".to_owned(), percent);
    let (told, note) = (rate.clone(), format!("of {}", counted_verdicts(whole)));
    let Hour { denied: number, exempted: exempt, .. } = *whole;
    let (whole, verdict) = (whole.all(), verdict(whole));
    view! {
        <StatStrip flat=true>
            <Stat label="Decisions" value=whole.to_string() href=all/>
            <Stat label="Denied" value=number.to_string() href=denied/>
            <Stat label="Exempted" value=exempt.to_string() href=exempted/>
            <Stat label="Deny rate" value=told note=Some(note)/>
        </StatStrip>
        <CardBody>
            <p>{verdict}</p>
            <Rate day rate/>
        </CardBody>
    }
}

fn counted_verdicts(hour: &Hour) -> String {
    counted(usize::try_from(hour.decided()).unwrap_or(usize::MAX), "verdict")
}

/// Which of the two lines the day as a whole has passed.
fn verdict(whole: &Hour) -> AnyView {
    let Some(rate) = whole.deny_rate() else {
        return view! { <State state="undefined">"No verdict among them"</State> }.into_any();
    };
    let above = |line: Threshold| rate as f64 / 10.0 > line.at;
    let (state, word) = match (above(ALERT), above(PAGE_ON_CALL)) {
        (_, true) => ("denied", "Above 20 %: on-call is due"),
        (true, false) => ("warning", "Above 5 %: look what is denied"),
        (false, false) => ("allowed", "Below 5 %"),
    };
    view! { <State state>{word}</State> }.into_any()
}

#[component]
fn Rate(day: Day, rate: String) -> impl IntoView {
    let moments = (0..day.hours.len()).map(|hour| day.begin(hour).format("%a %H:%M").to_string()).collect();
    let values: Vec<Option<f64>> =
        day.hours.iter().map(|hour| Some(hour.deny_rate()? as f64 / 10.0)).collect();
    let peak = values.iter().copied().enumerate().filter_map(|(at, value)| Some((at, value?)));
    let peak = peak.max_by(|one, other| one.1.total_cmp(&other.1));
    let peak = peak.map_or(String::new(), |(at, value)| {
        format!(", at most {value} % in the hour from {}", day.begin(at).format("%a %H:%M UTC"))
    });
    let label = format!("Deny rate of the last 24 hours: {rate}{peak}");
    let series = vec![Series { name: "Deny rate", tone: "accent", values }];
    view! { <Chart label moments series thresholds=vec![ALERT, PAGE_ON_CALL] unit="%"/> }
}

/// What is known to be missing from the numbers. Nothing known is not the same as nothing missing.
fn completeness(day: &Day, fleet: &[Instance]) -> AnyView {
    let lost: i64 = fleet.iter().map(|instance| instance.dropped).sum();
    let silent = fleet.iter().filter(|instance| instance.presence == Presence::Silent).count();
    let mut missing = vec![];
    if lost > 0 {
        missing.push(format!("OPAs say that they lost {lost} since they started"));
    }
    if silent > 0 {
        missing.push(format!("{} silent", counted(silent, "instance")));
    }
    if day.put_aside > 0 {
        missing.push(format!("{} put aside, being no decision", day.put_aside));
    }
    if missing.is_empty() {
        return view! {
            <State state="passed">"No loss known"</State>
            <span>"Every OPA on the list reports, and none says that it lost a decision."</span>
        }
        .into_any();
    }
    view! {
        <State state="warning">"Not complete"</State>
        <span>{missing.join("; ")}"."</span>
    }
    .into_any()
}

/// Tenths of a percent as people read them.
fn percent(tenths: u64) -> String {
    format!("{}.{} %", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn a_rate_is_told_to_a_tenth() {
        assert_eq!([0, 24, 1000].map(percent), ["0.0 %", "2.4 %", "100.0 %"]);
    }
}
