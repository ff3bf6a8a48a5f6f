//! Parts that show how many, and how far.

use leptos::prelude::*;

use super::specimen::Specimen;
use crate::ui::{
    Chart, Convergence, Drawn, Pipeline, Progress, Series, Spark, Stat, StatStrip, State, Stop, Threshold,
    VersionNumber,
};

/// Percent an hour; of two hours nothing is known.
const RATE: [Option<f64>; 24] = [
    Some(2.1),
    Some(1.9),
    Some(2.0),
    Some(1.8),
    Some(2.2),
    Some(2.6),
    Some(2.9),
    Some(3.6),
    Some(7.2),
    Some(5.1),
    Some(3.4),
    Some(3.0),
    Some(2.8),
    Some(2.6),
    None,
    None,
    Some(2.5),
    Some(2.4),
    Some(2.7),
    Some(2.5),
    Some(2.3),
    Some(2.5),
    Some(2.4),
    Some(2.4),
];
const SPARK: [Option<f64>; 8] =
    [Some(1.0), Some(2.0), Some(1.5), Some(3.0), None, Some(4.0), Some(3.5), Some(5.0)];

fn rate() -> Vec<Series> {
    vec![Series { name: "Deny rate", tone: "accent", values: RATE.to_vec() }]
}

fn limits() -> Vec<Threshold> {
    vec![
        Threshold { name: "Alert above 5 %", tone: "caution", at: 5.0 },
        Threshold { name: "Page on-call above 20 %", tone: "bad", at: 20.0 },
    ]
}

/// Allowed and denied on top of each other.
fn outcomes() -> Vec<Series> {
    let scaled = |by: f64| RATE.iter().map(|rate| rate.map(|rate| (rate * by).round())).collect();
    vec![
        Series { name: "Allowed", tone: "good", values: scaled(40.0) },
        Series { name: "Denied", tone: "bad", values: scaled(9.0) },
    ]
}

#[component]
pub fn Numbers() -> impl IntoView {
    let states = vec!["converged", "converged", "converged", "converging", "error", "stale", "silent"];
    let hours: Vec<String> = (0..24).map(|hour| format!("{hour:02}:00")).collect();
    view! {
        <Specimen file="stat" title="Stat" about="One number and what it counts. It leads to the list that it counts.">
            <StatStrip>
                <Stat label="Decisions" value="184,302" note="2.1 a second".to_owned() href="/ui".to_owned()/>
                <Stat label="Deny rate" value="2.4 %" note="4,423 denied".to_owned()/>
                <Stat label="Exempted" value="1.1 %"/>
            </StatStrip>
        </Specimen>
        <Specimen file="chart" title="Chart" about="Numbers over time, and the same as a table. What is not known is a gap, never a zero; a spark is the line alone.">
            <Chart label="Deny rate over the last 24 hours" moments=hours.clone() series=rate() thresholds=limits() unit="%"/>
            <Chart label="Decisions over the last 24 hours" moments=hours series=outcomes() drawn=Drawn::Bars low=true/>
            <p class="row"><Spark label="Rising, with a gap" values=SPARK.to_vec()/>"A spark"<Spark label="The same, as something bad" values=SPARK.to_vec() tone="bad"/></p>
        </Specimen>
        <Specimen file="progress" title="Progress" about="How much of a whole, also in words. One bar an OPA: what is silent is hollow, what is stale striped.">
            <Progress label="Converged" value=5 whole=6 tone="good"/>
            <Progress label="Approved" value=0 whole=2/>
            <Convergence label="3 up to date, 1 behind, 1 in error, 1 stale, 1 silent" states/>
        </Specimen>
        <Specimen file="pipeline" title="Pipeline" about="The environments in the order in which a version moves through them.">
            <Pipeline>
                <Stop name="development"><VersionNumber number="v1.3.1"/><State state="converged">"4 of 4"</State></Stop>
                <Stop name="staging" next=true><VersionNumber number="v1.3.0"/><State state="converging">"3 of 4"</State></Stop>
                <Stop name="production"><VersionNumber number="v1.2.3"/><State state="silent">"nobody reports"</State></Stop>
            </Pipeline>
        </Specimen>
    }
}
