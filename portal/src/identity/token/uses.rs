//! When tokens were last come with. Nobody waits for it to be written down, and OPAs come in with the database away.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    Actor, Id, Permission, Portal, Result, Token,
    access::{Action, Everything, Job},
};

/// How often it is written down.
const EVERY: Duration = Duration::from_secs(30);

struct Note;
impl Action for Note {
    type On = Everything;
    const PERMISSION: Permission = Permission::OpenSession;
}

/// What was not written down yet: one instant a token.
#[derive(Default)]
pub(crate) struct Uses(Mutex<HashMap<Id<Token>, DateTime<Utc>>>);

impl Uses {
    fn waiting(&self) -> MutexGuard<'_, HashMap<Id<Token>, DateTime<Utc>>> {
        self.0.lock().expect("nothing panics while it holds this lock")
    }
}

/// Notes that somebody came in with this token, if it is one.
pub fn note_use(portal: &Portal, actor: &Actor) {
    if let Actor::Token { id, .. } = actor {
        portal.uses.waiting().insert(*id, portal.now());
    }
}

/// Writes down what was noted, for as long as the program runs.
pub async fn keep_uses(portal: Portal) {
    loop {
        tokio::time::sleep(EVERY).await;
        if let Err(error) = write_down_uses(&portal).await {
            tracing::warn!(%error, "when tokens were last used is not written down yet");
        }
    }
}

/// Writes down what was noted since the last time. What cannot be written now stays noted.
pub async fn write_down_uses(portal: &Portal) -> Result<()> {
    let noted: Vec<_> = portal.uses.waiting().iter().map(|(id, at)| (*id, *at)).collect();
    if noted.is_empty() {
        return Ok(());
    }
    let (ids, at): (Vec<Uuid>, Vec<DateTime<Utc>>) = noted.iter().map(|(id, at)| (id.uuid(), *at)).unzip();
    portal
        .record::<Note, _>(&Actor::Job(Job::SignIn), Everything, async |change| {
            sqlx::query!(
                "update token set used_at = noted.at
                 from unnest($1::uuid[], $2::timestamptz[]) as noted (id, at)
                 where token.id = noted.id and (used_at is null or used_at < noted.at)",
                &ids,
                &at,
            )
            .execute(change.conn())
            .await?;
            Ok(())
        })
        .await?;
    let mut waiting = portal.uses.waiting();
    for (id, at) in noted {
        // It may have been used again meanwhile.
        if waiting.get(&id) == Some(&at) {
            waiting.remove(&id);
        }
    }
    Ok(())
}
