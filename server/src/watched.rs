//! A child process that does not outlive this one.
//!
//! It runs below a small shell that holds the other end of a pipe of ours. However we end, SIGKILL included,
//! the pipe ends with us, and the shell stops the child. A parent-death signal would do less: it fires when
//! the *thread* that spawned the child ends, and asking for it takes code between fork and exec.

use std::{
    io,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};

/// What the shell does: run the child, wait for either end, pass the child's status on. The reader waits for
/// the pipe to close: nothing is ever written to it.
const WATCH: &str = r#"
signal=$1; shift
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
{ read -r nothing <&3; kill -s "$signal" "$child"; } 2>/dev/null &
reader=$!
exec 3<&-
wait "$child"
status=$?
kill "$reader" 2>/dev/null
exit "$status"
"#;

/// A child that is stopped when this is dropped, and when this process ends in whatever way.
#[derive(Debug)]
pub(crate) struct Watched {
    shell: Child,
}

/// The command that runs `program` watched; arguments, environment, user and output are the caller's to add.
/// `stop_with` is the signal that asks it to end, as `kill -s` names it.
///
/// It has a process group of its own: Ctrl-C in a terminal reaches us, and we stop the child in our order.
pub(crate) fn command(program: &Path, stop_with: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", WATCH, "watch", stop_with]).arg(program).stdin(Stdio::piped()).process_group(0);
    command
}

impl Watched {
    /// Starts what [`command`] prepared.
    pub(crate) fn spawn(mut command: Command) -> io::Result<Self> {
        Ok(Self { shell: command.spawn()? })
    }

    /// How the child ended, if it has.
    pub(crate) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.shell.try_wait()
    }

    /// Asks the child to end and waits for it; after `patience` it is killed.
    pub(crate) fn stop(&mut self, patience: Duration) -> io::Result<ExitStatus> {
        drop(self.shell.stdin.take());
        let asked = Instant::now();
        while asked.elapsed() < patience {
            if let Some(status) = self.ended()? {
                return Ok(status);
            }
            sleep(Duration::from_millis(10));
        }
        // Should it have ended in this very moment, there is no group to kill any more.
        let _ = kill_process_group(Pid::from_child(&self.shell), Signal::KILL);
        self.shell.wait()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Err(error) = self.stop(Duration::from_secs(30)) {
            tracing::error!(%error, "a child process could not be stopped");
        }
    }
}
