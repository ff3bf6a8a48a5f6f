//! The first page: what waits for whoever looks, and how things stand. What comes first depends on what they may do.

use leptos::prelude::*;
use portal::{
    Permission, Promotion, Version, exception::Exception, fleet::Instance, list::Hits, policy::ChangesetLine,
    release::Board,
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::problem::{answer_page, caller};
use crate::{
    Problem,
    audit::Told,
    drawn::Drawn,
    exception, fleet, live,
    page::loaded,
    release,
    sent::Sent,
    ui::{ButtonLink, Card, PageHead, absolute},
    viewer::Viewer,
    waiting::{ForMe, queue, title},
};

#[cfg(feature = "ssr")]
mod decisions;
pub mod mine;
pub mod standing;
#[cfg(feature = "ssr")]
mod tokens;

use mine::{MyRequests, MyVersions};
use standing::{Changed, Ending, Fleet, InForce, NeedsAHand};

/// As many lines as a card of the first page shows.
const SHORT: usize = 6;
/// As many as its queue shows.
const QUEUE: usize = 50;

/// What of the first page changes.
const KINDS: &[live::Kind] = &[
    live::Kind::Decision,
    live::Kind::Exception,
    live::Kind::Promotion,
    live::Kind::Release,
    live::Kind::Instance,
    live::Kind::Changeset,
    live::Kind::Token,
];

/// What the first page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomePage {
    /// What whoever looks may answer, the oldest first.
    pub for_me: ForMe,
    /// Exceptions that they asked for, the newest first.
    pub asked: First,
    /// Promotions that they asked for and that wait.
    pub promotions: Vec<Promotion>,
    pub expiring: First,
    pub boards: Vec<Board>,
    pub fleet: Vec<Instance>,
    /// Those of the fleet that do not run what they should, where whoever looks can do something about it.
    pub hand: Option<Vec<Instance>>,
    /// Of those who push policies: what they pushed.
    pub versions: Vec<Version>,
    pub changesets: Vec<ChangesetLine>,
    /// The day's decisions, drawn; none for those who may not see decisions.
    pub decisions: Option<Drawn>,
    /// Tokens about to end, drawn; none where there are none.
    pub tokens: Option<Drawn>,
    /// None for those who may not see the audit.
    pub changes: Option<Vec<Told>>,
}

/// As much of a list as a card shows, and how long the list is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct First {
    pub rows: Vec<Exception>,
    pub all: Hits,
}

#[server(endpoint = "home")]
pub async fn show_home() -> Result<Sent<HomePage>, Problem> {
    let (portal, actor) = caller();
    answer_page(home_page::read(&portal, &actor).await)
}

#[component]
pub fn Home() -> impl IntoView {
    let data = live::load_list(KINDS, || (), |()| show_home(), HomePage::lines);
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
            hand,
            versions,
            changesets,
            decisions,
            tokens,
            changes,
        } = page;
        let decides = [Permission::DecideException, Permission::DecideRelease]
            .into_iter()
            .any(|one| viewer.may_somewhere(one));
        let pushes = viewer.may_somewhere(Permission::PushPolicy);
        // The page's title says that nothing waits: whoever has other things to look at has no use for an empty queue.
        let queues = decides && (for_me.len() > 0 || !(pushes || hand.is_some()));
        let first = queues.then(|| view! { <Waiting mine=for_me viewer=viewer.clone()/> });
        let versions = pushes.then(|| {
            view! { <MyVersions versions changesets boards=boards.clone() me=viewer.who.id/> }
        });
        let requests = viewer.may_somewhere(Permission::RequestException).then(|| {
            view! { <MyRequests asked promotions now=viewer.now/> }
        });
        let hand = hand.map(|off| view! { <NeedsAHand off/> });
        // Whoever has no queue of their own comes to read.
        let reads = !decides && !pushes && requests.is_none() && hand.is_none();
        let (changes_first, changes) = if reads { (changes, None) } else { (None, changes) };
        view! {
            <PageHead title meta=meta.into_any() actions=ask.into_any()/>
            <div class="columns even">
                <div class="stack">
                    {tokens.map(Drawn::show)}
                    {hand.filter(|_| !pushes)}
                    {first}
                    {versions}
                    {requests}
                    {changes_first.map(|entries| view! { <Changed entries/> })}
                    {decisions.map(Drawn::show)}
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
    let all = (number > 0).then(|| all("/waiting", &number.to_string()));
    view! { <Card title="Waiting for you" aside=all.into_any()>{queue(mine, QUEUE)}</Card> }
}

