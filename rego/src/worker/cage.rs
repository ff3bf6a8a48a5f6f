//! A release in force in several workers: requests spread over them, deaths made good, releases swapped.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use bytes::{Buf, Bytes};
use serde::Serialize;

use super::crew::Crew;
use super::frame::{EVALUATE, EXPLAIN, STRICT_ERROR, VALUE};
use super::overrun::Overruns;
use super::process::{Lost, Outcome, Reply};
use super::{Failure, Limits, Release};

const LONGEST_PATH: usize = 4096;

#[derive(Debug, Clone)]
pub struct Config {
    /// A binary whose `main` begins with `become_worker_if_asked`; by default the one that is running, even if
    /// its file has been replaced since.
    pub program: PathBuf,
    /// How many workers there are, or for drafts how many at once.
    pub workers: usize,
    pub limits: Limits,
    /// The weight (one a request, one more for each 4 KiB of body) that may wait at one worker; for drafts,
    /// how many jobs may wait for their turn.
    pub most_waiting: usize,
}

impl Default for Config {
    /// For releases in force.
    fn default() -> Self {
        let workers = std::thread::available_parallelism().map_or(2, usize::from);
        Self { program: "/proc/self/exe".into(), workers, limits: Limits::default(), most_waiting: 4096 }
    }
}

impl Config {
    /// For drafts: one worker a job, as many at once as there are processors.
    pub fn drafts() -> Self {
        Self { limits: Limits::drafts(), most_waiting: 64, ..Self::default() }
    }
}

/// The result as JSON, none if undefined, and where in the body the input stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub result: Option<Bytes>,
    pub input: Range<usize>,
    /// What `trace` said, where it was asked for.
    pub notes: Vec<String>,
}

/// What has happened to a cage since it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Requests that used up what their worker may use.
    pub deaths: u64,
    /// Requests that waited at a worker that died of another one, and were tried once more.
    pub retries: u64,
    /// Requests refused because their input had overrun twice.
    pub refusals: u64,
    /// Evaluations, of the one in a hundred run again with strict errors, in which a built-in failed unseen.
    pub strict_errors: u64,
    /// Workers replaced between two requests because they had grown.
    pub outgrown: u64,
}

pub struct Cage {
    config: Config,
    crew: RwLock<Option<Arc<Crew>>>,
    past: Arc<Past>,
}

/// What has happened so far. It outlives any one release.
#[derive(Default)]
struct Past {
    overruns: Overruns,
    deaths: AtomicU64,
    retries: AtomicU64,
    refusals: AtomicU64,
    strict_errors: AtomicU64,
    outgrown: Arc<AtomicU64>,
}

impl Cage {
    pub fn new(config: Config) -> Self {
        Self { config, crew: RwLock::default(), past: Arc::default() }
    }

    /// One for the next release, with nothing loaded yet. What overran this one is remembered there, and counted on.
    pub fn successor(&self) -> Self {
        Self { config: self.config.clone(), crew: RwLock::default(), past: Arc::clone(&self.past) }
    }

    /// Puts a release in force. It is loaded in fresh workers while the old ones go on; when it does not load,
    /// they stay.
    pub async fn load(&self, release: &Release) -> Result<(), Failure> {
        let crew = Crew::start(self.config.clone(), release, Arc::clone(&self.past.outgrown)).await?;
        let old = self.crew.write().expect("nothing panics while it holds this lock").replace(crew);
        // Requests in flight hold the old crew; its workers go when the last of them is answered.
        drop(old);
        Ok(())
    }

    /// Evaluates `path` (`a/b/c` for `data.a.b.c`) on a body of OPA's shape, `{"input": …}`.
    pub async fn evaluate(&self, path: &str, body: Bytes) -> Result<Answer, Failure> {
        self.answer_to(EVALUATE, path, body).await
    }

    /// The same, with the notes of `trace`.
    pub async fn explain(&self, path: &str, body: Bytes) -> Result<Answer, Failure> {
        self.answer_to(EXPLAIN, path, body).await
    }

    async fn answer_to(&self, kind: u8, path: &str, body: Bytes) -> Result<Answer, Failure> {
        for (length, limit) in [(body.len(), self.config.limits.input), (path.len(), LONGEST_PATH)] {
            if length > limit {
                return Err(Failure::TooLarge { length, limit });
            }
        }
        if self.past.overruns.refuse(path, &body) {
            self.past.refusals.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(path, "an input that overran twice is refused");
            return Err(Failure::Refused);
        }
        match self.ask(kind, path, &body).await {
            Ok(reply) => Ok(self.answer(kind, path, reply)),
            Err(Lost::Guilty(failure)) => {
                if failure.is_overrun() {
                    self.past.deaths.fetch_add(1, Ordering::Relaxed);
                    tracing::warn!(path, %failure, "a request overran its worker");
                    self.past.overruns.remember(path, &body);
                }
                Err(failure)
            }
            Err(Lost::Innocent | Lost::Unsent) => Err(Failure::Unavailable),
        }
    }

    pub fn counts(&self) -> Counts {
        let past = &self.past;
        let [deaths, retries, refusals, strict_errors] =
            [&past.deaths, &past.retries, &past.refusals, &past.strict_errors]
                .map(|n| n.load(Ordering::Relaxed));
        let outgrown = past.outgrown.load(Ordering::Relaxed);
        Counts { deaths, retries, refusals, strict_errors, outgrown }
    }

    /// In how many of the evaluations looked at (one in a hundred) a built-in failed unseen.
    pub fn strict_errors(&self) -> u64 {
        self.counts().strict_errors
    }

    async fn ask(&self, kind: u8, path: &str, body: &Bytes) -> Outcome {
        let crew = self.crew.read().expect("nothing panics while it holds this lock").clone();
        let crew = crew.ok_or(Lost::Unsent)?;
        let length = u16::try_from(path.len()).expect("it is at most LONGEST_PATH");
        let prefix = [&length.to_le_bytes(), path.as_bytes()].concat();
        loop {
            match crew.least_busy().await.map_err(Lost::Guilty)?.ask(kind, &prefix, body.clone()).await {
                Err(Lost::Unsent) => {}
                Err(Lost::Innocent) => {
                    self.past.retries.fetch_add(1, Ordering::Relaxed);
                    tracing::info!(path, "a request is tried again, since its worker died of another one");
                    return crew.alone(kind, &prefix, body.clone()).await;
                }
                other => return other,
            }
        }
    }

    fn answer(&self, asked: u8, path: &str, (kind, mut payload): Reply) -> Answer {
        if kind & STRICT_ERROR != 0 {
            self.past.strict_errors.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(path, "a built-in failed unseen in this evaluation");
        }
        let input = payload.get_u32_le() as usize..payload.get_u32_le() as usize;
        let notes = if asked == EXPLAIN {
            let length = payload.get_u32_le() as usize;
            serde_json::from_slice(&payload.split_to(length)).unwrap_or_default()
        } else {
            Vec::new()
        };
        Answer { result: (kind & !STRICT_ERROR == VALUE).then_some(payload), input, notes }
    }
}
