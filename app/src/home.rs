//! The first page: what waits for whoever looks, and how things stand.

use leptos::prelude::*;
use portal::{
    Promotion,
    exception::{Exception, State as ExceptionState},
    fleet::{Drift, Instance},
    release::Board,
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::problem::{answer, caller};
use crate::{
    Problem, exception,
    page::{load, loaded},
    release::{self, converged, version_page},
    ui::{
        Card, Column, Count, DataTable, EmptyState, PageHead, Queue, SeverityBadge, Stat, StatStrip, State,
        VersionNumber, Waiting, When,
    },
    viewer::Viewer,
};

/// What the first page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomePage {
    /// What whoever looks may answer, the oldest first.
    pub requested: Vec<Exception>,
    /// What they asked for and nobody has answered.
    pub mine: Vec<Exception>,
    pub expiring: Vec<Exception>,
    pub promotions: Vec<Promotion>,
    pub boards: Vec<Board>,
    pub fleet: Vec<Instance>,
}

#[server(endpoint = "home")]
pub async fn show_home() -> Result<HomePage, Problem> {
    let (portal, actor) = caller();
    use portal::exception::{Filter, Standing};
    let mine = Filter { standing: Some(Standing::Requested), mine: true, ..Filter::default() };
    let page = async {
        Ok(HomePage {
            requested: portal::exception::waiting(&portal, &actor).await?,
            mine: portal::exception::list(&portal, &actor, mine, None).await?,
            expiring: portal::exception::ending(&portal, &actor).await?,
            promotions: portal::release::waiting(&portal, &actor).await?,
            boards: portal::release::board(&portal, &actor).await?,
            fleet: portal::fleet::list(&portal, &actor).await?,
        })
    };
    answer(page.await)
}

#[component]
pub fn Home() -> impl IntoView {
    let data = load(|| (), |()| show_home());
    loaded(data, |page: HomePage, viewer| {
        let title = format!("Good to see you, {}", viewer.who.name);
        view! {
            <PageHead title/>
            <div class="columns">
                <div class="stack">
                    <ForMe page=page.clone() viewer=viewer.clone()/>
                    <Boards boards=page.boards.clone()/>
                </div>
                <div class="stack stick">
                    <Fleet fleet=page.fleet/>
                    <Mine requested=page.mine promotions=page.promotions viewer/>
                    <Ending expiring=page.expiring/>
                </div>
            </div>
        }
    })
}

/// What this person can decide now, the oldest first.
#[component]
fn ForMe(page: HomePage, viewer: Viewer) -> impl IntoView {
    let me = viewer.who.id;
    let may = |permission| viewer.may_somewhere(permission);
    let mut asked = page.promotions;
    asked.retain(|one| may(portal::Permission::DecideRelease) && one.may_be_decided_by(me).is_ok());
    let requested = page.requested;
    let number = viewer.waiting.exceptions + viewer.waiting.promotions;
    let queue = if asked.is_empty() && requested.is_empty() {
        view! { <EmptyState icon="approved" title="Nothing waits for you"><p>"What you can decide appears here."</p></EmptyState> }
            .into_any()
    } else {
        view! {
            <Queue>
                {asked.into_iter().map(promotion).collect_view()}
                {requested.into_iter().map(request).collect_view()}
            </Queue>
        }
        .into_any()
    };
    view! { <Card title="Waits for you" aside=view! { <Count number/> }.into_any()>{queue}</Card> }
}

fn promotion(promotion: Promotion) -> impl IntoView {
    let what = format!("{} {} to {}", promotion.bundle, promotion.number, promotion.environment);
    view! {
        <Waiting icon="release" what href=release::page(promotion.id) act="Review">
            <span>{format!("asked by {}", promotion.asked_by.name)}</span>
            <When at=promotion.asked_at/>
        </Waiting>
    }
}

