use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};
use portal::{
    Environment, Permission, Scope,
    list::Query,
    policy::Bundle,
    release::{Board, Pointer, Promotion},
};

use super::{
    ReleasePage, RollBack, converged, page,
    pipeline::pipelines,
    roll_back::{refusal_id, roll_back_dialog, roll_back_link},
    show_releases, version_page,
};
use crate::{
    act::act_and_say,
    live,
    page::loaded,
    ui::{
        ASK, Badge, ButtonLink, Card, CardFoot, Column, Count, DataTable, EmptyState, PageHead, Queue, State,
        Toast, VersionNumber, Waiting, When, not_read,
    },
    viewer::Viewer,
};

/// What of it changes.
const KINDS: &[live::Kind] =
    &[live::Kind::Release, live::Kind::Promotion, live::Kind::Instance, live::Kind::Changeset];

/// What is in force in each environment, and what waits to be.
#[component]
pub fn Releases() -> impl IntoView {
    let (query, search) = (use_query_map(), use_location().search);
    // While a roll back is considered the address names its environment, and narrows nothing.
    let only = Memo::new(move |_| {
        let query = query.read();
        let named = query.get_str("environment").and_then(|name| name.parse::<Environment>().ok());
        named.filter(|_| query.get_str(ASK).is_none())
    });
    let considered = move || {
        let query = query.read();
        let asked = query.get_str(ASK) == Some("roll-back");
        let environment = query.get_str("environment").and_then(|name| name.parse::<Environment>().ok());
        let bundle = query.get_str("bundle").and_then(|name| name.parse::<Bundle>().ok());
        environment.zip(bundle).filter(|_| asked)
    };
    let data = live::load(KINDS, considered, |considered| {
        let (environment, bundle) = considered.unzip();
        show_releases(environment, bundle)
    });
    let roll = act_and_say::<RollBack>(|release| {
        let title = format!("{} goes back to {}", release.environment, release.revision);
        Toast::done("revoked", title, "OPAs load it within seconds.")
    });
    loaded(data, move |ReleasePage { boards, versions, considered }, viewer| {
        let only = only.get().filter(|only| boards.iter().any(|board| board.environment == *only));
        let shown = |board: &&Board| only.as_ref().is_none_or(|only| *only == board.environment);
        let cards: Vec<_> = boards
            .iter()
            .filter(shown)
            .map(|board| view! { <OneBoard board=board.clone() viewer=viewer.clone()/> })
            .collect();
        let actions = view! {
            <ButtonLink id="versions" href="/versions" icon="release">"Versions"</ButtonLink>
            <ButtonLink id="history" href="/releases/history" icon="audit">"History"</ButtonLink>
        };
        let there: Vec<_> = boards.iter().map(|board| board.environment.to_string()).collect();
        view! {
            <PageHead title="Releases" actions=actions.into_any()/>
            <div class="stack boards">
                {move || not_read(unread(&search.read(), &there))}
                {pipelines(&boards, &versions)}
                {cards}
            </div>
            {considered.map(|considered| roll_back_dialog(considered, roll))}
        }
    })
}

/// What of the address could not be read, or names an environment that is not among these.
fn unread(query: &str, there: &[String]) -> Vec<String> {
    let mut query = Query::of(query);
    query.only("environment", |name| there.iter().any(|one| one == name));
    // They narrow, or name what is to be rolled back.
    let _: (Option<Environment>, Option<Bundle>) = (query.take("environment"), query.take("bundle"));
    query.left().iter().map(ToString::to_string).collect()
}

const COLUMNS: [Column; 6] =
    [("Bundle", ""), ("Version", ""), ("Known to", ""), ("Since", "p2"), ("By", "p1"), ("Way back", "end")];

#[component]
fn OneBoard(board: Board, viewer: Viewer) -> impl IntoView {
    let environment = board.environment.clone();
    let refused = viewer.lacks(Permission::RollBackRelease, &Scope::Environment(environment.clone()));
    let reason_id = refusal_id(&environment);
    let aside = board.guarded.then(|| view! { <Badge icon="lock">"a second person confirms"</Badge> });
    let rows: Vec<_> =
        board.in_force.into_iter().map(|pointer| view! { <Row pointer refused=refused.clone()/> }).collect();
    let content = if rows.is_empty() {
        view! { <EmptyState icon="release" title="Nothing is in force here yet"><p>"Promote a version to begin."</p></EmptyState> }
            .into_any()
    } else {
        view! { <DataTable caption=format!("In force in {environment}") columns=COLUMNS.to_vec()>{rows}</DataTable> }
            .into_any()
    };
    view! {
        <Card title=environment.to_string() aside=aside.into_any()>
            {content}
            {refused.map(|reason| view! { <CardFoot><span id=reason_id>"Rolling back "{reason}"."</span></CardFoot> })}
            {(!board.waiting.is_empty()).then(|| view! { <Promotions waiting=board.waiting/> })}
        </Card>
    }
}

#[component]
fn Row(pointer: Pointer, refused: Option<String>) -> impl IntoView {
    let (state, word) = converged(&pointer);
    let Pointer { release, stored, .. } = pointer;
    let href = release.version.map(|_| version_page(release.bundle, &release.revision));
    let back = release.version.map(|_| roll_back_link(&release, refused));
    view! {
        <tr>
            <th scope="row"><code>{release.bundle.to_string()}</code></th>
            <td><VersionNumber number=release.revision.clone() href/></td>
            <td>
                <span class="cell-2">
                    <State state>{word}</State>
                    {(!stored).then(|| view! { <small>"object store pending"</small> })}
                </span>
            </td>
            <td class="p2"><When at=release.at/></td>
            <td class="p1">{release.by.map_or(portal::policy::PORTAL.to_owned(), |by| by.name)}</td>
            <td class="end">{back}</td>
        </tr>
    }
}

/// Promotions that wait for somebody to confirm them.
#[component]
fn Promotions(waiting: Vec<Promotion>) -> impl IntoView {
    let number = waiting.len();
    let one = |promotion: Promotion| {
        let what = format!("{} {} to {}", promotion.bundle, promotion.number, promotion.environment);
        view! {
            <Waiting icon="requested" what href=page(promotion.id) act="Review">
                <span>{format!("asked by {}", promotion.asked_by.name)}</span>
                <When at=promotion.asked_at/>
            </Waiting>
        }
    };
    view! {
        <h3 class="queue-title">"Waits to be confirmed" <Count number/></h3>
        <Queue>{waiting.into_iter().map(one).collect_view()}</Queue>
    }
}
