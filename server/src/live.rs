//! `GET /live`: a page that is open is told of changes as they happen, by server-sent events.
//!
//! | event | data | means |
//! | --- | --- | --- |
//! | `beat` | the server's time | all is well, as of then |
//! | `change` | a kind, and as its id a number that grows | something of the kind has changed |
//! | `reload` | `-` | anything may have changed |
//! | `deaf` | `-` | this server hears of no changes just now |
//! | `over` | `-` | the session has ended, and the stream ends with it |
//!
//! Never more than that: what has changed a page asks for itself, through the door.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use axum::{
    extract::{Extension, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response, Sse, sse::Event},
};
use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::stream;
use portal::{
    Actor, Error, Id, Person, identity,
    live::{Heard, Kind},
};
use serde::Deserialize;
use tokio::{
    sync::broadcast::{
        Receiver,
        error::{RecvError, TryRecvError},
    },
    time::{Interval, MissedTickBehavior, interval, timeout},
};

use crate::{login::cookie, problem::Problem, site::Site};

pub(crate) const PATH: &str = "/live";
/// Streams that one person may hold open. A browser keeps one for each window that is seen.
const MOST_OF_ONE: usize = 16;
const BEAT: Duration = Duration::from_secs(2);
/// How often it is asked whether the session still stands, whatever is told of sessions.
const CHECK: Duration = Duration::from_secs(3);
const CHECKED_WITHIN: Duration = Duration::from_secs(1);
/// Changes that come so close together are told once a kind.
const TOGETHER: Duration = Duration::from_millis(50);
/// When a browser comes back by itself whose stream was cut.
const RETRY: Duration = Duration::from_secs(2);

/// How many streams are open, by whose they are.
#[derive(Default)]
pub(crate) struct Streams {
    open: Mutex<HashMap<Id<Person>, usize>>,
}

/// One open stream among those of a person, until it is dropped.
struct Place {
    streams: Arc<Streams>,
    person: Id<Person>,
}

