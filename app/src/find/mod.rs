//! Finding anything: pages, deeds, and things by what people call them. In front of the page with scripts, and as a
//! page of its own without.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use portal::find::Hit;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::problem::{answer_page, caller};
use crate::{
    Problem, exception,
    page::{load, loaded},
    place::rel,
    release::version_page,
    sent::Sent,
    ui::{Card, EmptyState, Icon, PageHead, PaletteGroup, PaletteLine, as_addressed},
    viewer::Viewer,
};

mod command;
mod front;

pub use front::*;

/// What was sought, and what is called like that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub text: String,
    pub hits: Vec<Hit>,
}

/// The things that whoever asks may see which are called like this.
#[server(endpoint = "find")]
pub async fn find_things(#[server(default)] text: String) -> Result<Sent<Found>, Problem> {
    let (portal, actor) = caller();
    let hits = portal::find::find(&portal, &actor, &text).await;
    answer_page(hits.map(|hits| Found { text, hits }))
}

/// What a text leads to: pages, deeds, things; never an empty group.
pub(super) fn led_to(viewer: &Viewer, text: &str, hits: &[Hit]) -> Vec<PaletteGroup> {
    let command = |kind: &'static str| {
        move |command: command::Command| PaletteLine {
            icon: command.icon,
            name: command.title.to_owned(),
            about: String::new(),
            kind: kind.to_owned(),
            href: command.href.to_owned(),
        }
    };
    let group = |title, lines| PaletteGroup { title, lines };
    let mut groups = vec![
        group("Go to", command::pages(viewer, text).into_iter().map(command("page")).collect::<Vec<_>>()),
        group("Do", command::deeds(viewer, text).into_iter().map(command("")).collect()),
        group("Found", hits.iter().map(line).collect()),
    ];
    groups.retain(|group| !group.lines.is_empty());
    groups
}

/// How a thing is told, and where its page is.
fn line(hit: &Hit) -> PaletteLine {
    let line = |icon, name: String, about: String, kind: &str, href| PaletteLine {
        icon,
        name,
        about,
        kind: kind.to_owned(),
        href,
    };
    match hit {
        Hit::Exception { number, resources, rule, standing } => line(
            "exception",
            number.to_string(),
            format!("{} past {rule}", exception::resources(resources)),
            exception::standing(*standing).1,
            exception::page(*number),
        ),
        Hit::Policy { package, title } => {
            line("policy", package.clone(), title.clone(), "policy", format!("/policies/{package}"))
        }
        Hit::Version { bundle, number, digest } => line(
            "release",
            format!("{bundle} {number}"),
            short(digest),
            "version",
            version_page(*bundle, &number.to_string()),
        ),
        Hit::Release { environment, bundle, revision, digest } => line(
            "release",
            format!("{bundle} {revision} in {environment}"),
            short(digest),
            "release",
            format!("/releases/history?environment={environment}&bundle={bundle}"),
        ),
        Hit::Instance { id, name, environment } => {
            line("fleet", name.clone(), format!("in {environment}"), "OPA", crate::fleet::page(*id))
        }
        Hit::Decision { id, path, environment } => line(
            "decision",
            id.clone(),
            format!("{path} in {environment}"),
            "decision",
            crate::decision::page(id),
        ),
    }
}

/// As much of a digest as tells it from others at a glance.
fn short(digest: &str) -> String {
    digest.chars().take(12).collect()
}

/// `/find?q=`: the same for whoever runs no scripts, and an address that can be shared.
#[component]
pub fn FindPage() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| query.read().get_str("q").unwrap_or_default().to_owned());
    let found = load(move || asked.get(), find_things);
    loaded(found, |Found { text, hits }, viewer| {
        let groups = led_to(&viewer, &text, &hits);
        let number: usize = groups.iter().map(|group| group.lines.len()).sum();
        let title =
            if text.is_empty() { "Find anything".to_owned() } else { format!("Found for “{text}”") };
        view! {
            <PageHead title/>
            <div class="stack">
                <form class="find" method="get" action="/find" role="search" aria-label="Find anything">
                    <Icon name="search"/>
                    <input
                        class="input"
                        type="search"
                        name="q"
                        aria-label="Number, name, digest, page or deed"
                        placeholder="EXC-014, a resource, a policy, v1.2.3, a digest, a decision"
                        value=text.clone()
                        node_ref=as_addressed(text)
                        autocomplete="off"
                    />
                    <button class="button primary" type="submit">"Find"</button>
                </form>
                {(number == 0).then(|| view! {
                    <section class="card">
                        <EmptyState icon="search" title="Nothing is called like this">
                            <p>"A name is found by any three letters of it, a digest by its first six."</p>
                        </EmptyState>
                    </section>
                })}
                {groups.into_iter().map(listed).collect_view()}
            </div>
        }
    })
}

fn listed(group: PaletteGroup) -> impl IntoView {
    let one = |line: PaletteLine| {
        view! {
            <li>
                <Icon name=line.icon/>
                <div>
                    <p class="what"><a rel=rel(&line.href) href=line.href>{line.name}</a></p>
                    <p class="why"><bdi>{line.about}</bdi></p>
                </div>
                <span class="muted">{line.kind}</span>
            </li>
        }
    };
    view! {
        <Card title=group.title>
            <ul class="queue">{group.lines.into_iter().map(one).collect_view()}</ul>
        </Card>
    }
}
