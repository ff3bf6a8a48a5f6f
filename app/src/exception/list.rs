use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use portal::{
    Permission, Scope,
    environment::Place,
    exception::{Exception, Filter, Number, Standing, State},
};
use strum::VariantArray;

use super::{ExceptionList, list_exceptions, page, standing, words::resources};
use crate::{
    environment::options,
    live,
    page::loaded,
    ui::{
        ButtonLink, Card, Column, DataTable, EmptyState, FilterBar, FilterChoice, FilterText, Kind, Older,
        PageHead, SeverityBadge, State as StateBadge, Tab, Tabs, When,
    },
    viewer::Viewer,
};

/// As many as one question gets; a list that long may go on.
const PAGE: usize = 50;

/// The exceptions, narrowed by what the address says.
#[component]
pub fn Exceptions() -> impl IntoView {
    let query = use_query_map();
    let found = live::load_list(
        &[live::Kind::Exception],
        move || asked(&query.read()),
        |(filter, before)| list_exceptions(filter, before),
        |list: &ExceptionList| list.found.iter().map(|one| one.number).collect(),
    );
    loaded(
        found,
        |ExceptionList { filter, found, places }, viewer| view! { <List filter found places viewer/> },
    )
}

/// The filter and the place in the list that an address asks for. What it does not know it leaves out.
fn asked(query: &ParamsMap) -> (Filter, Option<Number>) {
    let filled = |name| query.get(name).filter(|value| !value.is_empty());
    let filter = Filter {
        standing: filled("standing").and_then(|standing| standing.parse().ok()),
        package: filled("package"),
        environment: filled("environment").and_then(|environment| environment.parse().ok()),
        text: filled("text"),
        mine: filled("mine").is_some(),
    };
    (filter, filled("before").and_then(|number| number.parse().ok()))
}

/// The address of the list narrowed like this, from an older exception on.
fn address(filter: &Filter, before: Option<Number>) -> String {
    let mut query = ParamsMap::new();
    let mut put = |name: &'static str, value: Option<String>| {
        if let Some(value) = value {
            query.insert(name, value);
        }
    };
    put("standing", filter.standing.map(|standing| standing.to_string()));
    put("package", filter.package.clone());
    put("environment", filter.environment.as_ref().map(ToString::to_string));
    put("text", filter.text.clone());
    put("mine", filter.mine.then(|| "yes".to_owned()));
    put("before", before.map(|number| number.to_string()));
    format!("/exceptions{}", query.to_query_string())
}

#[component]
fn List(filter: Filter, found: Vec<Exception>, places: Vec<Place>, viewer: Viewer) -> impl IntoView {
    let refused = viewer.lacks(Permission::RequestException, &Scope::Portal);
    let ask = view! {
        <ButtonLink id="request" href="/exceptions/new" kind=Kind::Primary icon="plus" refused>
            "Request exception"
        </ButtonLink>
    };
    let next =
        (found.len() == PAGE).then(|| found.last().map(|last| address(&filter, Some(last.number)))).flatten();
    let table = match (found.is_empty(), filter == Filter::default()) {
        (false, _) => view! { <Table found viewer/> }.into_any(),
        (true, true) => none_yet().into_any(),
        (true, false) => none_such().into_any(),
    };
    view! {
        <PageHead title="Exceptions" actions=ask.into_any()/>
        <Tabs label="Views" tabs=views(&filter)/>
        <Card title="Leave from a rule, until a date">
            <Filters filter places/>
            {table}
            <Older href=next/>
        </Card>
    }
}

/// The filters that people ask for most.
fn views(filter: &Filter) -> Vec<Tab> {
    let of = |standing| Filter { standing: Some(standing), ..Filter::default() };
    let mine = Filter { mine: true, ..Filter::default() };
    let view = |title, narrowed: Filter| Tab {
        title,
        href: address(&narrowed, None),
        count: None,
        current: *filter == narrowed,
    };
    vec![
        view("All", Filter::default()),
        view("Waiting for decision", of(Standing::Requested)),
        view("In force", of(Standing::InForce)),
        view("Ends soon", of(Standing::Expiring)),
        view("Mine", mine),
    ]
}

