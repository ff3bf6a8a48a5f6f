//! What is told through the database, on whichever server it was: one connection of this process hears it for all.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{
    PgConnection,
    postgres::{PgListener, PgNotification},
};
use tokio::{
    sync::{broadcast, watch},
    time::{sleep, timeout},
};

use super::{Kind, pace::Pace};
use crate::{
    Environment, Portal, Result,
    access::door::{CHANGE_CHANNEL, RELOAD_CHANNEL, SHELF_CHANNEL},
};

/// After so long without a word it is asked whether the connection still stands: one that was cut says nothing.
const QUIET: Duration = Duration::from_secs(3);
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);
/// Between two tries to listen, doubled at each, up to the longest.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// What a slow reader may have before it; beyond it, it is told that it missed something.
const MOST_BEFORE_ONE: usize = 256;
/// Changes that are remembered for pages that were made before they could listen.
const REMEMBERED: usize = 256;
/// A page's data may have been read a little before the moment that it says it is of.
const SLACK: TimeDelta = TimeDelta::seconds(1);

/// What the database told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// What OPA is served may have changed.
    Shelf,
    /// The held polls of an environment are to be answered.
    Reload(Environment),
    /// Something of a kind has changed; the number grows with each.
    Change(Kind, u64),
    /// Listening begins, here or anew: anything may have been told before.
    Anything,
    /// Nothing is heard from here on, until [`Heard::Anything`].
    Nothing,
}

/// What this process has heard. It is filled by [`Portal::keep_hearing`].
pub(crate) struct Hearing {
    told: broadcast::Sender<Heard>,
    hears: watch::Sender<bool>,
    recent: Mutex<Recent>,
}

/// The newest changes, whole from a moment on.
#[derive(Default)]
struct Recent {
    /// None while nothing is heard.
    whole_from: Option<DateTime<Utc>>,
    changes: VecDeque<(DateTime<Utc>, Kind, u64)>,
    number: u64,
}

impl Default for Hearing {
    fn default() -> Self {
        Self {
            told: broadcast::Sender::new(MOST_BEFORE_ONE),
            hears: watch::Sender::new(false),
            recent: Mutex::default(),
        }
    }
}

impl Hearing {
    fn begin(&self, now: DateTime<Utc>) {
        {
            let mut recent = self.recent();
            recent.changes.clear();
            recent.whole_from = Some(now);
        }
        self.hears.send_replace(true);
        self.tell(Heard::Anything);
    }

    fn end(&self) {
        self.recent().whole_from = None;
        self.hears.send_replace(false);
        self.tell(Heard::Nothing);
    }

    fn change(&self, kind: Kind, now: DateTime<Utc>) {
        let number = self.recent().remember(kind, now);
        self.tell(Heard::Change(kind, number));
    }

    /// Nobody may be there to hear it.
    fn tell(&self, heard: Heard) {
        let _ = self.told.send(heard);
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().expect("nothing panics while it holds this lock")
    }
}

impl Recent {
    fn remember(&mut self, kind: Kind, now: DateTime<Utc>) -> u64 {
        self.number += 1;
        if self.changes.len() == REMEMBERED {
            self.whole_from = self.changes.pop_front().map(|(at, ..)| at);
        }
        self.changes.push_back((now, kind, self.number));
        self.number
    }

    /// What has changed since; none where that is not known.
    fn since(&self, at: DateTime<Utc>) -> Option<Vec<(Kind, u64)>> {
        // It comes from outside, and may lie at the beginning of all time.
        let at = at.checked_sub_signed(SLACK)?;
        self.whole_from.filter(|from| *from <= at)?;
        Some(
            self.changes
                .iter()
                .filter(|(then, ..)| *then >= at)
                .map(|(_, kind, number)| (*kind, *number))
                .collect(),
        )
    }
}