impl HomePage {
    /// Where the lines lead of all lists on the page, as they stand.
    fn lines(&self) -> Vec<String> {
        let of = |all: &[Exception]| all.iter().map(|one| exception::page(one.number)).collect::<Vec<_>>();
        let promotions = self.promotions.iter().map(|one| release::page(one.id));
        let hand = self.hand.iter().flatten().map(|one| fleet::page(one.id));
        let versions =
            self.versions.iter().map(|one| release::version_page(one.bundle, &one.number.to_string()));
        let changesets = self.changesets.iter().map(|one| one.id.to_string());
        let changes = self.changes.iter().flatten().map(|one| one.seq.to_string());
        let mut lines = self.for_me.pages();
        lines.extend(promotions.chain(of(&self.asked.rows)).chain(of(&self.expiring.rows)));
        lines.extend(hand.chain(versions).chain(changesets).chain(changes));
        lines
    }
}

/// Leads to the list that a card shows the beginning of, with how many are on it.
fn all(href: &'static str, number: &str) -> AnyView {
    view! { <a class="counted" href=href>{format!("All: {number}")}</a> }.into_any()
}

#[cfg(feature = "ssr")]
mod home_page {
    use futures_util::future::try_join4;
    use portal::{
        Actor, Permission, Portal, Scope, audit, decision,
        exception::{self, Filter, Order, Standing},
        fleet::{self, Drift},
        identity,
        list::{Hits, Question},
        policy, release,
    };

    use super::{First, HomePage, SHORT, decisions, tokens};
    use crate::waiting::for_me;

    /// Four questions at a time: the slowest of them, and not all together, are what the page takes.
    pub(super) async fn read(portal: &Portal, actor: &Actor) -> portal::Result<HomePage> {
        let may = |permission| actor.may(permission, &Scope::Portal);
        let waits = async {
            let for_me = for_me::read(portal, actor).await?;
            let pushed = if actor.may_somewhere(Permission::PushPolicy) {
                pushed(portal, actor).await?
            } else {
                (vec![], vec![])
            };
            Ok::<_, portal::Error>((for_me, pushed))
        };
        // Asked only where the answer is no refusal: one would be written into the audit.
        let happened = async {
            let day = match may(Permission::SeeDecision) {
                true => Some(decision::day(portal, actor).await?),
                false => None,
            };
            let changes = match may(Permission::SeeAudit) {
                true => Some(audit::changes(portal, actor, SHORT).await?),
                false => None,
            };
            Ok::<_, portal::Error>((day, changes))
        };
        let stands = async {
            let mine = Filter { mine: true, ..Filter::default() };
            let expiring = Filter { standing: Some(Standing::Expiring), ..Filter::default() };
            let asked = first(portal, actor, mine, Order::Newest).await?;
            Ok::<_, portal::Error>((asked, first(portal, actor, expiring, Order::EndsFirst).await?))
        };
        let runs = async {
            let fleet = fleet::list(portal, actor).await?;
            let promotions = release::waiting(portal, actor).await?;
            Ok::<_, portal::Error>((fleet, promotions, identity::tokens_ending(portal, actor).await?))
        };
        let ((for_me, pushed), (day, changes), (asked, expiring), (fleet, mut promotions, tokens)) =
            try_join4(waits, happened, stands, runs).await?;
        let me = actor.by().and_then(|by| by.answerable());
        promotions.retain(|one| Some(one.asked_by.id) == me);
        let off = || fleet.iter().filter(|one| one.drift() != Drift::Converged).cloned().collect();
        let (versions, changesets) = pushed;
        Ok(HomePage {
            boards: for_me.boards.clone(),
            asked,
            promotions,
            expiring,
            hand: actor.may_somewhere(Permission::RollBackRelease).then(off),
            decisions: day.map(|day| decisions::drawn(day, &fleet)),
            tokens: tokens::drawn(tokens, portal.now()),
            fleet,
            versions,
            changesets,
            changes: changes.map(|entries| entries.into_iter().map(crate::audit::Told::from).collect()),
            for_me,
        })
    }

    async fn first(portal: &Portal, actor: &Actor, filter: Filter, sort: Order) -> portal::Result<First> {
        if actor.reach(Permission::SeeException).is_nothing() {
            return Ok(First { rows: vec![], all: Hits::counted(0) });
        }
        let question = Question { filter, sort, ..Question::default() };
        let (page, all) = exception::search(portal, actor, &question).await?;
        Ok(First { rows: page.rows.into_iter().take(SHORT).collect(), all })
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
}
