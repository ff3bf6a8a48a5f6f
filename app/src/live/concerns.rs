//! What concerns whoever looks, wherever they are: how much waits for them, and what came of what they asked for.

use chrono::{DateTime, TimeDelta, Utc};
use leptos::{prelude::*, task::spawn_local};
use portal::live::Kind;
use serde::{Deserialize, Serialize};

use super::{Live, ahead::unattended};
#[cfg(feature = "ssr")]
use crate::problem::{answer, caller};
use crate::{
    Problem,
    page::WhoLooks,
    ui::{Toast, Toasts},
    viewer::Waiting,
};

/// Two servers' clocks may be so far apart, and a change may take so long.
const OVERLAP: TimeDelta = TimeDelta::seconds(5);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concerns {
    pub now: DateTime<Utc>,
    pub waiting: Waiting,
    pub answered: Vec<Answered>,
}

/// An answer of somebody else to what the person asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// `EXC-012`, or `aegis-provisioning v1.2.3 to production`.
    pub what: String,
    pub page: String,
    pub answer: Answer,
    pub by: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    Approved,
    Denied,
    Revoked,
    Confirmed,
    Declined,
}

/// What waits for the person, and what was answered since.
#[server(endpoint = "live/concerns")]
pub async fn what_concerns_me(since: DateTime<Utc>) -> Result<Concerns, Problem> {
    let viewer = crate::viewer::who_looks().await?;
    let (portal, actor) = caller();
    let answered = answer(answered::since(&portal, &actor, viewer.who.id, since).await)?;
    Ok(Concerns { now: viewer.now, waiting: viewer.waiting, answered })
}

/// Keeps up what waits for the person, and tells of answers to them; nothing until the first change.
pub(crate) fn keep_up(live: Live, who: WhoLooks, toasts: Toasts) -> ReadSignal<Option<Waiting>> {
    let (waiting, set_waiting) = signal(None);
    // What was counted for the page itself is newer.
    Effect::new(move || {
        who.track();
        set_waiting.set(None);
    });
    let (since, told) = (StoredValue::new(None::<DateTime<Utc>>), StoredValue::new(Vec::<Answered>::new()));
    let grown = Memo::new(move |_| live.times(&[Kind::Exception, Kind::Promotion]));
    Effect::new(move |before: Option<u32>| {
        let times = grown.get();
        let made = who.get_untracked().and_then(Result::ok).map(|viewer| viewer.now);
        let Some(from) = since.get_value().or(made).filter(|_| before.is_some_and(|before| before != times))
        else {
            return times;
        };
        spawn_local(async move {
            let Ok(concerns) = unattended(what_concerns_me(from)).await else { return };
            // What was before the page is on it.
            let next = made.map_or(concerns.now - OVERLAP, |made| made.max(concerns.now - OVERLAP));
            let first = since.try_set_value(Some(next)).is_none();
            if !first {
                return;
            }
            set_waiting.set(Some(concerns.waiting));
            for answered in concerns.answered {
                if !told.with_value(|told| told.contains(&answered)) {
                    toasts.say(toast(&answered));
                    told.update_value(|told| told.push(answered));
                }
            }
        });
        times
    });
    waiting
}

fn toast(answered: &Answered) -> Toast {
    let (tone, icon, word) = match answered.answer {
        Answer::Approved => ("good", "approved", "was approved"),
        Answer::Denied => ("bad", "denied", "was denied"),
        Answer::Revoked => ("bad", "revoked", "was revoked"),
        Answer::Confirmed => ("good", "approved", "was confirmed"),
        Answer::Declined => ("bad", "denied", "was declined"),
    };
    Toast {
        tone,
        icon,
        title: format!("{} {word}", answered.what),
        text: format!("by {}", answered.by),
        href: Some(answered.page.clone()),
    }
}

#[cfg(feature = "ssr")]
mod answered {
    use chrono::{DateTime, Utc};
    use portal::{
        Actor, Id, Permission, Person, Portal,
        exception::{self, Exception, Filter, State},
        release::{self, Promotion, PromotionState},
    };

    use super::{Answer, Answered};

    pub(super) async fn since(
        portal: &Portal,
        actor: &Actor,
        me: Id<Person>,
        since: DateTime<Utc>,
    ) -> portal::Result<Vec<Answered>> {
        let mut answered = vec![];
        if actor.may_somewhere(Permission::SeeException) {
            let mine = Filter { mine: true, ..Filter::default() };
            let mine = exception::list(portal, actor, mine, None).await?;
            answered.extend(mine.iter().filter_map(|one| of_exception(one, me, since)));
        }
        if actor.may_somewhere(Permission::SeeRelease) {
            let mine = release::answered(portal, actor, since).await?;
            answered.extend(mine.iter().filter_map(of_promotion));
        }
        Ok(answered)
    }

    fn of_exception(exception: &Exception, me: Id<Person>, since: DateTime<Utc>) -> Option<Answered> {
        let (answer, by, at) = match &exception.state {
            State::Approved(approval) => (Answer::Approved, &approval.by, approval.at),
            State::Denied { by, at, .. } => (Answer::Denied, by, *at),
            State::Revoked { by, at, .. } => (Answer::Revoked, by, *at),
            State::Requested | State::Withdrawn { .. } => return None,
        };
        (at > since && by.id != me).then(|| Answered {
            what: exception.number.to_string(),
            page: crate::exception::page(exception.number),
            answer,
            by: by.name.clone(),
        })
    }

    fn of_promotion(promotion: &Promotion) -> Option<Answered> {
        let (answer, by) = match &promotion.state {
            PromotionState::Confirmed { by, .. } => (Answer::Confirmed, by),
            PromotionState::Declined { by, .. } => (Answer::Declined, by),
            PromotionState::Asked | PromotionState::Withdrawn { .. } => return None,
        };
        Some(Answered {
            what: format!("{} {} to {}", promotion.bundle, promotion.number, promotion.environment),
            page: crate::release::page(promotion.id),
            answer,
            by: by.name.clone(),
        })
    }
}
