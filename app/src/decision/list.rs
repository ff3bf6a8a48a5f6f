use leptos::prelude::*;
use leptos_router::hooks::use_location;
use portal::{decision::Judged, exception::Number};

use super::{OutcomeState, list_decisions, page, subject, took};
use crate::{
    exception,
    list::{Listed, ViewActs, list_page},
    live,
    page::loaded,
    ui::{Column, ColumnSort, DataTable, EmptyState, PageHead, When},
};

/// What either engine decided, newest first.
#[component]
pub fn Decisions() -> impl IntoView {
    let (query, acts) = (use_location().search, ViewActs::new());
    let data = live::load_list(
        &[live::Kind::Decision],
        move || query.get(),
        list_decisions,
        |list: &Listed<Judged>| list.rows.iter().map(|judged| judged.line.decision_id.clone()).collect(),
    );
    loaded(data, move |Listed { around, rows }: Listed<Judged>, _| {
        let sorts = around.sorts.clone();
        let table = (!rows.is_empty()).then(|| view! { <Table found=rows sorts/> }.into_any());
        view! {
            <PageHead title="Decisions"/>
            {list_page(around, acts, table, none_yet)}
        }
    })
}

const COLUMNS: [Column; 8] = [
    ("Resource", "keep"),
    ("Result", ""),
    ("Rule", "p2"),
    ("Exception", "p2"),
    ("Revisions", "p3"),
    ("Instance", "p3"),
    ("Time", "end p2"),
    ("When", "end"),
];

#[component]
fn Table(found: Vec<Judged>, sorts: Vec<ColumnSort>) -> impl IntoView {
    let rows = found.into_iter().map(row).collect_view();
    view! { <DataTable caption="Decisions" columns=COLUMNS.to_vec() sorts>{rows}</DataTable> }
}

fn row(judged: Judged) -> impl IntoView {
    let gravest = judged.findings.iter().find(|one| one.outcome == judged.line.outcome).cloned();
    let rule = gravest.as_ref().and_then(|one| one.rule.clone());
    let exception = gravest.and_then(|one| one.exception);
    let revisions: Vec<_> = judged.revisions.iter().map(|(_, revision)| revision.clone()).collect();
    view! {
        <tr>
            <th scope="row">
                <a href=page(&judged.line.decision_id)>
                    <span class="cell-2">
                        <span class="name">{subject(&judged)}</span>
                        <small>{judged.line.path.clone()}</small>
                    </span>
                </a>
            </th>
            <td><OutcomeState outcome=judged.line.outcome/></td>
            <td class="p2">{rule.map(|rule| view! { <code>{rule}</code> })}</td>
            <td class="p2">{exception.map(exception_link)}</td>
            <td class="p3 num">{revisions.join(" · ")}</td>
            <td class="p3">
                <span class="cell-2">
                    <code>{judged.line.instance.clone()}</code>
                    <small>{judged.line.environment.to_string()}</small>
                </span>
            </td>
            <td class="end p2">{judged.nanoseconds.map(took)}</td>
            <td class="end"><When at=judged.line.at/></td>
        </tr>
    }
}

/// The exception that fired, as a link where its number is one of ours.
pub(super) fn exception_link(number: String) -> AnyView {
    match number.parse::<Number>() {
        Ok(known) => view! { <a href=exception::page(known)>{number}</a> }.into_any(),
        Err(_) => view! { <code>{number}</code> }.into_any(),
    }
}

fn none_yet() -> AnyView {
    view! {
        <EmptyState icon="decision" title="No decision yet">
            <p>"OPAs and the embedded engine report here what they decide, within seconds."</p>
            <div class="button-row"><a class="button small" href="/fleet">"Fleet"</a></div>
        </EmptyState>
    }
    .into_any()
}
