//! How things stand: what is in force where, the fleet, what ends soon, and what changed.

use leptos::prelude::*;
use portal::{
    exception::{Exception, State as ExceptionState},
    fleet::{Drift, Instance, Presence},
    policy::Bundle,
    release::Board,
};
use strum::VariantArray;

use super::{First, all};
use crate::{
    audit::Told,
    exception::{page as exception_page, resources},
    fleet::{drift, page as instance_page, told as told_fleet},
    release::version_page,
    ui::{
        Card, CardBody, Column, Convergence, DataTable, EmptyState, Stat, StatStrip, State, Timeline,
        TimelineEvent, VersionNumber, When, absolute, apart,
    },
    viewer::Viewer,
};

const IN_FORCE: [Column; 5] =
    [("Environment", ""), ("provisioning", ""), ("ai", "p1"), ("exceptions", "end p1"), ("Fleet", "end")];

/// One line an environment: each bundle's revision, and how much of the fleet runs what it should.
#[component]
pub fn InForce(boards: Vec<Board>, fleet: Vec<Instance>) -> impl IntoView {
    let cell = |board: &Board, bundle: Bundle| {
        let pointer = board.in_force.iter().find(|pointer| pointer.release.bundle == bundle);
        match pointer {
            Some(pointer) => {
                let number = pointer.release.revision.clone();
                let href = pointer.release.version.map(|_| version_page(bundle, &number));
                view! { <VersionNumber number href/> }.into_any()
            }
            None => view! { <span class="muted">"nothing"</span> }.into_any(),
        }
    };
    // Where there is room for two columns only.
    let others = |board: &Board| {
        let of = |bundle: Bundle| {
            let pointer = board.in_force.iter().find(|pointer| pointer.release.bundle == bundle)?;
            let bundle = bundle.to_string();
            Some(format!("{} {}", bundle.trim_start_matches("aegis-"), pointer.release.revision))
        };
        [Bundle::Ai, Bundle::Exceptions].into_iter().filter_map(of).collect::<Vec<_>>().join(", ")
    };
    let row = |board: &Board| {
        let there: Vec<_> = fleet.iter().filter(|one| one.environment == board.environment).collect();
        let running = there.iter().filter(|one| one.drift() == Drift::Converged).count();
        let (state, word) = match (there.len(), running) {
            (0, _) => ("silent", "0 of 0".to_owned()),
            (all, running) if running < all => (worst(&there), format!("{running} of {all}")),
            (all, _) => ("converged", format!("{all} of {all}")),
        };
        let href = format!("/fleet?environment={}", board.environment);
        view! {
            <tr>
                <th scope="row">
                    <span class="cell-2">{board.environment.to_string()}<small class="when-folded">{others(board)}</small></span>
                </th>
                <td>{cell(board, Bundle::Provisioning)}</td>
                <td class="p1">{cell(board, Bundle::Ai)}</td>
                <td class="end p1">{cell(board, Bundle::Exceptions)}</td>
                <td class="end"><a class="counted" href=href><State state>{word}</State></a></td>
            </tr>
        }
    };
    let rows: Vec<_> = boards.iter().map(row).collect();
    let aside = view! { <a href="/releases">"Releases"</a> };
    view! {
        <Card title="In force" aside=aside.into_any()>
            <DataTable caption="Versions in force per environment" columns=IN_FORCE.to_vec()>{rows}</DataTable>
        </Card>
    }
}

/// The state that most needs a hand.
fn worst(there: &[&Instance]) -> &'static str {
    let order = [Drift::Error, Drift::Stale, Drift::Silent, Drift::Behind];
    let found = order.into_iter().find(|state| there.iter().any(|one| one.drift() == *state));
    drift(found.unwrap_or(Drift::Converged)).0
}

/// How many OPAs are in each state.
#[component]
pub fn Fleet(fleet: Vec<Instance>) -> impl IntoView {
    let label = told_fleet(&fleet);
    let states = fleet.iter().map(|instance| drift(instance.drift()).0).collect();
    let stat = |state: &Drift| {
        let number = fleet.iter().filter(|instance| instance.drift() == *state).count();
        let label = drift(*state).1;
        // A state that nobody is in is left out, but for the one that should not be empty.
        (number > 0 || *state == Drift::Converged).then(|| {
            view! { <Stat label value=number.to_string() href=Some(format!("/fleet?state={state}"))/> }
        })
    };
    let stats: Vec<_> = Drift::VARIANTS.iter().filter_map(stat).collect();
    let aside = (!fleet.is_empty()).then(|| all("/fleet", &fleet.len().to_string()));
    view! {
        <Card title="Fleet" aside=aside.into_any()>
            <StatStrip flat=true>{stats}</StatStrip>
            <CardBody><Convergence label states/></CardBody>
        </Card>
    }
}

