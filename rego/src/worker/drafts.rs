//! Workers for drafts: one job each, one message long, and gone when it is done.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;

use super::Failure;
use super::cage::Config;
use super::frame::JOB;
use super::process::{Lost, Worker};

/// Why a job came to nothing, and where it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{failure}")]
pub struct Overrun {
    pub failure: Failure,
    /// What the job had noted last when its worker died; empty otherwise.
    pub note: Vec<u8>,
}

impl From<Failure> for Overrun {
    fn from(failure: Failure) -> Self {
        Self { failure, note: Vec::new() }
    }
}

pub struct Drafts {
    config: Config,
    turns: Semaphore,
    waiting: AtomicUsize,
}

/// Counts one who waits for a turn, for as long as it lives.
struct Place<'a>(&'a AtomicUsize);

impl Drafts {
    pub fn new(config: Config) -> Self {
        let turns = Semaphore::new(config.workers);
        Self { config, turns, waiting: AtomicUsize::new(0) }
    }

    /// Runs a job in a worker of its own. When the caller goes away, so does the worker.
    pub(crate) async fn run<J: Serialize, R: DeserializeOwned>(&self, job: &J) -> Result<R, Overrun> {
        let job = serde_json::to_vec(job).expect("a job is plain JSON");
        let limit = self.config.limits.input;
        if job.len() > limit {
            return Err(Failure::TooLarge { length: job.len(), limit }.into());
        }
        let _turn = self.turn().await?;
        let started = Worker::start(&self.config.program, &self.config.limits);
        let (worker, life) = started.map_err(|e| Failure::Crash(format!("no worker starts: {e}")))?;
        match worker.ask(JOB, &[], Bytes::from(job)).await {
            Ok((_, reply)) => Ok(serde_json::from_slice(&reply).map_err(|e| Failure::Crash(e.to_string()))?),
            Err(Lost::Guilty(failure)) => {
                tracing::warn!(%failure, "a job on drafts failed");
                Err(Overrun { failure, note: worker.last_note() })
            }
            Err(Lost::Innocent | Lost::Unsent) => {
                // It died before it took the job up; how it died is told by its limits or by its binary.
                _ = life.await;
                Err(Failure::Unavailable.into())
            }
        }
    }

    async fn turn(&self) -> Result<tokio::sync::SemaphorePermit<'_>, Failure> {
        let place = Place::take(&self.waiting, self.config.most_waiting)?;
        let turn = self.turns.acquire().await.expect("nobody closes it");
        drop(place);
        Ok(turn)
    }
}

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize, most: usize) -> Result<Self, Failure> {
        let place = Self(waiting);
        if waiting.fetch_add(1, Ordering::Relaxed) < most { Ok(place) } else { Err(Failure::Busy) }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
