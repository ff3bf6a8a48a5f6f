//! The first page: what waits for whoever looks, and how things stand. What comes first depends on what they may do.

use leptos::prelude::*;
use portal::{
    Permission, Promotion, Version, decision::Day, exception::Exception, fleet::Instance,
    policy::ChangesetLine, release::Board,
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::problem::{answer_page, caller};
use crate::{
    Problem,
    audit::Told,
    live,
    page::loaded,
    sent::Sent,
    ui::{ButtonLink, Card, PageHead, absolute},
    viewer::Viewer,
    waiting::{ForMe, queue, title},
};

pub mod decisions;
pub mod mine;
pub mod standing;

use decisions::Decisions;
use mine::{MyRequests, MyVersions};
use standing::{Changed, Ending, Fleet, InForce, NeedsAHand};

/// As many lines as a card of the first page shows.
const SHORT: usize = 6;
/// As many as the lists behind the numbers get at once.
const LIST: usize = 50;

/// What of the first page changes.
const KINDS: &[live::Kind] =
    &[live::Kind::Exception, live::Kind::Promotion, live::Kind::Release, live::Kind::Instance];

/// What the first page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomePage {
    /// What whoever looks may answer, the oldest first.
    pub for_me: ForMe,
    /// Exceptions that they asked for, the newest first.
    pub asked: Vec<Exception>,
    /// Promotions that wait, whoever asked for them.
    pub promotions: Vec<Promotion>,
    pub expiring: Vec<Exception>,
    pub boards: Vec<Board>,
    pub fleet: Vec<Instance>,
    /// Of those who push policies: what they pushed.
    pub versions: Vec<Version>,
    pub changesets: Vec<ChangesetLine>,
    /// None for those who may not see decisions.
    pub day: Option<Day>,
    /// None for those who may not see the audit.
    pub changes: Option<Vec<Told>>,
}

#[server(endpoint = "home")]
pub async fn show_home() -> Result<Sent<HomePage>, Problem> {
    let (portal, actor) = caller();
    answer_page(home_page::read(&portal, &actor).await)
}

#[component]
pub fn Home() -> impl IntoView {
    let data = live::load(KINDS, || (), |()| show_home());
    loaded(data, |page: HomePage, viewer| {
        let title = title(viewer.waiting.exceptions + viewer.waiting.promotions);
        let meta = view! { <span>{absolute(viewer.now)}</span> };
        let refused = viewer.lacks(Permission::RequestException, &portal::Scope::Portal);
        let ask = refused.is_none().then(|| {
            view! { <ButtonLink id="request" href="/exceptions/new" icon="plus">"Request exception"</ButtonLink> }
        });
        let HomePage {
            for_me,
            asked,
            promotions,
            expiring,
            boards,
            fleet,
            versions,
            changesets,
            day,
            changes,
        } = page;
        let decides = [Permission::DecideException, Permission::DecideRelease]
            .into_iter()
            .any(|one| viewer.may_somewhere(one));
        let first = decides.then(|| view! { <Waiting mine=for_me viewer=viewer.clone()/> });
        let pushes = viewer.may_somewhere(Permission::PushPolicy);
        let versions = pushes.then(|| {
            view! { <MyVersions versions changesets boards=boards.clone() me=viewer.who.id/> }
        });
        let requests = viewer.may_somewhere(Permission::RequestException).then(|| {
            view! { <MyRequests asked promotions viewer=viewer.clone()/> }
        });
        let runs = viewer.may_somewhere(Permission::RollBackRelease);
        let hand = runs.then(|| view! { <NeedsAHand fleet=fleet.clone()/> });
        // Whoever has no queue of their own comes to read.
        let reads = !decides && !pushes && requests.is_none() && hand.is_none();
        let (changes_first, changes) = if reads { (changes, None) } else { (None, changes) };
        view! {
            <PageHead title meta=meta.into_any() actions=ask.into_any()/>
            <div class="columns even">
                <div class="stack">
                    {hand.filter(|_| !pushes)}
                    {first}
                    {versions}
                    {requests}
                    {changes_first.map(|entries| view! { <Changed entries/> })}
                    {day.map(|day| view! { <Decisions day fleet=fleet.clone()/> })}
                </div>
                <div class="stack">
                    <InForce boards fleet=fleet.clone()/>
                    <Fleet fleet/>
                    <Ending expiring viewer/>
                    {changes.map(|entries| view! { <Changed entries/> })}
                </div>
            </div>
        }
    })
}

