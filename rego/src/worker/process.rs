//! The asking end of one worker: what it was asked, whether it gets on, and what it died of.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, Command};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::child::HIDDEN;
use super::frame::{FAILURE, GROWN, HEAD, Head};
use super::recorder::FlightRecorder;
use super::{Failure, Limits};

/// The kind of a reply, and its payload.
pub(super) type Reply = (u8, Bytes);

/// What became of a request whose worker died.
#[derive(Debug)]
pub(super) enum Lost {
    /// The worker died of it.
    Guilty(Failure),
    /// The worker died of another one.
    Innocent,
    /// The worker was dead already.
    Unsent,
}

pub(super) type Outcome = Result<Reply, Lost>;

/// A frame to the worker: head and path, then the body, which is never copied.
type Frame = [Bytes; 2];

pub(super) struct Worker {
    frames: mpsc::UnboundedSender<Frame>,
    shared: Arc<Shared>,
    next: AtomicU64,
}

#[derive(Default)]
struct Shared {
    /// In the order they were sent, which is the order they are answered in.
    waiting: Mutex<VecDeque<Waiting>>,
    /// What is waiting, by weight: a big body takes its worker long.
    load: AtomicUsize,
    /// Where the worker was in its request when it died.
    last_note: Mutex<Vec<u8>>,
    /// Told at each reply that says that the worker has grown.
    grown: Arc<Notify>,
}

struct Waiting {
    id: u64,
    weight: usize,
    caller: oneshot::Sender<Outcome>,
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.waiting.lock().expect("nothing panics while it holds this lock")
    }

    /// Hands over what became of the oldest request.
    fn settle(&self, waiting: Waiting, outcome: Outcome) {
        self.load.fetch_sub(waiting.weight, Ordering::Relaxed);
        // A caller who has gone away is no reason to stop.
        _ = waiting.caller.send(outcome);
    }
}

impl Worker {
    /// Starts one; the handle ends when the process is dead and everybody who waited has been told.
    pub(super) fn start(program: &Path, limits: &Limits) -> io::Result<(Self, JoinHandle<()>)> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let recorder = FlightRecorder::new()?;
        let child = Command::new(program)
            .arg(HIDDEN)
            .arg(serde_json::to_string(limits).expect("limits are plain JSON"))
            .env_clear()
            // Allocators reserve address space ahead (mimalloc 1 GiB, glibc 128 MiB a thread), which counts as used.
            .env("MIMALLOC_ARENA_RESERVE", "16MiB")
            .env("MALLOC_ARENA_MAX", "1")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(recorder.handle()?)
            .stderr(recorder.handle()?)
            .kill_on_drop(true)
            .spawn()?;
        let (frames, queue) = mpsc::unbounded_channel();
        let shared = Arc::<Shared>::default();
        let life = tokio::spawn(live(
            child,
            UnixStream::from_std(ours)?,
            queue,
            Arc::clone(&shared),
            recorder,
            limits.clone(),
        ));
        Ok((Self { frames, shared, next: AtomicU64::new(0) }, life))
    }

    pub(super) fn is_open(&self) -> bool {
        !self.frames.is_closed()
    }

    pub(super) fn load(&self) -> usize {
        self.shared.load.load(Ordering::Relaxed)
    }

    /// Wakes whoever is to replace the worker when it has grown.
    pub(super) fn grown(&self) -> Arc<Notify> {
        Arc::clone(&self.shared.grown)
    }

    /// What the worker had noted when it died; empty while it lives, or when it had noted nothing.
    pub(super) fn last_note(&self) -> Vec<u8> {
        self.shared.last_note.lock().expect("nothing panics while it holds this lock").clone()
    }

    pub(super) async fn ask(&self, kind: u8, prefix: &[u8], body: Bytes) -> Outcome {
        let (caller, outcome) = oneshot::channel();
        let weight = 1 + body.len() / 4096;
        self.shared.load.fetch_add(weight, Ordering::Relaxed);
        {
            // Under one lock, so that the order in the queue is the order on the wire.
            let mut waiting = self.shared.waiting();
            let id = self.next.fetch_add(1, Ordering::Relaxed);
            let mut start = BytesMut::with_capacity(HEAD + prefix.len());
            start.extend_from_slice(&Head { length: prefix.len() + body.len(), id, kind }.to_bytes());
            start.extend_from_slice(prefix);
            waiting.push_back(Waiting { id, weight, caller });
            if self.frames.send([start.freeze(), body]).is_err() {
                waiting.pop_back();
                self.shared.load.fetch_sub(weight, Ordering::Relaxed);
                return Err(Lost::Unsent);
            }
        }
        outcome.await.unwrap_or(Err(Lost::Innocent))
    }
}

