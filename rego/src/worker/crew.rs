//! The workers of one release, each with a seat that is filled again when its worker dies.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::cage::Config;
use super::frame::LOAD;
use super::process::{Lost, Outcome, Worker};
use super::{Failure, Release};

const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A worker that grows again within this time is let be: what grows it are its requests, and loading costs more.
const SETTLED: Duration = Duration::from_secs(1);

/// The workers of one release.
pub(super) struct Crew {
    config: Config,
    release: Bytes,
    seats: Vec<Seat>,
    /// A worker for those that are tried again, one at a time.
    alone: tokio::sync::Mutex<Option<Worker>>,
    filled: Notify,
    /// Workers that were replaced because they had grown.
    outgrown: Arc<AtomicU64>,
}

/// Empty while a dead worker is being replaced.
type Seat = Mutex<Option<Arc<Worker>>>;

impl Crew {
    pub(super) async fn start(
        config: Config,
        release: &Release,
        outgrown: Arc<AtomicU64>,
    ) -> Result<Arc<Self>, Failure> {
        let release = Bytes::from(serde_json::to_vec(release).expect("a release is plain JSON"));
        let seats = (0..config.workers).map(|_| Seat::default()).collect();
        let crew = Arc::new(Self {
            config,
            release,
            seats,
            alone: tokio::sync::Mutex::default(),
            filled: Notify::new(),
            outgrown,
        });
        let mut lives = Vec::new();
        for seat in 0..crew.seats.len() {
            let (worker, life) = crew.worker().await?;
            lives.push((seat, life, worker.grown()));
            crew.seat(seat).replace(Arc::new(worker));
        }
        // Only now, so that a release that does not load leaves nothing behind that would try again.
        for (seat, life, grown) in lives {
            tokio::spawn(keep(Arc::downgrade(&crew), seat, life, grown));
        }
        Ok(crew)
    }

    fn seat(&self, seat: usize) -> MutexGuard<'_, Option<Arc<Worker>>> {
        self.seats[seat].lock().expect("nothing panics while it holds this lock")
    }

    /// A new worker that has the release loaded.
    async fn worker(&self) -> Result<(Worker, JoinHandle<()>), Failure> {
        let (worker, life) = Worker::start(&self.config.program, &self.config.limits)
            .map_err(|e| Failure::Crash(e.to_string()))?;
        match worker.ask(LOAD, &[], self.release.clone()).await {
            Ok(_) => Ok((worker, life)),
            Err(lost) => {
                drop(worker);
                _ = life.await;
                Err(if let Lost::Guilty(failure) = lost { failure } else { Failure::Unavailable })
            }
        }
    }

    pub(super) async fn least_busy(&self) -> Result<Arc<Worker>, Failure> {
        let deadline = Instant::now() + self.config.limits.wall;
        loop {
            let filled = self.filled.notified();
            let found = (0..self.seats.len())
                .filter_map(|seat| self.seat(seat).clone())
                .filter(|worker| worker.is_open())
                .min_by_key(|worker| worker.load());
            match found {
                Some(worker) if worker.load() > self.config.most_waiting => return Err(Failure::Busy),
                Some(worker) => return Ok(worker),
                None => tokio::time::timeout_at(deadline.into(), filled)
                    .await
                    .map_err(|_| Failure::Unavailable)?,
            }
        }
    }

    /// One more try for a request that waited at a worker that died of another one.
    pub(super) async fn alone(&self, kind: u8, prefix: &[u8], body: Bytes) -> Outcome {
        let mut place = self.alone.lock().await;
        let worker = match place.take().filter(Worker::is_open) {
            Some(worker) => worker,
            // That no worker starts is not this request's doing.
            None => self.worker().await.map_err(|_| Lost::Innocent)?.0,
        };
        let outcome = worker.ask(kind, prefix, body).await;
        if worker.is_open() {
            *place = Some(worker);
        }
        outcome
    }
}

/// Fills a seat again whenever its worker dies or has grown, for as long as the crew is wanted.
async fn keep(crew: Weak<Crew>, seat: usize, mut life: JoinHandle<()>, mut grown: Arc<Notify>) {
    let mut filled_at = Instant::now();
    loop {
        let died = tokio::select! {
            _ = &mut life => true,
            () = grown.notified() => false,
        };
        if !died && filled_at.elapsed() < SETTLED {
            continue;
        }
        let mut pause = SHORTEST_PAUSE;
        (life, grown) = loop {
            let Some(crew) = crew.upgrade() else { return };
            // One that has grown goes on until there is another, and answers what it was asked by then.
            if died {
                crew.seat(seat).take();
            }
            match crew.worker().await {
                Ok((worker, life)) => {
                    let grown = worker.grown();
                    crew.seat(seat).replace(Arc::new(worker));
                    crew.filled.notify_waiters();
                    crew.outgrown.fetch_add(u64::from(!died), Ordering::Relaxed);
                    break (life, grown);
                }
                Err(failure) => {
                    tracing::warn!(%failure, "no new worker starts");
                    drop(crew);
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        };
        filled_at = Instant::now();
    }
}
