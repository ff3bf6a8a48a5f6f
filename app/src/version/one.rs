use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use portal::{
    Version,
    policy::{PORTAL, VersionDetail},
};

use super::{
    Removed, VersionPage,
    next::{Acts, next_steps},
    show_version,
};
use crate::{
    checks::{Checks, Outcomes},
    page::{load, loaded},
    policy,
    release::version_page,
    ui::{Badge, Card, CardBody, Diff, EmptyState, Fact, Facts, PageHead, State, VersionNumber, When},
    viewer::Viewer,
};

/// One version: its checks, what it changes, where it is in force and where it goes next.
#[component]
pub fn OneVersion() -> impl IntoView {
    let params = use_params_map();
    let key = move || {
        let params = params.read();
        (params.get("bundle").unwrap_or_default(), params.get("number").unwrap_or_default())
    };
    let data = load(key, |(bundle, number)| show_version(bundle, number));
    let acts = Acts::new();
    loaded(data, move |shown, viewer| view! { <One shown viewer acts/> })
}

#[component]
fn One(shown: VersionPage, viewer: Viewer, acts: Acts) -> impl IntoView {
    let VersionPage { detail, diff, removed, boards } = shown;
    let version = detail.version.clone();
    let title = format!("{} {}", version.bundle, version.number);
    let by = version.by.clone().map_or(PORTAL.to_owned(), |by| by.name);
    let over = view! {
        <Outcomes passed=detail.report.passed()/>
        {in_force(&version)}
    };
    let report = detail.report.clone();
    let meta = view! { <span>"Built " <When at=version.at stop=true/> " by " {by}</span> };
    let before_it = detail.before.as_ref().map(|before| before.number.to_string()).unwrap_or_default();
    let (before, changes) = before(&detail);
    let diff = match diff.is_empty() {
        true => {
            view! { <EmptyState icon="release" title="No file differs"><p>{before.clone()}</p></EmptyState> }
                .into_any()
        }
        false => view! { <Diff label=format!("{title}: {before}") lines=diff/> }.into_any(),
    };
    view! {
        <PageHead title over=over.into_any() meta=meta.into_any()/>
        <div class="columns">
            <div class="stack">
                <Removed removed from=before_it/>
                {next_steps(&version, &boards, &viewer, acts)}
                <Card title="Checks"><Checks report/></Card>
                <Card title="What changes" id="diff" aside=changes>{diff}</Card>
            </div>
            <div class="stack stick">
                <About detail/>
            </div>
        </div>
    }
}

fn in_force(version: &Version) -> impl IntoView + use<> {
    let place = |environment: &portal::Environment| {
        view! { <State state="in-force" filled=true>{format!("In force in {environment}")}</State> }
    };
    version.in_force.iter().map(place).collect_view()
}

/// What it is compared with, in words and as a link.
fn before(detail: &VersionDetail) -> (String, AnyView) {
    match &detail.before {
        Some(before) => {
            let number = before.number.to_string();
            let href = Some(version_page(before.bundle, &number));
            let link =
                view! { <span class="muted">"since "</span><VersionNumber number=number.clone() href/> };
            (format!("changes since {number}"), link.into_any())
        }
        None => (
            "the first version of its bundle".to_owned(),
            view! { <Badge>"First version"</Badge> }.into_any(),
        ),
    }
}

#[component]
fn About(detail: VersionDetail) -> impl IntoView {
    let version = detail.version;
    let package = |package: String| {
        let href = policy::page(&package);
        view! { <li><a href=href>{package}</a></li> }
    };
    let packages = version.packages.into_iter().map(package).collect_view();
    view! {
        <Card title="About">
            <CardBody>
                <Facts>
                    <Fact label="Digest"><code>{version.digest}</code></Fact>
                    <Fact label="Signed by"><code>{version.keyid}</code></Fact>
                    <Fact label="Size">{format!("{} bytes", version.size)}</Fact>
                    <Fact label="From">
                        <a href=format!("/changesets/{}", version.changeset)>"its changeset"</a>
                    </Fact>
                    <Fact label="Note">{detail.note}</Fact>
                    <Fact label="Policies"><ul class="stack tight">{packages}</ul></Fact>
                </Facts>
            </CardBody>
        </Card>
    }
}
