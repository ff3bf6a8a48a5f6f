//! Parts that are a word or less.

use chrono::TimeDelta;
use leptos::prelude::*;
use portal::report::Severity;

use super::specimen::{Specimen, Specimens, now};
use crate::ui::{
    Avatar, Badge, Badges, Count, Icon, Mark, Person, SeverityBadge, State, VersionNumber, When,
};

/// Every state by where it is used, as its name and its word.
const STATES: [(&str, &[(&str, &str)]); 4] = [
    (
        "Decisions",
        &[
            ("allowed", "Allowed"),
            ("denied", "Denied"),
            ("exempted", "Exempted"),
            ("advice", "Advice"),
            ("undefined", "Undefined"),
            ("error", "Error"),
        ],
    ),
    (
        "Exceptions",
        &[
            ("draft", "Draft"),
            ("requested", "Requested"),
            ("approved", "Approved"),
            ("in-force", "In force"),
            ("expiring", "Expiring"),
            ("expired", "Expired"),
            ("denied", "Denied"),
            ("revoked", "Revoked"),
            ("lapsed", "Lapsed"),
            ("withdrawn", "Withdrawn"),
        ],
    ),
    (
        "Fleet",
        &[
            ("converged", "Converged"),
            ("converging", "Converging"),
            ("error", "Error"),
            ("stale", "Stale"),
            ("silent", "Silent"),
        ],
    ),
    (
        "Policies and checks",
        &[
            ("active", "Active"),
            ("shadow", "Shadow"),
            ("deprecated", "Deprecated"),
            ("retired", "Retired"),
            ("passed", "Passed"),
            ("failed", "Failed"),
            ("skipped", "Skipped"),
            ("running", "Running"),
            ("warning", "Warning"),
        ],
    ),
];

#[component]
pub fn Words() -> impl IntoView {
    let plain = |&(state, word): &(&'static str, &'static str)| view! { <State state>{word}</State> };
    let filled =
        |&(state, word): &(&'static str, &'static str)| view! { <State state filled=true>{word}</State> };
    let group = move |(title, states): (&'static str, &'static [(&'static str, &'static str)])| {
        view! {
            <dt>{title}</dt>
            <dd class="stack tight">
                <Specimens>{states.iter().map(plain).collect_view()}</Specimens>
                <Specimens>{states.iter().map(filled).collect_view()}</Specimens>
            </dd>
        }
    };
    view! {
        <Specimen file="state" title="State" about="How something stands: icon, word and colour, never one of them alone.">
            <dl class="facts">{STATES.into_iter().map(group).collect_view()}</dl>
        </Specimen>
        <Specimen file="badge" title="Badge" about="A plain fact in a word. It has no colour unless the fact is bad.">
            <Specimens>
                <Badge>"production"</Badge>
                <Badge icon="lock">"guarded"</Badge>
                <Badge tone="caution" icon="warning">"Not in production"</Badge>
                <SeverityBadge severity=Severity::Critical/>
                <SeverityBadge severity=Severity::High/>
                <SeverityBadge severity=Severity::Medium/>
                <SeverityBadge severity=Severity::Low/>
            </Specimens>
            <Badges words=vec!["staging".into(), "production".into()]/>
        </Specimen>
        <Specimen file="count" title="Count" about="How many there are, beside the name of a place or a tab. None is not drawn.">
            <Specimens>
                <span>"Exceptions "<Count number=3/></span>
                <span>"Decisions "<Count number=184_302/></span>
            </Specimens>
        </Specimen>
        <Specimen file="icon" title="Icon" about="Beside a word, in the word's colour; it says nothing alone.">
            <Specimens>
                <span class="row"><Icon name="policy"/>"Policy"</span>
                <span class="row"><Icon name="exception"/>"Exception"</span>
                <span class="row"><Icon name="release"/>"Release"</span>
                <span class="row"><Icon name="fleet"/>"Fleet"</span>
                <span class="row"><Icon name="audit"/>"Audit"</span>
                <span class="row"><Icon name="refresh" spin=true/>"Under way"</span>
            </Specimens>
        </Specimen>
        <Specimen file="mark" title="Mark" about="The product's shield, at the head of the nav and of pages that have no nav.">
            <Mark/>
        </Specimen>
        <Specimen file="person" title="Person" about="Who did it: two letters and the name. The letters never stand alone.">
            <Specimens>
                <Person name="Rita Requester"/>
                <Person name="Ædan Ó Súilleabháin-Featherstonehaugh"/>
                <span class="row"><Avatar name="Adam Approver" large=true/>"Adam Approver"</span>
            </Specimens>
        </Specimen>
        <Specimen file="when" title="When" about="How far from now; exactly, with its zone, on hover, on focus and on paper. In a row it is no stop of the Tab key.">
            <Specimens>
                <When at=now() stop=true/>
                <When at=now() - TimeDelta::minutes(18)/>
                <When at=now() - TimeDelta::days(400)/>
                <When at=now() + TimeDelta::days(12)/>
            </Specimens>
        </Specimen>
        <Specimen file="version" title="Version" about="A version's number as people quote it; a link where it has a page.">
            <Specimens>
                <VersionNumber number="v1.2.3" href="/versions".to_owned()/>
                <VersionNumber number="r212"/>
            </Specimens>
        </Specimen>
    }
}
