use leptos::prelude::*;
use leptos_router::hooks::use_location;
use portal::{Policy, report::Engine};

use super::{list_policies, page};
use crate::{
    changeset::import_link,
    list::{Listed, ViewActs, list_page},
    live,
    page::loaded,
    release::version_page,
    ui::{Column, ColumnSort, DataTable, EmptyState, PageHead, SeverityBadge, VersionNumber},
};

/// The policies that there are, as their newest versions describe them.
#[component]
pub fn Policies() -> impl IntoView {
    let (query, acts) = (use_location().search, ViewActs::new());
    let data = live::load_list(
        &[live::Kind::Changeset],
        move || query.get(),
        list_policies,
        |list: &Listed<Policy>| list.rows.iter().map(|policy| policy.id).collect(),
    );
    loaded(data, move |Listed { around, rows }: Listed<Policy>, viewer| {
        let sorts = around.sorts.clone();
        let table = (!rows.is_empty()).then(|| view! { <Table found=rows sorts/> }.into_any());
        view! {
            <PageHead title="Policies" actions=import_link(&viewer).into_any()/>
            {list_page(around, acts, table, none_yet)}
        }
    })
}

fn none_yet() -> AnyView {
    view! {
        <EmptyState icon="policy" title="No policies yet">
            <p>"Import a folder of Rego. What passes the checks becomes a version."</p>
            <div class="button-row"><a class="button small" href="/changesets/new">"Import a folder"</a></div>
        </EmptyState>
    }
    .into_any()
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
fn Table(found: Vec<Policy>, sorts: Vec<ColumnSort>) -> impl IntoView {
    let row = |policy: Policy| {
        let number = policy.version.to_string();
        let href = Some(version_page(policy.bundle, &number));
        let own = page(&policy.package);
        let rules = if policy.library { "library".to_owned() } else { policy.rules.len().to_string() };
        view! {
            <tr>
                <th scope="row">
                    <a href=own>
                        <span class="cell-2"><span class="name">{by_its_dots(&policy.package)}</span><small>{policy.title}</small></span>
                    </a>
                </th>
                <td><SeverityBadge severity=policy.severity/></td>
                <td class="p2">{engine(policy.engine)}</td>
                <td class="p3"><span class="name">{policy.owner}</span></td>
                <td class="p1">{rules}</td>
                <td class="end"><VersionNumber number href/></td>
            </tr>
        }
    };
    let rows = found.into_iter().map(row).collect_view();
    view! { <DataTable caption="Policies" columns=COLUMNS.to_vec() sorts>{rows}</DataTable> }
}

/// A package that breaks behind its dots, where it must.
fn by_its_dots(package: &str) -> impl IntoView + use<> {
    let step = |step: &str| view! { {step.to_owned()}<wbr/> };
    package.split_inclusive('.').map(step).collect_view()
}

#[cfg(test)]
mod tests {
    use portal::{
        policy::{Filter, Order},
        report::{Engine, Severity},
    };

    use crate::samples::policy;

    #[test]
    fn a_filter_takes_what_matches_in_every_part() {
        let s3 = policy("aegis.provisioning.s3", Severity::High);
        let all = Filter::default();
        let text = |text: &str| Filter { text: Some(text.into()), ..Filter::default() };
        assert!(all.takes(&s3));
        assert!(text("S3").takes(&s3) && text("deny_no_enc").takes(&s3) && !text("ec2").takes(&s3));
        assert!(!Filter { severity: Some(Severity::Low), ..all.clone() }.takes(&s3));
        assert!(!Filter { engine: Some(Engine::Embedded), ..all }.takes(&s3));
    }

    #[test]
    fn policies_of_one_severity_stay_in_the_order_of_their_names() {
        let mut all =
            [policy("a", Severity::Low), policy("b", Severity::Critical), policy("c", Severity::Low)];
        let mut names = |order: Order| {
            Order::Package.sort(&mut all);
            order.sort(&mut all);
            all.iter().map(|one| one.package.clone()).collect::<Vec<_>>().concat()
        };
        assert_eq!(names(Order::Package), "abc");
        assert_eq!(names(Order::PackageBackwards), "cba");
        assert_eq!(names(Order::MostSevere), "bac");
        assert_eq!(names(Order::LeastSevere), "acb");
    }
}