impl Portal {
    /// Hears what is told through the database, for as long as the program runs.
    pub async fn keep_hearing(self) {
        let mut pause = PAUSE;
        loop {
            // A pooler may let nobody listen: then nothing is heard, and whoever asks knows it.
            if let Ok(listener) = self.listen().await {
                self.hearing.begin(self.now());
                self.hear(listener).await;
                self.hearing.end();
                pause = PAUSE;
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Everything that is heard from here on.
    pub fn heard(&self) -> broadcast::Receiver<Heard> {
        self.hearing.told.subscribe()
    }

    /// Whether anything would be heard just now.
    pub fn hears(&self) -> bool {
        *self.hearing.hears.borrow()
    }

    /// What has changed since a moment; none where that is not known.
    pub fn changed_since(&self, at: DateTime<Utc>) -> Option<Vec<(Kind, u64)>> {
        self.hearing.recent().since(at)
    }

    /// Tells the pages that this server serves of what every server sees by itself.
    pub(crate) fn tell_here(&self, kind: Kind) {
        self.hearing.change(kind, self.now());
    }

    /// Returns when the connection is lost.
    async fn hear(&self, mut listener: PgListener) {
        let mut decisions = Pace::default();
        loop {
            match timeout(decisions.due_in(Instant::now()).unwrap_or(QUIET), listener.try_recv()).await {
                Ok(Ok(Some(notice))) => {
                    if notice.channel() != CHANGE_CHANNEL || notice.payload() != Kind::Decision.to_string() {
                        self.pass_on(&notice);
                    } else if decisions.come(Instant::now()) {
                        self.tell_here(Kind::Decision);
                    }
                }
                // It was lost, and is there again already.
                Ok(Ok(None)) => self.hearing.begin(self.now()),
                Ok(Err(_)) => return,
                Err(_) if decisions.is_due(Instant::now()) => self.tell_here(Kind::Decision),
                Err(_quiet) => {
                    let asked = sqlx::query("select 1").execute(&mut listener);
                    if !matches!(timeout(ANSWERS_WITHIN, asked).await, Ok(Ok(_))) {
                        return;
                    }
                }
            }
        }
    }

    /// What cannot be read is of a later version: it means something to others.
    fn pass_on(&self, notice: &PgNotification) {
        match notice.channel() {
            SHELF_CHANNEL => self.hearing.tell(Heard::Shelf),
            RELOAD_CHANNEL => {
                if let Ok(environment) = notice.payload().parse() {
                    self.hearing.tell(Heard::Reload(environment));
                }
            }
            CHANGE_CHANNEL => {
                if let Ok(kind) = notice.payload().parse() {
                    self.hearing.change(kind, self.now());
                }
            }
            _ => {}
        }
    }
}

/// Tells all servers that something of these kinds has changed, once the transaction is permanent.
pub(crate) async fn tell(conn: &mut PgConnection, kinds: &[Kind]) -> Result<()> {
    let kinds: Vec<String> = kinds.iter().map(Kind::to_string).collect();
    sqlx::query!("select pg_notify($1, kind) from unnest($2::text[]) kind", CHANGE_CHANNEL, &kinds)
        .execute(conn)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};

    use super::{REMEMBERED, Recent, SLACK};
    use crate::live::Kind::{Exception, Release};

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn hearing_from(seconds: i64) -> Recent {
        Recent { whole_from: Some(at(seconds)), ..Recent::default() }
    }

    #[test]
    fn a_page_learns_what_changed_between_its_making_and_its_listening() {
        let mut recent = hearing_from(0);
        recent.remember(Exception, at(10));
        recent.remember(Release, at(20));
        assert_eq!(recent.since(at(30)), Some(vec![]));
        assert_eq!(recent.since(at(15)), Some(vec![(Release, 2)]));
        assert_eq!(
            recent.since(at(20) + SLACK),
            Some(vec![(Release, 2)]),
            "it may have been read a little before"
        );
        assert_eq!(recent.since(at(5)), Some(vec![(Exception, 1), (Release, 2)]));
    }

    #[test]
    fn what_may_have_been_missed_is_not_known() {
        assert_eq!(Recent::default().since(at(10)), None, "nothing is heard");
        assert_eq!(hearing_from(10).since(at(10)), None, "it was made before anything was heard");
        assert_eq!(hearing_from(0).since(DateTime::<Utc>::MIN_UTC), None, "nothing was before all time");
        let mut recent = hearing_from(0);
        for second in 0..=REMEMBERED as i64 {
            recent.remember(Exception, at(second));
        }
        assert_eq!(recent.since(at(0)), None, "the oldest is forgotten");
        assert_eq!(recent.since(at(1) + SLACK).map(|all| all.len()), Some(REMEMBERED));
    }
}