fn request(exception: Exception) -> impl IntoView {
    let what = format!(
        "{}: {} past {}",
        exception.number,
        exception::resources(&exception.resources),
        exception.rule
    );
    view! {
        <Waiting icon="exception" what href=exception::page(exception.number) act="Review">
            <SeverityBadge severity=exception.severity/>
            <span>{format!("asked by {}", exception.requested_by.name)}</span>
            <When at=exception.requested_at/>
        </Waiting>
    }
}

const COLUMNS: [Column; 3] = [("Environment and bundle", ""), ("Version", ""), ("Known to", "end")];

#[component]
fn Boards(boards: Vec<Board>) -> impl IntoView {
    let rows = boards.into_iter().flat_map(|board| board.in_force).map(|pointer| {
        let (state, word) = converged(&pointer);
        let release = pointer.release;
        let href = release.version.map(|_| version_page(release.bundle, &release.revision));
        view! {
            <tr>
                <th scope="row">
                    <span class="cell-2">
                        <span>{release.environment.to_string()}</span>
                        <small>{release.bundle.to_string()}</small>
                    </span>
                </th>
                <td><VersionNumber number=release.revision.clone() href/></td>
                <td class="end"><State state>{word}</State></td>
            </tr>
        }
    });
    let rows: Vec<_> = rows.collect();
    let table = if rows.is_empty() {
        view! { <EmptyState icon="release" title="Nothing is in force yet"><p>"Import a folder, then promote its version."</p></EmptyState> }
            .into_any()
    } else {
        view! { <DataTable caption="In force" columns=COLUMNS.to_vec()>{rows}</DataTable> }.into_any()
    };
    view! { <Card title="In force">{table}</Card> }
}

#[component]
fn Fleet(fleet: Vec<Instance>) -> impl IntoView {
    let all = format!("of {}", fleet.len());
    let count = move |drift| fleet.iter().filter(|instance| instance.drift() == drift).count().to_string();
    view! {
        <StatStrip>
            <Stat label="OPAs up to date" value=count(Drift::Converged) note=Some(all)/>
            <Stat label="Behind" value=count(Drift::Behind)/>
            <Stat label="In error" value=count(Drift::Error)/>
            <Stat label="Silent" value=count(Drift::Silent)/>
        </StatStrip>
    }
}

/// What this person asked for and still waits for.
#[component]
fn Mine(requested: Vec<Exception>, promotions: Vec<Promotion>, viewer: Viewer) -> impl IntoView {
    let me = viewer.who.id;
    let exceptions = requested.into_iter().map(|one| {
        (format!("{} past {}", one.number, one.rule), exception::page(one.number), one.requested_at)
    });
    let releases = promotions
        .into_iter()
        .filter(|one| one.asked_by.id == me)
        .map(|one| (format!("{} to {}", one.number, one.environment), release::page(one.id), one.asked_at));
    let lines: Vec<_> = releases.chain(exceptions).map(line).collect();
    (!lines.is_empty()).then(|| {
        view! { <Card title="You asked for"><div class="body"><ul class="stack">{lines}</ul></div></Card> }
    })
}

/// What ends within two weeks.
#[component]
fn Ending(expiring: Vec<Exception>) -> impl IntoView {
    let lines = expiring.into_iter().filter_map(|one| match one.state {
        ExceptionState::Approved(approval) => Some((
            format!("{}: {}", one.number, exception::resources(&one.resources)),
            exception::page(one.number),
            approval.ends_at,
        )),
        _ => None,
    });
    let lines: Vec<_> = lines.map(line).collect();
    (!lines.is_empty()).then(|| {
        view! { <Card title="Ends within 14 days"><div class="body"><ul class="stack">{lines}</ul></div></Card> }
    })
}

fn line((what, href, at): (String, String, chrono::DateTime<chrono::Utc>)) -> impl IntoView {
    view! { <li class="split"><a href=href>{what}</a><When at/></li> }
}