#[component]
fn Filters(filter: Filter, places: Vec<Place>) -> impl IntoView {
    let narrowed = filter != Filter::default();
    let standings = Standing::VARIANTS.iter().map(|one| (one.to_string(), standing(*one).1.to_owned()));
    let environment = filter.environment.as_ref().map(ToString::to_string).unwrap_or_default();
    view! {
        <FilterBar label="Filter exceptions" action="/exceptions" narrowed>
            <FilterText name="text" label="Resource, rule, ticket or number" value=filter.text.unwrap_or_default()/>
            <FilterChoice
                name="standing"
                label="State"
                options=standings.collect()
                chosen=filter.standing.map(|one| one.to_string()).unwrap_or_default()
            />
            <FilterChoice name="environment" label="Environment" options=options(&places) chosen=environment/>
            <label class="check">
                <input type="checkbox" name="mine" value="yes" checked=filter.mine/>
                "Mine"
            </label>
            {filter.package.map(|package| view! { <input type="hidden" name="package" value=package/> })}
        </FilterBar>
    }
}

const COLUMNS: [Column; 7] = [
    ("Resource", ""),
    ("State", ""),
    ("Rule", "p1"),
    ("Severity", "p2"),
    ("Environments", "p3"),
    ("Requested by", "p2"),
    ("Ends", "end"),
];

#[component]
fn Table(found: Vec<Exception>, viewer: Viewer) -> impl IntoView {
    let row = move |exception: Exception| {
        let (state, word) = standing(exception.standing(viewer.now));
        let ends = match &exception.state {
            State::Approved(approval) => Some(approval.ends_at),
            State::Requested => Some(exception.wanted_until),
            State::Denied { .. } | State::Withdrawn { .. } | State::Revoked { .. } => None,
        };
        view! {
            <tr>
                <th scope="row">
                    <a href=page(exception.number)>
                        <span class="cell-2">
                            <span class="name">{resources(&exception.resources)}</span>
                            <small class="num">{exception.number.to_string()}</small>
                        </span>
                    </a>
                </th>
                <td><StateBadge state>{word}</StateBadge></td>
                <td class="p1">
                    <span class="cell-2">
                        <code>{exception.rule}</code>
                        <small>{exception.package}</small>
                    </span>
                </td>
                <td class="p2"><SeverityBadge severity=exception.severity/></td>
                <td class="p3">{names(&exception.environments)}</td>
                <td class="p2">{exception.requested_by.name}</td>
                <td class="end">{ends.map(|at| view! { <When at/> })}</td>
            </tr>
        }
    };
    view! {
        <DataTable caption="Exceptions" columns=COLUMNS.to_vec()>
            {found.into_iter().map(row).collect_view()}
        </DataTable>
    }
}

pub(super) fn names(environments: &[portal::Environment]) -> String {
    environments.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn none_yet() -> impl IntoView {
    view! {
        <EmptyState icon="exception" title="No exceptions yet">
            <p>"An exception lets named resources past one rule until a date. Somebody else approves it."</p>
        </EmptyState>
    }
}

fn none_such() -> impl IntoView {
    view! {
        <EmptyState icon="search" title="Nothing matches this filter">
            <div class="button-row">
                <a class="button small" href="/exceptions">"Clear the filter"</a>
            </div>
        </EmptyState>
    }
}

#[cfg(test)]
mod tests {
    use leptos_router::params::ParamsMap;
    use portal::exception::{Number, Standing};

    use super::{address, asked};

    fn query(pairs: &[(&str, &str)]) -> ParamsMap {
        pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }

    #[test]
    fn the_filter_stands_in_the_address() {
        let (filter, before) =
            asked(&query(&[("standing", "in-force"), ("text", "a b"), ("before", "EXC-009")]));
        assert_eq!(filter.standing, Some(Standing::InForce));
        assert_eq!(before, Some(Number(9)));
        assert_eq!(
            address(&filter, Some(Number(3))),
            "/exceptions?standing=in%2Dforce&text=a%20b&before=EXC%2D003"
        );
    }

    #[test]
    fn what_an_address_says_wrongly_narrows_nothing() {
        let (filter, before) = asked(&query(&[("standing", "perhaps"), ("text", ""), ("before", "9")]));
        assert_eq!((filter, before), Default::default());
    }
}
