//! The shelf: a picture in memory of what is in force, from which OPA is served.
//!
//! A job fills it through the door, with the rights of a job. It goes on with the database away.
//!
//! Invariant: no answer that sends bytes stands on a picture that may be old. When what an OPA holds is not
//! what stands here, the pointers are read again first; with the database away, bytes go out only when this was
//! the only live server, and only to an OPA that holds nothing or what is known to be older than what stands here.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use rego::bundle::VerifyingKey;
use tokio::{
    sync::{
        Mutex,
        broadcast::{self, error::RecvError},
        watch,
    },
    time::{Instant, sleep_until, timeout},
};

use crate::{
    Actor, Environment, Error, Permission, Portal, Result,
    identity::{SecretKind, digest},
    live::{Heard, Kind},
    policy::Bundle,
};

mod judge;
mod read;
#[cfg(test)]
mod tests;

pub use judge::Answer;
use judge::{Known, Verdict};

/// How often the pointers are read when nothing says that they moved.
const EVERY: Duration = Duration::from_secs(2);

/// What is in force everywhere, as of one reading.
#[derive(Default)]
pub struct Picture {
    environments: BTreeMap<Environment, Served>,
    tokens: HashMap<[u8; 32], Bearer>,
    /// How many instances are live.
    live: BTreeMap<Environment, usize>,
    /// All that bundles were ever signed with; the one in use comes first.
    keys: Arc<[VerifyingKey]>,
    /// None until the first reading.
    reading: Option<Reading>,
}

/// When the database was last read, and what it said of us.
#[derive(Clone, Copy)]
struct Reading {
    begun: Instant,
    /// Whether no other server was live.
    alone: bool,
}

/// Whoever holds a token, for as long as it lasts.
struct Bearer {
    actor: Actor,
    ends_at: chrono::DateTime<chrono::Utc>,
}

/// What one environment's OPAs are served.
#[derive(Clone, Default)]
pub(crate) struct Served {
    pub(crate) bundles: BTreeMap<Bundle, Archive>,
    /// Digests of what is in force and cannot be had: of these bundles an older archive stands above, or none.
    lacking: BTreeMap<Bundle, String>,
    discovery: Option<Archive>,
}

/// Bytes ready to be sent.
#[derive(Clone)]
pub struct Archive {
    /// SHA-256 of the bytes in hex, without quotes.
    pub etag: String,
    pub revision: String,
    /// What it is signed with; none of discovery, which OPA is not told to verify.
    keyid: Option<String>,
    pub bytes: Bytes,
    /// ETags that this one is known to come after.
    superseded: Arc<[String]>,
}

/// What an OPA asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Resource {
    /// With the id of the key that the OPA was told to verify it with, where it names one.
    Bundle(Bundle, Option<String>),
    Discovery,
}

pub struct Shelf {
    portal: Portal,
    server: uuid::Uuid,
    picture: watch::Sender<Arc<Picture>>,
    /// Counted up when an environment's held polls are to be answered at once.
    nudges: watch::Sender<HashMap<Environment, u64>>,
    /// One reading at a time; who waits for it has it too.
    turn: Mutex<()>,
}

impl Shelf {
    /// An empty shelf; [`Shelf::keep`] fills it.
    pub fn new(portal: Portal) -> Arc<Self> {
        let (picture, nudges) = (watch::Sender::default(), watch::Sender::default());
        Arc::new(Self { portal, server: uuid::Uuid::now_v7(), picture, nudges, turn: Mutex::default() })
    }

    /// Keeps the picture true for as long as the program runs: at every notice that
    /// [`Portal::keep_hearing`] passes on, every two seconds, and whenever the database comes back.
    pub async fn keep(self: Arc<Self>) {
        let (mut away, mut heard) = (false, self.portal.heard());
        loop {
            self.look(&mut away).await;
            // A pooler may let nobody listen, and answers all the same.
            if let Ok(Some(environment)) = timeout(EVERY, told(&mut heard)).await {
                self.nudge(&environment);
            }
        }
    }

    /// Reads the pointers; that it does not succeed is told once, until it does.
    async fn look(&self, away: &mut bool) {
        match self.refresh(Instant::now()).await {
            Ok(()) => *away = false,
            Err(error) if !*away => {
                tracing::error!(%error, "what is in force cannot be read; what is served is that of the last reading");
                *away = true;
            }
            Err(_) => {}
        }
    }

    /// Reads the pointers again, unless somebody began to after `since`.
    pub async fn refresh(&self, since: Instant) -> Result<()> {
        let _turn = self.turn.lock().await;
        if self.picture.borrow().reading.is_some_and(|reading| reading.begun >= since) {
            return Ok(());
        }
        let old = self.picture.borrow().clone();
        let new = Arc::new(read::picture(&self.portal, self.server, &old).await?);
        // An instance falls silent without a word to anybody.
        if new.live != old.live {
            self.portal.tell_here(Kind::Instance);
        }
        // Nobody is woken to see the same.
        self.picture.send_if_modified(|picture| {
            let moved = !picture.shows_the_same_as(&new);
            *picture = new;
            moved
        });
        Ok(())
    }

    /// Answers every held poll of the environment once with *not modified*.
    pub fn nudge(&self, environment: &Environment) {
        self.nudges.send_modify(|nudges| *nudges.entry(environment.clone()).or_default() += 1);
    }

    /// Who holds this token, as of the last reading; nobody where it is unknown here.
    ///
    /// # Errors
    /// Unavailable where there has been no reading yet: nobody is known then.
    pub fn who_has_token(&self, secret: &str) -> Result<Actor> {
        let picture = self.picture.borrow();
        if picture.reading.is_none() {
            return Err(Error::Unavailable("the database".into()));
        }
        let bearer = digest(SecretKind::Token, secret).and_then(|digest| picture.tokens.get(&digest));
        let bearer = bearer.filter(|bearer| self.portal.now() < bearer.ends_at);
        Ok(bearer.map_or(Actor::Anonymous, |bearer| bearer.actor.clone()))
    }

