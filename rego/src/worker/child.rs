//! The child: sets its own limits first thing, then answers, one request after the other.

use std::io::{self, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::exit;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use rustix::stdio;

use super::engine::Rego;
use super::frame::{self, EVALUATE, EXPLAIN, FAILURE, GROWN, HEAD, Head, JOB, LOAD, UNDEFINED, VALUE};
use super::recorder::mark;
use super::room::Room;
use super::{Failure, Limits};
use crate::check;

/// The argument that makes a binary a worker. Not for people, so not in any help text.
pub(super) const HIDDEN: &str = "--rego-worker";

/// To be called first in `main`, before any thread or runtime: in a worker it does not return.
pub fn become_worker_if_asked() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some(HIDDEN) {
        let limits = arguments.next().expect("who starts a worker gives it its limits");
        work(&serde_json::from_str(&limits).expect("limits are written by this same binary"));
    }
}

/// The `rego-worker` that stands beside the running test, for crates whose tests have no binary of their own.
/// `cargo build -p rego --features engine --bin rego-worker` puts it there; the variable `REGO_WORKER` names
/// another one.
///
/// # Panics
///
/// When there is none.
pub fn program_for_tests() -> PathBuf {
    let named = std::env::var_os("REGO_WORKER").map(PathBuf::from);
    let test = std::env::current_exe().expect("a running program has a path");
    let found = named
        .or_else(|| test.ancestors().skip(1).map(|folder| folder.join("rego-worker")).find(|p| p.is_file()));
    found.expect("run: cargo build -p rego --features engine --bin rego-worker")
}

fn work(limits: &Limits) -> ! {
    let socket = stdio::stdin().try_clone_to_owned().expect("standard input is the socket to who asks");
    let socket = UnixStream::from(socket);
    let room = Room::of(limits.memory).expect("Linux tells a process what it has mapped");
    confine(limits, &room).expect("a process may always lower its own limits");
    let limits = limits.clone();
    std::thread::Builder::new()
        .stack_size(limits.stack)
        .spawn(move || {
            let served = catch_unwind(AssertUnwindSafe(|| serve(&socket, &limits, room)));
            exit(if matches!(served, Ok(Ok(()))) { 0 } else { 101 })
        })
        .expect("one thread fits into the limits");
    // A worker outlives who asks by nothing: an endless evaluation would not see the socket close.
    loop {
        let mut server = [PollFd::from_borrowed_fd(stdio::stdin(), PollFlags::empty())];
        if poll(&mut server, None).is_ok_and(|n| n > 0) {
            std::thread::sleep(Duration::from_millis(100));
            exit(0);
        }
    }
}

fn confine(limits: &Limits, room: &Room) -> io::Result<()> {
    let set = |resource, most| setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
    set(Resource::As, room.most())?;
    set(Resource::Core, 0)?;
    if let Some(seconds) = limits.cpu {
        // The soft limit names its reason in the signal; the hard one would only kill.
        setrlimit(Resource::Cpu, Rlimit { current: Some(seconds), maximum: Some(seconds + 1) })?;
    }
    // Those open now, and no more: no file, no connection.
    set(Resource::Nofile, 5)?;
    rustix::thread::set_no_new_privs(true)?;
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}

fn serve(socket: &UnixStream, limits: &Limits, mut room: Room) -> io::Result<()> {
    let mut requests = BufReader::with_capacity(64 << 10, socket);
    let mut replies = Replies { socket, limits, buffer: Vec::new(), last: 0, oldest: Instant::now() };
    let (mut payload, mut rego) = (Vec::new(), None);
    loop {
        if !frame::whole(requests.buffer()) || replies.are_due() {
            replies.flush()?;
        }
        let Some(head) = Head::read(&mut requests, &mut payload)? else { return Ok(()) };
        mark(head.id)?;
        let begun = Instant::now();
        replies.add(head.id, |reply| match (head.kind, &mut rego) {
            (LOAD, _) => {
                rego = Some(Rego::load(&payload, limits)?);
                room.loaded().map_err(|e| Failure::Crash(e.to_string()))?;
                Ok(UNDEFINED)
            }
            (kind @ (EVALUATE | EXPLAIN), Some(rego)) => rego.evaluate(&payload, kind == EXPLAIN, reply),
            (JOB, _) => check::work(&payload, limits, reply).map(|()| VALUE),
            _ => Err(Failure::Unavailable),
        });
        if room.is_short(begun.elapsed()) {
            replies.say_grown();
        }
    }
}

/// Replies that wait to be written together: a write for each would cost more than most evaluations.
struct Replies<'a> {
    socket: &'a UnixStream,
    limits: &'a Limits,
    buffer: Vec<u8>,
    /// Where in the buffer the last reply starts.
    last: usize,
    oldest: Instant,
}

impl Replies<'_> {
    fn are_due(&self) -> bool {
        self.buffer.len() > 64 << 10 || self.oldest.elapsed() > Duration::from_micros(500)
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut socket = self.socket;
        socket.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    /// Says so in the reply that was added last.
    fn say_grown(&mut self) {
        self.buffer[self.last + HEAD - 1] |= GROWN;
    }

    /// Adds a whole frame: what `answer` writes, or its failure.
    fn add(&mut self, id: u64, answer: impl FnOnce(&mut Vec<u8>) -> Result<u8, Failure>) {
        if self.buffer.is_empty() {
            self.oldest = Instant::now();
        }
        let start = self.buffer.len();
        self.last = start;
        self.buffer.resize(start + HEAD, 0);
        let answered = answer(&mut self.buffer);
        let (length, limit) = (self.buffer.len() - start - HEAD, self.limits.reply);
        let too_large = if length > limit { Err(Failure::TooLarge { length, limit }) } else { Ok(()) };
        let kind = answered.and_then(|kind| too_large.map(|()| kind)).unwrap_or_else(|failure| {
            self.buffer.truncate(start + HEAD);
            serde_json::to_writer(&mut self.buffer, &failure).expect("a failure is plain JSON");
            FAILURE
        });
        let length = self.buffer.len() - start - HEAD;
        self.buffer[start..start + HEAD].copy_from_slice(&Head { length, id, kind }.to_bytes());
    }
}
