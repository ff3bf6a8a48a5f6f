//! Each bundle's way from development to production: what is in force at each stop, what could come next, and who
//! brings it there.

use leptos::prelude::*;
use portal::{
    Version,
    policy::{Bundle, Number},
    release::{Board, Pointer},
};

use super::{converged, page, version_page, way};
use crate::ui::{Card, CardBody, Pipeline, State, Stop, VersionNumber, When};

/// Every bundle that holds policies, in one card.
pub(super) fn pipelines(boards: &[Board], versions: &[Version]) -> impl IntoView + use<> {
    let ways: Vec<_> = Bundle::OF_POLICIES.into_iter().map(|bundle| one(bundle, boards, versions)).collect();
    view! {
        <Card title="On the way to production">
            <CardBody><div class="stack loose">{ways}</div></CardBody>
        </Card>
    }
}

fn one(bundle: Bundle, boards: &[Board], versions: &[Version]) -> impl IntoView + use<> {
    let of_bundle: Vec<&Version> = versions.iter().filter(|version| version.bundle == bundle).collect();
    let newest = of_bundle.iter().max_by_key(|version| version.number);
    let stops: Vec<_> = boards
        .iter()
        .enumerate()
        .map(|(at, board)| {
            let before = match at.checked_sub(1) {
                Some(before) => in_force(bundle, &boards[before]).and_then(number_of),
                None => newest.map(|version| version.number),
            };
            stop(bundle, board, before)
        })
        .collect();
    // The newest, and what stands between it and production.
    let told = newest.map(|version| {
        let way = way(version, boards);
        let link = way.link();
        let next = way.next.map(|next| view! { <span>{next}". "<a href=way.href>{link}</a></span> });
        view! {
            <p class="row">
                <span class="version">{version.number.to_string()}</span>
                <State state=way.state>{way.word}</State>
                {next}
            </p>
        }
    });
    view! {
        <section class="stack" aria-label=format!("{bundle} on its way")>
            <h3><code>{bundle.to_string()}</code></h3>
            <Pipeline>{stops}</Pipeline>
            {told}
        </section>
    }
}

/// One environment; `before` is what could come into it.
fn stop(bundle: Bundle, board: &Board, before: Option<Number>) -> impl IntoView + use<> {
    let there = in_force(bundle, board);
    let current = there.map(|pointer| {
        let (state, word) = converged(pointer);
        let revision = pointer.release.revision.clone();
        let href = version_page(bundle, &revision);
        view! {
            <VersionNumber number=revision href=Some(href)/>
            <State state>{word}</State>
            <span class="muted">"since " <When at=pointer.release.at/></span>
        }
    });
    let empty = there.is_none().then(|| view! { <span class="muted">"nothing in force"</span> });
    let waiting = board.waiting.iter().find(|promotion| promotion.bundle == bundle).map(|promotion| {
        view! { <a href=page(promotion.id)>{format!("{} waits to be confirmed", promotion.number)}</a> }
    });
    let running = there.and_then(number_of);
    let could = before
        .filter(|before| waiting.is_none() && running.is_none_or(|running| *before > running))
        .map(|before| (before.to_string(), board.rolled_back(bundle, before).is_some()));
    let could_come = could.as_ref().map(|(number, was_here)| {
        let page = version_page(bundle, number);
        let (href, word) = match was_here {
            // It may come again, and nobody is led to that.
            true => (page, format!("{number} was rolled back here")),
            false => {
                (format!("{page}?ask=promote-to-{}", board.environment), format!("{number} could come next"))
            }
        };
        view! { <a href=href>{word}</a> }
    });
    let next = waiting.is_some() || could.is_some_and(|(_, was_here)| !was_here);
    view! {
        <Stop name=board.environment.to_string() next>
            {current}
            {empty}
            {waiting}
            {could_come}
        </Stop>
    }
}

fn in_force(bundle: Bundle, board: &Board) -> Option<&Pointer> {
    board.in_force.iter().find(|pointer| pointer.release.bundle == bundle)
}

fn number_of(pointer: &Pointer) -> Option<Number> {
    pointer.release.revision.parse().ok()
}
