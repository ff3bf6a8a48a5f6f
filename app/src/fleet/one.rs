use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use portal::{
    Permission, Release, Scope,
    fleet::{BundleStatus, Drift, Heard, Instance, Loaded, Presence},
};

use super::{
    InstancePage, act_reload, drift,
    list::{lag, runs, version},
    show_instance,
    words::{look, next_step},
};
use crate::{
    act::{Act, NotDone},
    live,
    page::loaded,
    ui::{
        Button, Callout, Card, CardBody, Column, DataTable, EmptyState, Fact, Facts, Form, PageHead, State,
        Timeline, TimelineEvent, When, apart,
    },
    viewer::Viewer,
};

/// One OPA: what it should run, what it says that it runs, and what to do about the difference.
#[component]
pub fn OneInstance() -> impl IntoView {
    let params = use_params_map();
    let data = live::load(
        &[live::Kind::Instance, live::Kind::Release],
        move || params.read().get("id").unwrap_or_default(),
        show_instance,
    );
    let reload = act_reload();
    loaded(data, move |InstancePage { instance, heard, released }, viewer| {
        let state = instance.drift();
        let (name, word) = drift(state);
        let over = view! { <State state=name filled=true>{word}</State> };
        let now = viewer.now;
        view! {
            <PageHead title=instance.title() over=over.into_any()/>
            <NotDone problem=reload.problem()/>
            <div class="columns">
                <div class="stack">
                    <Matter instance=instance.clone() now/>
                    <Bundles bundles=instance.bundles.clone() live=instance.presence == Presence::Live now since=instance.first_seen/>
                    <Story instance=instance.clone() heard released/>
                </div>
                <div class="stack stick">
                    <About instance=instance.clone() now/>
                    <Reload instance viewer reload/>
                </div>
            </div>
        }
    })
}

/// How it stands, and the next step.
#[component]
fn Matter(instance: Instance, now: DateTime<Utc>) -> impl IntoView {
    let state = instance.drift();
    // The badge above says so, and there is nothing to add.
    if state == Drift::Converged {
        return ().into_any();
    }
    let ((tone, icon), (what, next)) = (look(state), next_step(state));
    let since = instance.behind_since().filter(|_| instance.presence == Presence::Live);
    let since = since.map(|since| format!(" For {}.", apart(since, now)));
    let errors: Vec<_> = instance.bundles.into_iter().filter(|bundle| !bundle.error.is_empty()).collect();
    let said = (!errors.is_empty()).then(|| {
        let line = |bundle: BundleStatus| view! { <p>{bundle.name}": "<code>{bundle.error}</code></p> };
        view! { <p>"OPA says, word for word:"</p>{errors.into_iter().map(line).collect_view()} }
    });
    view! {
        <Callout tone icon>
            <p><strong>{what}{since}</strong></p>
            {said}
            <p>{next}</p>
        </Callout>
    }
    .into_any()
}

const COLUMNS: [Column; 4] = [("Bundle", ""), ("Runs", ""), ("Expected", ""), ("Lag", "end")];

#[component]
fn Bundles(
    bundles: Vec<BundleStatus>,
    live: bool,
    now: DateTime<Utc>,
    since: DateTime<Utc>,
) -> impl IntoView {
    if bundles.is_empty() {
        return view! {
            <Card title="Bundles">
                <EmptyState icon="fleet" title="It speaks of no bundle"><p>"And nothing is released that it should run."</p></EmptyState>
            </Card>
        }
        .into_any();
    }
    let row = move |bundle: BundleStatus| {
        let lag = match (live, bundle.is_behind(), bundle.released_at) {
            (false, ..) => "not known".to_owned(),
            (true, true, Some(released)) => apart(released.max(since), now),
            (true, ..) => "none".to_owned(),
        };
        view! {
            <tr>
                <th scope="row"><code>{bundle.name}</code></th>
                <td>{runs(bundle.active_revision)}</td>
                <td>{bundle.expected.map(|expected| view! { <span class="version">{expected}</span> })}</td>
                <td class="end">{lag}</td>
            </tr>
        }
    };
    view! {
        <Card title="Bundles">
            <DataTable caption="Bundles of this instance" columns=COLUMNS.to_vec()>
                {bundles.into_iter().map(row).collect_view()}
            </DataTable>
        </Card>
    }
    .into_any()
}

/// What it said whenever that was something new, among what was released for it meanwhile; newest first.
#[component]
fn Story(instance: Instance, heard: Vec<Heard>, released: Vec<Release>) -> impl IntoView {
    let before = heard.iter().skip(1).map(Some).chain([None]);
    let said =
        heard.iter().zip(before).map(|(now, before)| (now.at, said(now, before, &released).into_any()));
    let events = released.iter().map(|release| {
        let what = format!("{} {} was released", release.bundle, release.revision);
        let event = view! { <TimelineEvent tone="accent" icon="release" at=release.at><strong>{what}</strong></TimelineEvent> };
        (release.at, event.into_any())
    });
    let mut all: Vec<_> = said.chain(events).collect();
    all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let (tone, icon) = look(instance.drift());
    view! {
        <Card title="What happened">
            <CardBody>
                <Timeline>
                    <TimelineEvent tone icon at=instance.last_seen>
                        <strong>"Last report"</strong>
                    </TimelineEvent>
                    {all.into_iter().map(|(_, event)| event).collect_view()}
                </Timeline>
            </CardBody>
        </Card>
    }
}

