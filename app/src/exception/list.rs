use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use portal::{
    Permission, Scope,
    exception::{Exception, State},
};

use super::{list_exceptions, page, standing, words::resources};
use crate::{
    list::{Listed, ViewActs, list_page},
    live,
    page::loaded,
    ui::{
        BulkBar, ButtonLink, Column, ColumnSort, DataTable, EmptyState, Icon, Kind, PageHead, Pick,
        SeverityBadge, State as StateBadge, When,
    },
    viewer::Viewer,
};

/// The exceptions, narrowed by what the address says.
#[component]
pub fn Exceptions() -> impl IntoView {
    let (query, acts) = (use_location().search, ViewActs::new());
    let data = live::load_list(
        &[live::Kind::Exception],
        move || query.get(),
        list_exceptions,
        |list: &Listed<Exception>| list.rows.iter().map(|one| one.number).collect(),
    );
    loaded(data, move |Listed { around, rows }: Listed<Exception>, viewer| {
        let refused = viewer.lacks(Permission::RequestException, &Scope::Portal);
        let ask = view! {
            <ButtonLink id="request" href="/exceptions/new" kind=Kind::Primary icon="plus" refused>
                "Request exception"
            </ButtonLink>
        };
        let sorts = around.sorts.clone();
        let table = (!rows.is_empty()).then(|| view! { <Table found=rows sorts viewer/> }.into_any());
        view! {
            <PageHead title="Exceptions" actions=ask.into_any()/>
            {list_page(around, acts, table, none_yet)}
        }
    })
}

const COLUMNS: [Column; 8] = [
    ("Exception", "keep"),
    ("State", ""),
    ("Rule", "p1"),
    ("Severity", "p2"),
    ("Environments", "p3"),
    ("Requested by", "p2"),
    ("Ticket", "p3"),
    ("Ends", "end"),
];

/// The rows stand in a form, so that what is picked can be revoked together: the form only leads to the page that
/// says what that would do.
#[component]
fn Table(found: Vec<Exception>, sorts: Vec<ColumnSort>, viewer: Viewer) -> impl IntoView {
    let may_decide = viewer.may_somewhere(Permission::DecideException);
    let now = viewer.now;
    let row = move |exception: Exception| {
        let (state, word) = standing(exception.standing(now));
        let number = exception.number.to_string();
        let pick = may_decide.then(|| {
            view! { <Pick name="number" value=number.clone() label=format!("Pick {number}")/> }
        });
        view! {
            <tr>
                {pick}
                <th scope="row">
                    <a href=page(exception.number)>
                        <span class="cell-2">
                            <span class="name">{resources(&exception.resources)}</span>
                            <small class="num">{number}</small>
                        </span>
                    </a>
                </th>
                <td><StateBadge state>{word}</StateBadge></td>
                <td class="p1">
                    <span class="cell-2">
                        <code>{exception.rule.clone()}</code>
                        <small>{exception.package.clone()}</small>
                    </span>
                </td>
                <td class="p2"><SeverityBadge severity=exception.severity/></td>
                <td class="p3">{names(&exception.environments)}</td>
                <td class="p2">
                    <span class="cell-2">
                        <span class="name">{exception.requested_by.name.clone()}</span>
                        {decided_by(&exception).map(|by| view! { <small>{by}</small> })}
                    </span>
                </td>
                <td class="p3"><span class="name">{exception.ticket.clone()}</span></td>
                <td class="end">{ends(&exception).map(|at| view! { <When at/> })}</td>
            </tr>
        }
    };
    let numbers: Vec<_> = found.iter().map(|one| one.number.to_string()).collect();
    let picks = may_decide.then(|| numbers.join(" "));
    let rows = found.into_iter().map(row).collect_view();
    let table = view! {
        <DataTable caption="Exceptions" columns=COLUMNS.to_vec() sorts picks>{rows}</DataTable>
    };
    if !may_decide {
        return table.into_any();
    }
    view! {
        <form class="bulk" method="get" action="/exceptions/revoke">
            {table}
            <BulkBar label="Picked exceptions">
                <button class="button small danger" type="submit"><Icon name="revoked"/>"Revoke"</button>
                <span class="muted">"Requests are approved one at a time, each beside its evidence."</span>
            </BulkBar>
        </form>
    }
    .into_any()
}

/// Who decided, under whoever asked.
fn decided_by(exception: &Exception) -> Option<String> {
    match &exception.state {
        State::Requested => None,
        State::Approved(approval) => Some(format!("approved by {}", approval.by.name)),
        State::Denied { by, .. } => Some(format!("denied by {}", by.name)),
        State::Withdrawn { .. } => Some("withdrawn".to_owned()),
        State::Revoked { by, .. } => Some(format!("revoked by {}", by.name)),
    }
}

/// When it ends, as approved or as asked; what is over already ends no more.
fn ends(exception: &Exception) -> Option<DateTime<Utc>> {
    match &exception.state {
        State::Approved(approval) => Some(approval.ends_at),
        State::Requested => Some(exception.wanted_until),
        State::Denied { .. } | State::Withdrawn { .. } | State::Revoked { .. } => None,
    }
}

pub(super) fn names(environments: &[portal::Environment]) -> String {
    environments.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn none_yet() -> AnyView {
    view! {
        <EmptyState icon="exception" title="No exceptions yet">
            <p>"An exception lets named resources past one rule until a date. Somebody else approves it."</p>
            <div class="button-row"><a class="button small" href="/exceptions/new">"Request exception"</a></div>
        </EmptyState>
    }
    .into_any()
}