/// From the first frame to the burial.
async fn live(
    mut child: Child,
    socket: UnixStream,
    mut queue: mpsc::UnboundedReceiver<Frame>,
    shared: Arc<Shared>,
    recorder: FlightRecorder,
    limits: Limits,
) {
    let (from, to) = socket.into_split();
    let overran = tokio::select! {
        _ = write(to, &mut queue) => false,
        _ = read(from, &shared, limits.reply) => false,
        () = watch(&recorder, &shared, &limits) => true,
    };
    queue.close();
    // It may have closed its socket on its way out; then its own death says more than ours would.
    let died =
        tokio::time::timeout(if overran { Duration::ZERO } else { Duration::from_millis(500) }, child.wait())
            .await;
    let status = match died {
        Ok(status) => status,
        Err(_) => {
            _ = child.start_kill();
            child.wait().await
        }
    };
    let (guilty, cause) = (recorder.mark(), recorder.cause(status.ok(), overran));
    *shared.last_note.lock().expect("nothing panics while it holds this lock") = recorder.note();
    let left = std::mem::take(&mut *shared.waiting());
    for waiting in left {
        let outcome = Err(if waiting.id == guilty { Lost::Guilty(cause.clone()) } else { Lost::Innocent });
        shared.settle(waiting, outcome);
    }
}

/// Writes what is queued, all that there is at once; ends when nobody can ask any more.
async fn write(mut to: OwnedWriteHalf, queue: &mut mpsc::UnboundedReceiver<Frame>) -> io::Result<()> {
    let mut batch = Vec::with_capacity(64);
    while queue.recv_many(&mut batch, 64).await > 0 {
        let mut slices: Vec<_> = batch.iter().flatten().map(|part| IoSlice::new(part)).collect();
        let mut left = &mut slices[..];
        IoSlice::advance_slices(&mut left, 0);
        while !left.is_empty() {
            let written = to.write_vectored(left).await?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            IoSlice::advance_slices(&mut left, written);
        }
        drop(slices);
        batch.clear();
    }
    Ok(())
}

async fn read(mut from: OwnedReadHalf, shared: &Shared, most: usize) -> io::Result<()> {
    let mut buffer = BytesMut::with_capacity(64 << 10);
    while from.read_buf(&mut buffer).await? > 0 {
        while let Some(head) = Head::peek(&buffer) {
            // A worker that says more than it may is not to be believed in anything.
            if head.length > most.max(64 << 10) {
                return Err(io::ErrorKind::InvalidData.into());
            }
            if buffer.len() < HEAD + head.length {
                buffer.reserve(HEAD + head.length - buffer.len());
                break;
            }
            buffer.advance(HEAD);
            let payload = buffer.split_to(head.length).freeze();
            let Some(waiting) = shared.waiting().pop_front().filter(|waiting| waiting.id == head.id) else {
                return Err(io::Error::other("a reply to nobody"));
            };
            if head.kind & GROWN != 0 {
                shared.grown.notify_one();
            }
            let kind = head.kind & !GROWN;
            let failure = (kind == FAILURE)
                .then(|| serde_json::from_slice(&payload).unwrap_or_else(|e| Failure::Crash(e.to_string())));
            shared.settle(waiting, failure.map_or(Ok((kind, payload)), |failure| Err(Lost::Guilty(failure))));
        }
    }
    Ok(())
}

/// Returns when the worker has been at the same request for too long, or has not taken up any of those that wait.
async fn watch(recorder: &FlightRecorder, shared: &Shared, limits: &Limits) {
    let step = (limits.wall / 8).clamp(Duration::from_millis(5), Duration::from_millis(50));
    let mut last = (None, 0, Instant::now());
    loop {
        tokio::time::sleep(step).await;
        let oldest = shared.waiting().front().map(|waiting| waiting.id);
        let mark = recorder.mark();
        recorder.trim();
        if oldest.is_none() || (oldest, mark) != (last.0, last.1) {
            last = (oldest, mark, Instant::now());
        }
        // Request 0 is the load, or a job. A worker stops itself at the limit where it can; it gets a little longer
        // for that.
        let allowed = if oldest == Some(0) { limits.load } else { limits.wall + step };
        if last.2.elapsed() > allowed {
            return;
        }
    }
}
