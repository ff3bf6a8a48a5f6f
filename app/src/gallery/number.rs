//! Parts that show how many, and how far.

use leptos::prelude::*;

use super::specimen::Specimen;
use crate::ui::{Convergence, Pipeline, Progress, Stat, StatStrip, State, Stop, VersionNumber};

#[component]
pub fn Numbers() -> impl IntoView {
    let states = vec!["converged", "converged", "converged", "converging", "error", "stale", "silent"];
    view! {
        <Specimen file="stat" title="Stat" about="One number and what it counts. It leads to the list that it counts.">
            <StatStrip>
                <Stat label="Decisions" value="184,302" note="2.1 a second".to_owned()/>
                <Stat label="Deny rate" value="2.4 %" note="4,423 denied".to_owned()/>
                <Stat label="Exempted" value="1.1 %"/>
            </StatStrip>
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