/// OPAs that do not run what they should: for whoever is on call.
#[component]
pub fn NeedsAHand(off: Vec<Instance>) -> impl IntoView {
    let line = |instance: Instance| {
        let (state, word) = drift(instance.drift());
        view! {
            <li>
                <div>
                    <p class="what row">
                        <a href=instance_page(instance.id)>{instance.title()}</a>
                        <State state>{word}</State>
                        <span class="muted">{instance.environment.to_string()}</span>
                    </p>
                    <p class="why">{why(&instance)}</p>
                </div>
                <When at=instance.last_seen/>
            </li>
        }
    };
    let off: Vec<_> = off.into_iter().map(line).collect();
    let content = if off.is_empty() {
        view! { <EmptyState icon="converged" title="No OPA needs a hand"><p>"Every one that reports runs what is released."</p></EmptyState> }
            .into_any()
    } else {
        view! { <ul class="queue plain">{off}</ul> }.into_any()
    };
    view! { <Card title="Not as released">{content}</Card> }
}

/// What an OPA runs in the place of what it should, or says of it.
fn why(instance: &Instance) -> String {
    if let Some(bundle) = instance.bundles.iter().find(|bundle| !bundle.error.is_empty()) {
        return format!("{}: {}", bundle.name, bundle.error);
    }
    if instance.presence != Presence::Live {
        return "It reports no more.".to_owned();
    }
    let behind = instance.bundles.iter().find(|bundle| bundle.is_behind());
    match behind {
        Some(bundle) if bundle.active_revision.is_empty() => {
            format!("It has not loaded {}.", bundle.name)
        }
        Some(bundle) => format!(
            "It runs {} of {}, and {} is released.",
            bundle.active_revision,
            bundle.name,
            bundle.expected.clone().unwrap_or_default()
        ),
        None => "It says that it is not ready.".to_owned(),
    }
}

const ENDING: [Column; 2] = [("Exception", ""), ("Ends", "end")];

/// What ends soon.
#[component]
pub fn Ending(expiring: First, viewer: Viewer) -> impl IntoView {
    let number = expiring.all;
    let aside = (number.0 > 0).then(|| all("/exceptions?standing=expiring", &number.to_string()));
    let row = |one: Exception| {
        let ExceptionState::Approved(approval) = &one.state else { return None };
        let left = format!("{} left", apart(viewer.now, approval.ends_at));
        let what = format!("{} · {}", resources(&one.resources), one.rule);
        Some(view! {
            <tr>
                <th scope="row">
                    <span class="cell-2"><a href=exception_page(one.number)>{one.number.to_string()}</a><small>{what}</small></span>
                </th>
                <td class="end">
                    <span class="cell-2"><State state="expiring">{left}</State><small>{absolute(approval.ends_at)}</small></span>
                </td>
            </tr>
        })
    };
    let rows: Vec<_> = expiring.rows.into_iter().filter_map(row).collect();
    let content = if rows.is_empty() {
        view! { <EmptyState icon="exception" title="Nothing ends soon"><p>"An exception ends by itself, on time."</p></EmptyState> }
            .into_any()
    } else {
        view! { <DataTable caption="Exceptions that end soon" columns=ENDING.to_vec()>{rows}</DataTable> }
            .into_any()
    };
    view! { <Card title="Ending soon" aside=aside.into_any()>{content}</Card> }
}

/// The last changes of what is in force, or may come to be.
#[component]
pub fn Changed(entries: Vec<Told>) -> impl IntoView {
    let event = |entry: Told| {
        let by = entry.by.clone();
        view! {
            <TimelineEvent tone="quiet" icon="audit" at=entry.at><strong>{by}</strong>" "{entry.linked()}</TimelineEvent>
        }
    };
    let content = if entries.is_empty() {
        view! { <EmptyState icon="audit" title="Nothing has changed yet"><p>"Every change has an entry in the audit log."</p></EmptyState> }
            .into_any()
    } else {
        view! { <CardBody><Timeline>{entries.into_iter().map(event).collect_view()}</Timeline></CardBody> }
            .into_any()
    };
    let aside = view! { <a href="/audit">"Audit log"</a> };
    view! { <Card title="What changed" aside=aside.into_any()>{content}</Card> }
}