impl Streams {
    fn enter(self: &Arc<Self>, person: Id<Person>) -> Option<Place> {
        let mut open = self.open();
        let mine = open.entry(person).or_default();
        if *mine >= MOST_OF_ONE {
            return None;
        }
        *mine += 1;
        Some(Place { streams: Arc::clone(self), person })
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Id<Person>, usize>> {
        self.open.lock().expect("nothing panics while it holds this lock")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.streams.open();
        if let Some(mine) = open.get_mut(&self.person) {
            *mine -= 1;
            if *mine == 0 {
                open.remove(&self.person);
            }
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    /// When the page was made: what has changed since is told first.
    since: Option<DateTime<Utc>>,
}

/// For people with a session alone: a program asks for what it wants to know.
pub(crate) async fn listen(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let (Actor::Person { id, .. }, Some(secret)) = (actor, cookie(&headers, &site.cookies.session)) else {
        return Problem::new(StatusCode::FORBIDDEN, "pages of people who are signed in listen here")
            .into_response();
    };
    let Some(place) = site.streams.enter(id) else {
        let why = format!("{MOST_OF_ONE} pages of this person listen already");
        return Problem::new(StatusCode::TOO_MANY_REQUESTS, &why).into_response();
    };
    let since = asked.ok().and_then(|Query(asked)| asked.since);
    let told = Told::new(site, secret, since, place);
    let events = stream::unfold(told, |mut told| async move {
        let event = told.next().await?;
        Some((Ok::<_, Infallible>(event), told))
    });
    // Whatever stands between must not gather it up.
    ([("x-accel-buffering", "no"), ("cache-control", "no-store")], Sse::new(events)).into_response()
}

/// What one page is told.
struct Told {
    site: Site,
    secret: String,
    heard: Receiver<Heard>,
    beat: Interval,
    check: Interval,
    /// No more than one event of each kind.
    waiting: VecDeque<Event>,
    over: bool,
    _place: Place,
}

impl Told {
    fn new(site: Site, secret: String, since: Option<DateTime<Utc>>, place: Place) -> Self {
        // Heard before it is asked what has changed so far, so that nothing falls between.
        let heard = site.portal.heard();
        let missed = match since.map(|since| site.portal.changed_since(since)) {
            Some(Some(changes)) => {
                changes.into_iter().collect::<BTreeMap<_, _>>().into_iter().map(change).collect()
            }
            _ => vec![bare("reload")],
        };
        let waiting = [Event::default().retry(RETRY)].into_iter().chain(missed).collect();
        let (beat, check) = (every(BEAT), every(CHECK));
        Self { site, secret, heard, beat, check, waiting, over: false, _place: place }
    }

    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            if self.over {
                return None;
            }
            tokio::select! {
                heard = self.heard.recv() => self.take(heard).await,
                _ = self.check.tick() => self.end_with_the_session().await,
                _ = self.beat.tick() => {
                    let event = if self.site.portal.hears() {
                        let now = self.site.portal.now().to_rfc3339_opts(SecondsFormat::Secs, true);
                        Event::default().event("beat").data(now)
                    } else {
                        deaf()
                    };
                    self.waiting.push_back(event);
                }
            }
        }
    }

    /// Takes what was heard, and what else comes in the same moment.
    async fn take(&mut self, first: Result<Heard, RecvError>) {
        let mut news = News::default();
        news.add(first);
        tokio::time::sleep(TOGETHER).await;
        loop {
            match self.heard.try_recv() {
                Ok(more) => news.add(Ok(more)),
                Err(TryRecvError::Lagged(missed)) => news.add(Err(RecvError::Lagged(missed))),
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        if news.changes.contains_key(&Kind::Session) {
            self.end_with_the_session().await;
        }
        if !self.over {
            self.waiting.extend(news.events());
        }
    }

    async fn end_with_the_session(&mut self) {
        let asked = identity::who_left_session_open(&self.site.portal, &self.secret);
        // With the database away nobody can say, and nothing is told either.
        if let Ok(Ok(Actor::Anonymous) | Err(Error::Unauthenticated)) = timeout(CHECKED_WITHIN, asked).await {
            self.waiting.push_back(bare("over"));
            self.over = true;
        }
    }
}

/// What was heard in one moment.
#[derive(Default)]
struct News {
    changes: BTreeMap<Kind, u64>,
    /// Whether something may have been missed.
    missed: bool,
    deaf: bool,
}

impl News {
    fn add(&mut self, heard: Result<Heard, RecvError>) {
        match heard {
            Ok(Heard::Change(kind, number)) => {
                self.changes.insert(kind, number);
            }
            Ok(Heard::Anything) | Err(RecvError::Lagged(_)) => (self.missed, self.deaf) = (true, false),
            Ok(Heard::Nothing) | Err(RecvError::Closed) => self.deaf = true,
            // What OPA is served is no page's.
            Ok(Heard::Shelf | Heard::Reload(_)) => {}
        }
    }

    fn events(self) -> Vec<Event> {
        match self {
            Self { deaf: true, .. } => vec![deaf()],
            Self { missed: true, .. } => vec![bare("reload")],
            Self { changes, .. } => changes.into_iter().map(change).collect(),
        }
    }
}

fn change((kind, number): (Kind, u64)) -> Event {
    Event::default().event("change").id(number.to_string()).data(kind.to_string())
}

/// One whose name says all. A browser passes over an event without data (WHATWG, HTML, "Server-sent events").
fn bare(name: &str) -> Event {
    Event::default().event(name).data("-")
}

fn deaf() -> Event {
    bare("deaf")
}

fn every(period: Duration) -> Interval {
    let mut interval = interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_holds_so_many_streams_and_no_more() {
        let streams = Arc::<Streams>::default();
        let (ann, bob) = (Id::fresh(), Id::fresh());
        let mut places: Vec<_> = (0..MOST_OF_ONE).map(|_| streams.enter(ann).unwrap()).collect();
        assert!(streams.enter(ann).is_none());
        assert!(streams.enter(bob).is_some(), "another's are not counted");
        places.pop();
        assert!(streams.enter(ann).is_some(), "one that has ended makes room");
        places.clear();
        assert!(streams.open().is_empty());
    }

    #[test]
    fn a_moment_is_told_once_a_kind_and_what_was_missed_outdoes_it() {
        let mut news = News::default();
        for number in 1..=500 {
            news.add(Ok(Heard::Change(Kind::Instance, number)));
        }
        news.add(Ok(Heard::Shelf));
        assert_eq!(news.changes, BTreeMap::from([(Kind::Instance, 500)]));
        news.add(Err(RecvError::Lagged(7)));
        assert!(news.missed && !news.deaf);
        assert_eq!(news.events().len(), 1);
    }
}
