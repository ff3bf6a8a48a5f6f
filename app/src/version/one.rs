use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use portal::{
    Version,
    policy::{Number, PORTAL},
};

use super::{
    Removed, VersionPage,
    next::{Acts, next_steps},
    show_version,
};
use crate::{
    checks::Outcomes,
    drawn::Drawn,
    live,
    page::loaded,
    policy,
    release::version_page,
    ui::{
        Button, Card, CardBody, Diff, DiffView, DiffViews, EmptyState, Fact, Facts, PageHead, Select, State,
        VIEW, When,
    },
    viewer::Viewer,
};

/// The name of the query parameter that says what a version is compared with: `?against=v1.2.3`.
const AGAINST: &str = "against";
/// What the page shows that changes.
const KINDS: &[live::Kind] = &[live::Kind::Release, live::Kind::Promotion, live::Kind::Instance];

/// One version: its checks, what it changes, where it is in force and where it goes next.
#[component]
pub fn OneVersion() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let key = move || {
        let (params, query) = (params.read(), query.read());
        let against = query.get_str(AGAINST).and_then(|number| number.parse().ok());
        let look = query.get_str(VIEW).and_then(|view| view.parse().ok()).unwrap_or_default();
        (params.get("bundle").unwrap_or_default(), params.get("number").unwrap_or_default(), against, look)
    };
    let data =
        live::load(KINDS, key, |(bundle, number, against, look)| show_version(bundle, number, against, look));
    let acts = Acts::new();
    let against = move || query.read_untracked().get_str(AGAINST).map(str::to_owned);
    loaded(data, move |shown, viewer| view! { <One shown viewer acts against=against()/> })
}

#[component]
fn One(shown: VersionPage, viewer: Viewer, acts: Acts, against: Option<String>) -> impl IntoView {
    let VersionPage { version, note, passed, checks, compared, changes, removed, others, boards } = shown;
    let (with, beside) = compared.unzip();
    let title = format!("{} {}", version.bundle, version.number);
    let by = version.by.clone().map_or(PORTAL.to_owned(), |by| by.name);
    let over = view! {
        <Outcomes passed/>
        {in_force(&version)}
    };
    let with = with.map(|with| with.to_string());
    let meta = view! {
        {with.clone().map(|with| view! { <span>"Compared with "{with}</span> })}
        <span>"Built " <When at=version.at stop=true/> " by " {by}</span>
    };
    let here = version_page(version.bundle, &version.number.to_string());
    let before = with
        .clone()
        .map_or("the first version of its bundle".to_owned(), |with| format!("changes since {with}"));
    let (view, has_data) = (changes.view, changes.has_data);
    let at = move |view: DiffView| {
        let against = against.as_ref().map(|against| format!("&{AGAINST}={against}")).unwrap_or_default();
        format!("{here}?{VIEW}={view}{against}#diff")
    };
    let aside = view! { <DiffViews view has_data at/> };
    let diff = match changes.files {
        0 => {
            view! { <EmptyState icon="release" title="No file differs"><p>{before.clone()}</p></EmptyState> }
                .into_any()
        }
        _ => view! { <Diff label=format!("{title}: {before}") changes/> }.into_any(),
    };
    view! {
        <PageHead title over=over.into_any() meta=meta.into_any()/>
        <div class="stack">
            <Removed removed from=with.clone().unwrap_or_default()/>
            {next_steps(&version, &boards, &viewer, acts)}
            <div class="columns">
                <div class="stack">
                    <Card title="Checks">{checks.show()}</Card>
                    <Card title="What changes" id="diff" aside=aside.into_any()>{diff}</Card>
                </div>
                <div class="stack stick">
                    {beside.map(Drawn::show)}
                    <CompareWith version=version.clone() others chosen=with view/>
                    <About version note/>
                </div>
            </div>
        </div>
    }
}

/// Chooses another version to compare with. A plain form: its address says what was chosen.
#[component]
fn CompareWith(
    version: Version,
    others: Vec<Number>,
    chosen: Option<String>,
    view: DiffView,
) -> impl IntoView {
    let option = |number: &Number| (number.to_string(), number.to_string());
    let options: Vec<_> = others.iter().map(option).collect();
    (!options.is_empty()).then(|| {
        let here = version_page(version.bundle, &version.number.to_string());
        view! {
            <Card title="Compare with another">
                <CardBody>
                    <form method="get" action=here class="stack">
                        <input type="hidden" name=VIEW value=view.to_string()/>
                        <Select name=AGAINST label="Version" options chosen=chosen.unwrap_or_default()/>
                        <div class="button-row"><Button id="compare">"Compare"</Button></div>
                    </form>
                </CardBody>
            </Card>
        }
    })
}

/// As in `18.2 kB`.
fn kilobytes(bytes: i64) -> String {
    let tenths = (bytes + 50) / 100;
    format!("{}.{} kB", tenths / 10, tenths % 10)
}

fn in_force(version: &Version) -> impl IntoView + use<> {
    let place = |environment: &portal::Environment| {
        view! { <State state="in-force" filled=true>{format!("In force in {environment}")}</State> }
    };
    version.in_force.iter().map(place).collect_view()
}

#[component]
fn About(version: Version, note: String) -> impl IntoView {
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
                    <Fact label="Size">{kilobytes(version.size)}</Fact>
                    <Fact label="From">
                        <a href=format!("/changesets/{}", version.changeset)>"its changeset"</a>
                    </Fact>
                    <Fact label="Note">{note}</Fact>
                    <Fact label="Policies"><ul class="stack tight">{packages}</ul></Fact>
                </Facts>
            </CardBody>
        </Card>
    }
}
