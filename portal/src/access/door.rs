//! The only way in to the database.

use std::{marker::PhantomData, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use rego::{check::Namespaces, opa::Opa, worker::Drafts};
use sqlx::{
    PgConnection, PgPool, Postgres, Transaction,
    postgres::{PgListener, PgPoolOptions},
};

use super::{Actor, Hand, Reach, Scope};
use crate::{
    Environment, Error, Id, Permission, Person, Result,
    audit::{self, Event, log::Standing},
    clock::Clock,
    identity::{Uses, Who},
    key::Keys,
    live::Hearing,
    object::ObjectStore,
};

mod action;
mod migrate;
mod refusals;
#[cfg(test)]
mod tests;

pub(crate) use action::{Action, Everything, Target};
pub use migrate::migrate;
use refusals::Refusals;

/// How long a deed waits for a free connection before it says that the database is away.
const PATIENCE: Duration = Duration::from_secs(2);
const MOST_CONNECTIONS: u32 = 16;
/// What wakes the shelves of all servers: a pointer, a token or an exception changed.
pub(crate) const SHELF_CHANNEL: &str = "aegis_shelf";
/// What makes all servers answer an environment's held polls; the payload names it.
pub(crate) const RELOAD_CHANNEL: &str = "aegis_reload";
/// What tells open pages of a change; the payload names its kind.
pub(crate) const CHANGE_CHANNEL: &str = "aegis_change";

/// The portal's handle. Cheap to clone.
///
/// The pool is private to the door: nothing else in the program can reach it.
#[derive(Clone)]
pub struct Portal {
    pool: PgPool,
    clock: Arc<dyn Clock>,
    refusals: Arc<Refusals>,
    pub(crate) uses: Arc<Uses>,
    pub(crate) hearing: Arc<Hearing>,
    pub(crate) standing: Arc<Standing>,
    pub(crate) parts: Arc<Settings>,
}

/// What the portal works with, beside its database.
pub struct Settings {
    /// Where archives are kept.
    pub objects: ObjectStore,
    /// What bundles are signed with.
    pub keys: Keys,
    /// Workers in which pushed Rego is checked.
    pub drafts: Drafts,
    /// The real `opa`, for the checks that are its own; none where it is not installed.
    pub opa: Option<Opa>,
    pub namespaces: Namespaces,
    /// Whether the demo's people may sign in: only on loopback, and where no provider is configured.
    pub demo: bool,
}

/// A permitted look. Postgres itself refuses to write through it.
pub(crate) struct View {
    tx: Transaction<'static, Postgres>,
    pub(crate) at: DateTime<Utc>,
}

/// A permitted change under way: one transaction, one instant.
pub(crate) struct Change<A: Action> {
    tx: Transaction<'static, Postgres>,
    hand: Hand,
    name: String,
    pub(crate) at: DateTime<Utc>,
    action: PhantomData<A>,
}

impl Portal {
    /// Opens the store with the serving role, which owns nothing. [`migrate()`] comes first.
    ///
    /// The database need not be there yet: until it is, deeds say that it is unavailable.
    pub fn open(url: &str, clock: impl Clock, settings: Settings) -> Result<Self> {
        let pool = PgPoolOptions::new().max_connections(MOST_CONNECTIONS).acquire_timeout(PATIENCE);
        let (pool, clock, parts) = (pool.connect_lazy(url)?, Arc::new(clock), Arc::new(settings));
        let (refusals, uses) = (Arc::default(), Arc::default());
        let (hearing, standing) = (Arc::default(), Arc::default());
        Ok(Self { pool, clock, refusals, uses, hearing, standing, parts })
    }

    /// Whether this portal has demo people, and shows what only those who build it want to see.
    pub fn is_demo(&self) -> bool {
        self.parts.demo
    }

    pub(crate) async fn view<A: Action>(&self, actor: &Actor, on: A::On) -> Result<View> {
        let (_, tx) = self.admit::<A>(actor, &on, "begin read only").await?;
        Ok(View { tx, at: self.clock.now() })
    }

    /// A look at many rows at once: the list's `where` keeps to the reach.
    pub(crate) async fn list<A: Action<On = Everything>>(&self, actor: &Actor) -> Result<(View, Reach)> {
        let hand = self.hand(actor)?;
        let reach = actor.reach(A::PERMISSION);
        if reach.is_nothing() {
            return Err(self.refuse::<A>(actor, hand, &Everything, &[Scope::Portal]).await?);
        }
        let tx = self.begin_with("begin read only").await?;
        Ok((View { tx, at: self.clock.now() }, reach))
    }

    /// Does `deed` as one transaction, at one instant, and writes its audit entry.
    ///
    /// Either all of it becomes permanent or none does.
    ///
    /// # Errors
    /// Read-only where the audit has less than was signed for.
    pub(crate) async fn change<A: Action, T>(
        &self,
        actor: &Actor,
        on: A::On,
        deed: impl AsyncFnOnce(&mut Change<A>) -> Result<(T, Event)>,
    ) -> Result<T> {
        if !A::WHILE_READ_ONLY {
            self.has_been_looked_at().await;
        }
        let mut change = self.begin::<A>(actor, on).await?;
        if !A::WHILE_READ_ONLY && self.standing.is_read_only() {
            return Err(Error::ReadOnly);
        }
        let (done, event) = deed(&mut change).await?;
        audit::append(&mut change.tx, change.at, change.hand, A::PERMISSION, &event).await?;
        change.tx.commit().await?;
        Ok(done)
    }

    /// Keeps what a machine reports. The record is its own log, so there is no audit entry.
    pub(crate) async fn record<A: Action, T>(
        &self,
        actor: &Actor,
        on: A::On,
        deed: impl AsyncFnOnce(&mut Change<A>) -> Result<T>,
    ) -> Result<T> {
        let mut change = self.begin::<A>(actor, on).await?;
        let done = deed(&mut change).await?;
        change.tx.commit().await?;
        Ok(done)
    }

    /// Writes down what came to nothing, as when somebody could not sign in; the same is told once a minute.
    pub(crate) async fn note<A: Action<On = Everything>>(&self, actor: &Actor, event: &Event) -> Result<()> {
        let (hand, mut tx) = self.admit::<A>(actor, &Everything, "begin").await?;
        audit::append_refusal(&mut tx, self.clock.now(), hand, A::PERMISSION, event).await?;
        Ok(tx.commit().await?)
    }

    /// The door's own question, for what goes on with the database away. A refusal is written down when
    /// [`Portal::keep_refusals`] comes to it.
    ///
    /// # Errors
    /// Unauthenticated or forbidden where this actor may not do that in the environment.
    pub fn admit_within(
        &self,
        actor: &Actor,
        permission: Permission,
        environment: &Environment,
    ) -> Result<()> {
        let hand = self.hand(actor)?;
        if actor.may(permission, &Scope::Environment(environment.clone())) {
            return Ok(());
        }
        self.refusals.note(hand, permission, environment, self.clock.now());
        Err(Error::Forbidden(permission))
    }

    /// A connection of its own that hears what is told on any server.
    pub(crate) async fn listen(&self) -> Result<PgListener> {
        let mut listener = PgListener::connect_with(&self.pool).await?;
        listener.listen_all([SHELF_CHANNEL, RELOAD_CHANNEL, CHANGE_CHANNEL]).await?;
        Ok(listener)
    }

    /// The instant it is, for what no deed gives one to.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Whose hand it is; nobody's where a stranger asks.
    fn hand(&self, actor: &Actor) -> Result<Hand> {
        let hand = actor.hand().ok_or(Error::Unauthenticated)?;
        // The demo's people prove nothing, so there is nothing to keep.
        Ok(if self.parts.demo { Hand { proven_at: None, ..hand } } else { hand })
    }

    async fn begin<A: Action>(&self, actor: &Actor, on: A::On) -> Result<Change<A>> {
        let (hand, tx) = self.admit::<A>(actor, &on, "begin").await?;
        let (at, name) = (self.clock.now(), actor.name());
        if A::PROVEN && !actor.is_proven(at) {
            tx.rollback().await?;
            return Err(Error::Unproven);
        }
        Ok(Change { tx, hand, name, at, action: PhantomData })
    }

    /// Begins a transaction, also where whoever waits for it goes away meanwhile.
    ///
    /// sqlx counts a transaction only when it has heard that it began: one that is dropped before is never rolled
    /// back, and its connection would go on, inside of it, to the next who asks. A task of its own is not dropped.
    async fn begin_with(&self, begin: &'static str) -> Result<Transaction<'static, Postgres>> {
        let pool = self.pool.clone();
        let begun = tokio::spawn(async move { pool.begin_with(begin).await });
        match begun.await {
            Ok(begun) => Ok(begun?),
            Err(lost) => Err(Error::internal("a transaction could not begin", &lost)),
        }
    }

    async fn admit<A: Action>(
        &self,
        actor: &Actor,
        on: &A::On,
        begin: &'static str,
    ) -> Result<(Hand, Transaction<'static, Postgres>)> {
        let hand = self.hand(actor)?;
        let mut tx = self.begin_with(begin).await?;
        let scopes = on.scopes(&mut tx).await?;
        if actor.may_on_each(A::PERMISSION, &scopes) {
            return Ok((hand, tx));
        }
        tx.rollback().await?;
        Err(self.refuse::<A>(actor, hand, on, &scopes).await?)
    }

    /// Finds the *no* that this actor may hear, and writes it down.
    ///
    /// In a transaction of its own: what was refused leaves nothing else behind.
    async fn refuse<A: Action>(
        &self,
        actor: &Actor,
        hand: Hand,
        on: &A::On,
        scopes: &[Scope],
    ) -> Result<Error> {
        let mut tx = self.begin_with("begin").await?;
        let event = Event::Refused { on: on.to_string() };
        audit::append_refusal(&mut tx, self.clock.now(), hand, A::PERMISSION, &event).await?;
        tx.commit().await?;
        Ok(match A::On::SEE {
            Some(see) if !actor.may_on_each(see, scopes) => Error::NotFound(A::On::NAME.into()),
            _ => Error::Forbidden(A::PERMISSION),
        })
    }
}

impl View {
    pub(crate) fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// Has Postgres make each plan of this look for what is asked, and none once for whatever may be.
    ///
    /// A list's query leaves out what its filter does not name, and sorts in one of several orders; only a plan
    /// that knows which goes along the index for it. Planning costs under a millisecond.
    pub(crate) async fn plan_anew(&mut self) -> Result<()> {
        sqlx::query!("set local plan_cache_mode = force_custom_plan").execute(&mut *self.tx).await?;
        Ok(())
    }
}

impl<A: Action> Change<A> {
    pub(crate) fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// Whoever does this with their own hands; a machine never passes for a person.
    pub(crate) fn person(&self) -> Result<Who> {
        let id = self.hand.by.person().ok_or(Error::Forbidden(A::PERMISSION))?;
        Ok(Who { id, name: self.name.clone() })
    }

    /// The person who answers for this, also when a token of theirs does it.
    pub(crate) fn answerable(&self) -> Result<Id<Person>> {
        self.hand.by.answerable().ok_or(Error::Forbidden(A::PERMISSION))
    }

    /// The person who answers for this, if anybody does: nobody stands behind a job.
    pub(crate) fn person_behind(&self) -> Option<Id<Person>> {
        self.hand.by.answerable()
    }

    /// Wakes the shelves of all servers, once this is permanent.
    pub(crate) async fn wake_shelves(&mut self) -> Result<()> {
        sqlx::query!("select pg_notify($1, '')", SHELF_CHANNEL).execute(&mut *self.tx).await?;
        Ok(())
    }
}
