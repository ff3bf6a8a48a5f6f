//! Refusals of known actors where nothing waits for the database, on their way to the audit.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;

use super::Portal;
use crate::{
    Environment, Error, Permission, Result,
    access::{By, Hand},
    audit::{self, Event},
};

/// One actor's refusals for want of one permission, from one address, are told once in so long, wherever they were met: whoever holds
/// a token may make up environments as they like.
const ONCE_IN: TimeDelta = TimeDelta::minutes(1);
/// Refusals that are remembered or wait. Beyond it they are told in the program's own log alone.
const MOST: usize = 10_000;
/// How long it waits after the database did not take one.
const PAUSE: Duration = Duration::from_secs(2);

#[derive(Default)]
pub(super) struct Refusals {
    noted: Mutex<Noted>,
    some: Notify,
}

#[derive(Default)]
struct Noted {
    /// When each was told last.
    told: HashMap<(By, Option<IpAddr>, Permission), DateTime<Utc>>,
    waiting: VecDeque<Refused>,
}

struct Refused {
    hand: Hand,
    permission: Permission,
    on: Environment,
    at: DateTime<Utc>,
}

impl Refusals {
    /// Notes a refusal without waiting for anything.
    pub(super) fn note(&self, hand: Hand, permission: Permission, on: &Environment, at: DateTime<Utc>) {
        let Hand { by, address, .. } = hand;
        let mut noted = self.noted();
        let Noted { told, waiting } = &mut *noted;
        if told.get(&(by, address, permission)).is_some_and(|told| at < *told + ONCE_IN) {
            return;
        }
        if told.len() >= MOST {
            told.retain(|_, told| at < *told + ONCE_IN);
        }
        if told.len() >= MOST || waiting.len() >= MOST {
            tracing::warn!(?by, %permission, %on, "a refusal is not in the audit: there are too many");
            return;
        }
        told.insert((by, address, permission), at);
        waiting.push_back(Refused { hand, permission, on: on.clone(), at });
        self.some.notify_one();
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().expect("nothing panics while it holds this lock")
    }
}

impl Portal {
    /// Writes down what [`Portal::admit_within`] refused, for as long as the program runs.
    pub async fn keep_refusals(self) {
        let refusals = Arc::clone(&self.refusals);
        loop {
            let next = refusals.noted().waiting.pop_front();
            let Some(refused) = next else {
                refusals.some.notified().await;
                continue;
            };
            // What cannot be written at all was logged, and keeps nothing else back.
            if let Err(Error::Unavailable(_)) = self.write_down(&refused).await {
                refusals.noted().waiting.push_front(refused);
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    async fn write_down(&self, Refused { hand, permission, on, at }: &Refused) -> Result<()> {
        let event = Event::Refused { on: on.to_string() };
        let mut tx = self.pool.begin().await?;
        audit::append_refusal(&mut tx, *at, *hand, *permission, &event).await?;
        tx.commit().await?;
        Ok(())
    }
}
