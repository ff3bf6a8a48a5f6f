use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use portal::{
    Policy,
    report::{Engine, Severity},
};
use strum::VariantArray;

use super::{list_policies, page};
use crate::{
    changeset::import_link,
    live,
    page::loaded,
    release::version_page,
    ui::{
        Card, Column, DataTable, EmptyState, FilterBar, FilterChoice, FilterText, PageHead, SeverityBadge,
        VersionNumber,
    },
};

/// What the address narrows the list to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Filter {
    text: String,
    severity: Option<Severity>,
    engine: Option<Engine>,
}

impl Filter {
    fn takes(&self, policy: &Policy) -> bool {
        let text = self.text.to_lowercase();
        let found = [&policy.package, &policy.title, &policy.description];
        found.into_iter().chain(&policy.rules).any(|place| place.to_lowercase().contains(&text))
            && self.severity.is_none_or(|severity| severity == policy.severity)
            && self.engine.is_none_or(|engine| engine == policy.engine)
    }
}

/// The policies that there are, as their newest versions describe them.
#[component]
pub fn Policies() -> impl IntoView {
    let query = use_query_map();
    let filter = Memo::new(move |_| {
        let query = query.read();
        Filter {
            text: query.get_str("text").unwrap_or_default().to_owned(),
            severity: query.get_str("severity").and_then(|severity| severity.parse().ok()),
            engine: query.get_str("engine").and_then(|engine| engine.parse().ok()),
        }
    });
    let ids = |policies: &Vec<Policy>| policies.iter().map(|policy| policy.id).collect();
    let data = live::load_list(&[live::Kind::Changeset], || (), |()| list_policies(), ids);
    loaded(data, move |policies: Vec<Policy>, viewer| {
        view! {
            <PageHead title="Policies" actions=import_link(&viewer).into_any()/>
            <Card title="Rego packages">
                {move || {
                    let (filter, policies) = (filter.get(), policies.clone());
                    view! { <Narrowed filter policies/> }
                }}
            </Card>
        }
    })
}

#[component]
fn Narrowed(filter: Filter, policies: Vec<Policy>) -> impl IntoView {
    let none_at_all = policies.is_empty();
    let policies: Vec<_> = policies.into_iter().filter(|policy| filter.takes(policy)).collect();
    let table = match (policies.is_empty(), none_at_all) {
        (false, _) => view! { <Table policies/> }.into_any(),
        (true, true) => view! {
            <EmptyState icon="policy" title="No policies yet">
                <p>"Import a folder of Rego. What passes the checks becomes a version."</p>
            </EmptyState>
        }
        .into_any(),
        (true, false) => view! {
            <EmptyState icon="search" title="Nothing matches this filter">
                <div class="button-row"><a class="button small" href="/policies">"Clear the filter"</a></div>
            </EmptyState>
        }
        .into_any(),
    };
    view! {
        <Filters filter/>
        {table}
    }
}

#[component]
fn Filters(filter: Filter) -> impl IntoView {
    let narrowed = filter != Filter::default();
    let severities = Severity::VARIANTS.iter().map(|one| (one.to_string(), one.to_string())).collect();
    let engines = [Engine::External, Engine::Embedded].map(|one| (one.to_string(), engine(one).to_owned()));
    view! {
        <FilterBar label="Filter policies" action="/policies" narrowed>
            <FilterText name="text" label="Package, title or rule" value=filter.text/>
            <FilterChoice
                name="severity"
                label="Severity"
                options=severities
                chosen=filter.severity.map(|one| one.to_string()).unwrap_or_default()
            />
            <FilterChoice
                name="engine"
                label="Engine"
                options=engines.to_vec()
                chosen=filter.engine.map(|one| one.to_string()).unwrap_or_default()
            />
        </FilterBar>
    }
}

/// Which engine decides, in words.
pub(super) fn engine(engine: Engine) -> &'static str {
    match engine {
        Engine::External => "External OPA",
        Engine::Embedded => "Embedded",
    }
}

const COLUMNS: [Column; 6] = [
    ("Policy", ""),
    ("Severity", ""),
    ("Engine", "p2"),
    ("Owner", "p3"),
    ("Rules", "p1"),
    ("Newest version", "end"),
];

#[component]
fn Table(policies: Vec<Policy>) -> impl IntoView {
    let row = |policy: Policy| {
        let number = policy.version.to_string();
        let href = Some(version_page(policy.bundle, &number));
        let own = page(&policy.package);
        let rules = if policy.library { "library".to_owned() } else { policy.rules.len().to_string() };
        view! {
            <tr>
                <th scope="row">
                    <a href=own>
                        <span class="cell-2"><span>{policy.package}</span><small>{policy.title}</small></span>
                    </a>
                </th>
                <td><SeverityBadge severity=policy.severity/></td>
                <td class="p2">{engine(policy.engine)}</td>
                <td class="p3">{policy.owner}</td>
                <td class="p1">{rules}</td>
                <td class="end"><VersionNumber number href/></td>
            </tr>
        }
    };
    view! {
        <DataTable caption="Policies" columns=COLUMNS.to_vec()>{policies.into_iter().map(row).collect_view()}</DataTable>
    }
}

#[cfg(test)]
mod tests {
    use portal::report::{Engine, Severity};

    use super::Filter;
    use crate::samples::policy;

    #[test]
    fn a_filter_takes_what_matches_in_every_part() {
        let s3 = policy("aegis.provisioning.s3", Severity::High);
        let all = Filter::default();
        assert!(all.takes(&s3));
        assert!(Filter { text: "S3".into(), ..all.clone() }.takes(&s3));
        assert!(Filter { text: "deny_no_enc".into(), ..all.clone() }.takes(&s3));
        assert!(!Filter { text: "ec2".into(), ..all.clone() }.takes(&s3));
        assert!(!Filter { severity: Some(Severity::Low), ..all.clone() }.takes(&s3));
        assert!(!Filter { engine: Some(Engine::Embedded), ..all }.takes(&s3));
    }
}