    /// The archive in force of a bundle, and word of every change of the picture.
    pub fn in_force(&self, environment: &Environment, bundle: Bundle) -> Option<Archive> {
        let picture = self.picture.borrow();
        picture.environments.get(environment)?.bundles.get(&bundle).cloned()
    }

    /// The public keys that what is in force may be signed with.
    pub(crate) fn keys(&self) -> Arc<[VerifyingKey]> {
        self.picture.borrow().keys.clone()
    }

    /// The environments that have something in force.
    pub fn environments(&self) -> Vec<Environment> {
        self.picture.borrow().environments.keys().cloned().collect()
    }

    /// How many instances of an environment are live.
    pub fn live(&self, environment: &Environment) -> usize {
        self.picture.borrow().live.get(environment).copied().unwrap_or(0)
    }

    /// Wakes whoever holds it at every change of the picture.
    pub fn changes(&self) -> watch::Receiver<Arc<Picture>> {
        self.picture.subscribe()
    }

    /// Answers one request, holding it for at most `wait` while nothing has changed.
    ///
    /// `etag` is what the OPA holds, without quotes; of a list, the first.
    ///
    /// # Errors
    /// Unauthenticated or forbidden where this actor may not fetch the environment's bundles.
    pub async fn answer(
        &self,
        actor: &Actor,
        environment: &Environment,
        resource: &Resource,
        etag: Option<&str>,
        wait: Duration,
    ) -> Result<Answer> {
        self.portal.admit_within(actor, Permission::FetchBundle, environment)?;
        let known = self.knows(actor);
        let answer = self.wait_for(environment, resource, etag, wait).await;
        // A token may have been revoked while its poll was held.
        if known && !self.knows(actor) { Err(Error::Unauthenticated) } else { Ok(answer) }
    }

    fn knows(&self, actor: &Actor) -> bool {
        self.picture.borrow().tokens.values().any(|bearer| bearer.actor.by() == actor.by())
    }

    async fn wait_for(
        &self,
        environment: &Environment,
        resource: &Resource,
        etag: Option<&str>,
        wait: Duration,
    ) -> Answer {
        let (asked, deadline) = (Instant::now(), Instant::now() + wait);
        let (mut changes, mut nudges) = (self.picture.subscribe(), self.nudges.subscribe());
        let nudged = nudges.borrow_and_update().get(environment).copied();
        let mut known = Known::Maybe;
        loop {
            let picture = changes.borrow_and_update().clone();
            let (found, lacking) = picture.find(environment, resource);
            let fresh = picture.reading.is_some_and(|reading| reading.begun >= asked);
            let known_now = if fresh { Known::Fresh } else { known };
            let alone = picture.reading.is_some_and(|reading| reading.alone);
            let verdict = match found {
                _ if lacking => judge::without_the_archive(etag, known_now),
                // Discovery is about to name the other key, and until then OPA would refuse the archive.
                Some(archive) if resource.names_another_key_than(archive) => Verdict::Hold,
                found => judge::verdict(found, etag, known_now, alone),
            };
            match verdict {
                Verdict::Answer(answer) => return answer,
                Verdict::ReadAgain => {
                    known = self.refresh(asked).await.map_or(Known::Away, |()| Known::Fresh);
                }
                Verdict::Hold => tokio::select! {
                    _ = changes.changed() => known = Known::Maybe,
                    _ = nudges.changed() => {
                        if nudges.borrow_and_update().get(environment).copied() != nudged {
                            return Answer::NotModified;
                        }
                    }
                    () = sleep_until(deadline) => return Answer::NotModified,
                },
            }
        }
    }
}

/// Returns when the pointers are to be read, with the environment whose held polls are to be answered, if any.
async fn told(heard: &mut broadcast::Receiver<Heard>) -> Option<Environment> {
    loop {
        match heard.recv().await {
            Ok(Heard::Reload(environment)) => return Some(environment),
            Ok(Heard::Change(..) | Heard::Nothing) => {}
            // Notices may have been missed, so the pointers are read before the next one is awaited.
            Ok(Heard::Shelf | Heard::Anything) | Err(RecvError::Lagged(_)) => return None,
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

impl Picture {
    fn shows_the_same_as(&self, other: &Self) -> bool {
        let etags = |picture: &Self| {
            let served = picture.environments.iter();
            served
                .map(|(name, served)| {
                    let bundles =
                        served.bundles.iter().map(|(bundle, archive)| (*bundle, archive.etag.clone()));
                    let discovery = served.discovery.as_ref().map(|archive| archive.etag.clone());
                    (name.clone(), bundles.collect::<Vec<_>>(), discovery)
                })
                .collect::<Vec<_>>()
        };
        self.reading.is_some() == other.reading.is_some() && etags(self) == etags(other)
    }

    /// What stands here, and whether something else is in force that cannot be had.
    fn find(&self, environment: &Environment, resource: &Resource) -> (Option<&Archive>, bool) {
        let Some(served) = self.environments.get(environment) else { return (None, false) };
        match resource {
            Resource::Bundle(bundle, _) => (served.bundles.get(bundle), served.lacking.contains_key(bundle)),
            Resource::Discovery => (served.discovery.as_ref(), served.discovery.is_none()),
        }
    }
}

impl Resource {
    fn names_another_key_than(&self, archive: &Archive) -> bool {
        matches!(self, Self::Bundle(_, Some(keyid)) if archive.keyid.as_ref() != Some(keyid))
    }
}