#[component]
fn Waiting(mine: ForMe, viewer: Viewer) -> impl IntoView {
    let number = viewer.waiting.exceptions + viewer.waiting.promotions;
    let all = (number > 0).then(|| all("/waiting".to_owned(), number));
    view! { <Card title="Waiting for you" aside=all.into_any()>{queue(mine, LIST)}</Card> }
}

/// Leads to the list that a card shows the beginning of, with how many are on it.
fn all(href: String, number: usize) -> AnyView {
    // A list is asked for a page at a time: of a whole page nobody has counted what follows.
    if number == LIST {
        return view! { <a href=href>{format!("{LIST} and more")}</a> }.into_any();
    }
    view! { <a class="counted" href=href>{format!("All {number}")}</a> }.into_any()
}

#[cfg(feature = "ssr")]
mod home_page {
    use portal::{Actor, Permission, Portal, Scope, audit, decision, exception, fleet, policy, release};

    use super::{HomePage, SHORT};
    use crate::waiting::for_me;

    pub(super) async fn read(portal: &Portal, actor: &Actor) -> portal::Result<HomePage> {
        let may = |permission| actor.may(permission, &Scope::Portal);
        let for_me = for_me::read(portal, actor).await?;
        let (versions, changesets) = if actor.may_somewhere(Permission::PushPolicy) {
            pushed(portal, actor).await?
        } else {
            (vec![], vec![])
        };
        let mine = exception::Filter { mine: true, ..exception::Filter::default() };
        // Asked only where the answer is no refusal: one would be written into the audit.
        let day = match may(Permission::SeeDecision) {
            true => Some(decision::day(portal, actor).await?),
            false => None,
        };
        let mut changes = match may(Permission::SeeAudit) {
            true => Some(audit::list(portal, actor, audit::Filter::default(), None).await?),
            false => None,
        };
        if let Some(entries) = &mut changes {
            entries.retain(|entry| is_a_change(&entry.event));
            entries.truncate(SHORT);
        }
        Ok(HomePage {
            boards: for_me.boards.clone(),
            asked: exception::list(portal, actor, mine, None).await?,
            promotions: release::waiting(portal, actor).await?,
            expiring: exception::ending(portal, actor).await?,
            fleet: fleet::list(portal, actor).await?,
            versions,
            changesets,
            day,
            changes: changes.map(|entries| entries.into_iter().map(crate::audit::Told::from).collect()),
            for_me,
        })
    }

    /// What this person pushed, the newest first.
    async fn pushed(
        portal: &Portal,
        actor: &Actor,
    ) -> portal::Result<(Vec<portal::Version>, Vec<policy::ChangesetLine>)> {
        let me = actor.by().and_then(|by| by.answerable());
        let is_mine = |by: &Option<portal::identity::Who>| by.as_ref().is_some_and(|by| Some(by.id) == me);
        let mut versions = policy::versions(portal, actor, None).await?;
        versions.retain(|version| is_mine(&version.by));
        versions.truncate(SHORT);
        let mut changesets = policy::changesets(portal, actor).await?;
        changesets.retain(|line| is_mine(&line.by) && !line.passed);
        changesets.truncate(SHORT);
        Ok((versions, changesets))
    }

    /// Who comes and goes changes nothing that is in force.
    fn is_a_change(event: &audit::Event) -> bool {
        use audit::Event::{Refused, SignedIn, SignedOut};
        !matches!(event, SignedIn { .. } | SignedOut { .. } | Refused { .. })
    }
}
