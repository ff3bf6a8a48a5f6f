//! What whoever looks has set going, where it stands, and who acts next.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use portal::{
    Id, Permission, Person, Promotion, Version,
    exception::{ANSWERED_WITHIN, Exception, Standing, State as ExceptionState},
    policy::ChangesetLine,
    release::Board,
};

use super::{First, SHORT, all};
use crate::{
    exception::{page, resources, standing},
    release::{self, Way, version_page, way},
    ui::{Badges, Card, EmptyState, State, VersionNumber, When, counted},
    viewer::roles_that_may,
};

/// The versions that somebody pushed with their way to production, and what did not pass its checks.
#[component]
pub fn MyVersions(
    versions: Vec<Version>,
    changesets: Vec<ChangesetLine>,
    boards: Vec<Board>,
    me: Id<Person>,
) -> impl IntoView {
    if versions.is_empty() && changesets.is_empty() {
        return view! {
            <Card title="Your versions">
                <EmptyState icon="branch" title="You have pushed nothing yet">
                    <p>"A folder of Rego that passes its checks becomes a version."</p>
                    <div class="button-row"><a class="button small" href="/changesets/new">"Import a folder"</a></div>
                </EmptyState>
            </Card>
        }
        .into_any();
    }
    let line = move |version: Version| {
        let way = way(&version, &boards);
        let link = way.link();
        let Way { state, word, next, href } = way;
        let number = version.number.to_string();
        let own_page = version_page(version.bundle, &number);
        let next = next.map(|next| view! { <p class="why">{next}". "<a href=href>{link}</a></p> });
        view! {
            <li>
                <div>
                    <p class="what row">
                        <VersionNumber number href=Some(own_page)/>
                        <code>{version.bundle.to_string()}</code>
                        <State state>{word}</State>
                    </p>
                    {next}
                </div>
                <When at=version.at/>
            </li>
        }
    };
    let failed = |line: ChangesetLine| {
        let href = format!("/changesets/{}", line.id);
        view! {
            <li>
                <div>
                    <p class="what row">
                        <a href=href>{format!("Changeset #{}", line.number)}</a>
                        <State state="failed">{counted(line.faults as usize, "fault")}</State>
                    </p>
                    <p class="why">{line.note}</p>
                </div>
                <When at=line.at/>
            </li>
        }
    };
    // Told by whoever pushed, so that a version of somebody else is never shown as one's own.
    let mine: Vec<_> = versions
        .into_iter()
        .filter(|version| version.by.as_ref().is_some_and(|by| by.id == me))
        .map(line)
        .collect();
    let aside = view! { <a href="/versions">"All versions"</a> };
    view! {
        <Card title="Your versions" aside=aside.into_any()>
            <ul class="queue plain">
                {mine}
                {changesets.into_iter().map(failed).collect_view()}
            </ul>
        </Card>
    }
    .into_any()
}

/// What somebody asked for, how it stands, and who decides next.
#[component]
pub fn MyRequests(asked: First, promotions: Vec<Promotion>, now: DateTime<Utc>) -> impl IntoView {
    let aside = (asked.all.0 > 0).then(|| all("/exceptions?mine=yes", &asked.all.to_string()));
    let rows: Vec<_> = promotions
        .into_iter()
        .map(|one| promotion(one).into_any())
        .chain(asked.rows.into_iter().map(|one| request(one, now).into_any()))
        .take(SHORT)
        .collect();
    let content = if rows.is_empty() {
        view! {
            <EmptyState icon="exception" title="You have asked for nothing yet">
                <p>"Where a rule stands in the way, ask for leave from it, with a reason and an end."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        view! { <ul class="queue plain">{rows}</ul> }.into_any()
    };
    view! { <Card title="Your requests" aside=aside.into_any()>{content}</Card> }
}

fn promotion(promotion: Promotion) -> impl IntoView {
    let what = format!("{} {} to {}", promotion.bundle, promotion.number, promotion.environment);
    let who = format!("An {} other than you confirms it", roles_that_may(Permission::DecideRelease));
    view! {
        <li>
            <div>
                <p class="what row">
                    <a href=release::page(promotion.id)>{what}</a>
                    <State state="requested">"Waits to be confirmed"</State>
                </p>
                <p class="why">{who}</p>
            </div>
            <When at=promotion.asked_at/>
        </li>
    }
}

fn request(exception: Exception, now: DateTime<Utc>) -> impl IntoView {
    let stands = exception.standing(now);
    let (state, word) = standing(stands);
    let what = format!("{}: {} past {}", exception.number, resources(&exception.resources), exception.rule);
    let words = exception.environments.iter().map(ToString::to_string).collect();
    let next = next(&exception, stands);
    view! {
        <li>
            <div>
                <p class="what row">
                    <a href=page(exception.number)>{what}</a>
                    <State state>{word}</State>
                </p>
                <p class="why">
                    <Badges words/>
                    {next}
                </p>
            </div>
            <When at=exception.requested_at/>
        </li>
    }
}

/// Who decides next and until when, or how it was decided and by whom.
fn next(exception: &Exception, stands: Standing) -> AnyView {
    let lapses = exception.requested_at + ANSWERED_WITHIN;
    match (&exception.state, stands) {
        (ExceptionState::Requested, Standing::Lapsed) => {
            view! { <span>"Nobody answered in time; ask again"</span> }.into_any()
        }
        (ExceptionState::Requested, _) => {
            let who = format!("An {} decides, or it lapses ", roles_that_may(Permission::DecideException));
            view! { <span>{who}<When at=lapses/></span> }.into_any()
        }
        (ExceptionState::Approved(approval), Standing::Expired) => {
            let by = format!("{} approved it; it ended ", approval.by.name);
            view! { <span>{by}<When at=approval.ends_at/></span> }.into_any()
        }
        (ExceptionState::Approved(approval), _) => {
            let by = format!("{} approved it; it ends ", approval.by.name);
            view! { <span>{by}<When at=approval.ends_at/></span> }.into_any()
        }
        (ExceptionState::Denied { by, reason, .. }, _) => {
            view! { <span>{format!("{} denied it: “{reason}”", by.name)}</span> }.into_any()
        }
        (ExceptionState::Revoked { by, reason, .. }, _) => {
            view! { <span>{format!("{} revoked it: “{reason}”", by.name)}</span> }.into_any()
        }
        (ExceptionState::Withdrawn { .. }, _) => view! { <span>"You withdrew it"</span> }.into_any(),
    }
}