/// What was new in a report: what it began to run and how long after its release, what went wrong, and what it is.
fn said(now: &Heard, before: Option<&Heard>, released: &[Release]) -> impl IntoView + use<> {
    let was =
        |bundle: &Loaded| before.and_then(|before| before.bundles.iter().find(|was| was.name == bundle.name));
    let mut lines: Vec<AnyView> = vec![];
    for bundle in now.bundles.iter().filter(|bundle| was(bundle) != Some(bundle)) {
        let revision = bundle.active_revision.clone();
        if was(bundle).is_none_or(|was| was.active_revision != revision) && !revision.is_empty() {
            let release =
                released.iter().find(|one| one.bundle.to_string() == bundle.name && one.revision == revision);
            let after = release.map(|release| format!(", {} after its release", within(release.at, now.at)));
            lines.push(view! { <p>"Runs "<span class="version">{revision}</span>" of "{bundle.name.clone()}{after}</p> }.into_any());
        }
        if !bundle.error.is_empty() {
            lines.push(
                view! { <p>{bundle.name.clone()}": "<code>{bundle.error.clone()}</code></p> }.into_any(),
            );
        } else if was(bundle).is_some_and(|was| !was.error.is_empty()) {
            lines.push(view! { <p>{bundle.name.clone()}" is in error no more"</p> }.into_any());
        }
    }
    let was_ready = before.map(|before| before.ready);
    if was_ready != Some(now.ready) && !(was_ready.is_none() && now.ready) {
        let word = if now.ready { "It is ready" } else { "It is not ready" };
        lines.push(view! { <p>{word}</p> }.into_any());
    }
    if before.is_none_or(|before| before.opa_version != now.opa_version) {
        lines.push(view! { <p>{format!("OPA {}", now.opa_version)}</p> }.into_any());
    }
    let wrong = now.bundles.iter().any(|bundle| !bundle.error.is_empty());
    let (tone, icon) = if wrong { ("bad", "error") } else { ("good", "fleet") };
    let title = if before.is_none() { "First of what is kept" } else { "It reported" };
    view! {
        <TimelineEvent tone icon at=now.at>
            <strong>{title}</strong>
            {lines}
        </TimelineEvent>
    }
}

/// As in `0.8 s`: a convergence takes less than the units of other spans tell.
fn within(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let milliseconds = (to - from).num_milliseconds().max(0);
    if milliseconds < 60_000 {
        return format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100);
    }
    apart(from, to)
}

#[component]
fn About(instance: Instance, now: DateTime<Utc>) -> impl IntoView {
    let lag = lag(&instance, now);
    let ready = if instance.ready { "yes" } else { "no" };
    let lost =
        if instance.dropped > 0 { instance.dropped.to_string() } else { "none that it knows of".to_owned() };
    let shared = instance.shares_name.then(|| {
        view! { <Fact label="Name">"Another OPA reports under the same name: give each its own label "<code>"instance"</code></Fact> }
    });
    view! {
        <Card title="About it">
            <CardBody>
                <Facts>
                    <Fact label="Environment">{instance.environment.to_string()}</Fact>
                    <Fact label="OPA">{version(instance.opa_version)}</Fact>
                    <Fact label="Process"><code>{instance.process}</code></Fact>
                    <Fact label="Lag">{lag}</Fact>
                    <Fact label="Ready">{ready}</Fact>
                    <Fact label="Decisions lost">{lost}</Fact>
                    <Fact label="Last heard of"><When at=instance.last_seen/></Fact>
                    {shared}
                </Facts>
            </CardBody>
        </Card>
    }
}

/// Wakes all OPAs of its environment: none can be woken alone.
#[component]
fn Reload(instance: Instance, viewer: Viewer, reload: Act) -> impl IntoView {
    let environment = instance.environment;
    let refused = viewer.lacks(Permission::ReloadFleet, &Scope::Environment(environment.clone()));
    let name = environment.to_string();
    view! {
        <Card title="Load anew">
            <CardBody>
                <p>{format!("Answers the polls of all OPAs of {name} at once. Each then loads what is released.")}</p>
                <Form action=reload>
                    <input type="hidden" name="environment" value=name/>
                    <Button id="reload" small=true icon="refresh" refused busy=reload.pending()>"Trigger reload"</Button>
                </Form>
            </CardBody>
        </Card>
    }
}
