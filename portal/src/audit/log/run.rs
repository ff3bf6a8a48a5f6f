//! The log's jobs, for as long as the program runs.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::sleep;

use super::{Part, checkpoint, look, sequence, verify, window::last};
use crate::{Error, Portal, Result};

/// Entries wait so long at most before they are given their places.
const TURN: Duration = Duration::from_secs(1);
/// Between two batches of very many: others have work to do, too.
const BREATH: Duration = Duration::from_millis(20);
/// How often a server looks whether anything is missing; while something is, it waits for the restore to be recorded.
const LOOKS: TimeDelta = TimeDelta::seconds(60);
const LOOKS_AGAIN: TimeDelta = TimeDelta::seconds(5);
const VERIFIES: [(Part, TimeDelta); 2] =
    [(Part::Whole, TimeDelta::hours(1)), (Part::Newest, TimeDelta::minutes(1))];

impl Portal {
    /// Builds the log and signs its checkpoints.
    pub async fn keep_log(self) {
        let mut looked = None;
        loop {
            if let Err(error) = turn(&self, &mut looked).await {
                tracing::warn!(%error, "the audit's log does not go on");
            }
            sleep(TURN).await;
        }
    }

    /// Verifies the log: its newest part each minute, all of it each hour. Of several servers one does it.
    pub async fn keep_log_verified(self) {
        loop {
            sleep(TURN).await;
            for (part, each) in VERIFIES {
                if let Err(error) = verified(&self, part, each).await {
                    tracing::warn!(%error, %part, "the audit's log could not be verified");
                }
            }
        }
    }
}

async fn turn(portal: &Portal, looked: &mut Option<DateTime<Utc>>) -> Result<()> {
    let (now, each) = (portal.now(), if portal.standing.is_read_only() { LOOKS_AGAIN } else { LOOKS });
    if looked.is_none_or(|looked| now - looked >= each) {
        look(portal).await?;
        *looked = Some(now);
    }
    match grown(portal).await {
        // Whoever met this knows why; the next look tells everybody else.
        Err(Error::ReadOnly) => look(portal).await.map(drop),
        done => done,
    }
}

async fn grown(portal: &Portal) -> Result<()> {
    while sequence(portal).await? > 0 {
        checkpoint(portal, false).await?;
        sleep(BREATH).await;
    }
    if !portal.standing.is_read_only() {
        checkpoint(portal, false).await?;
    }
    Ok(())
}

async fn verified(portal: &Portal, part: Part, each: TimeDelta) -> Result<()> {
    let at = last(portal, part).await?;
    if at.is_none_or(|at| portal.now() - at >= each) {
        verify(portal, part).await?;
    }
    Ok(())
}
