//! One run of a program under limits.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process_group, prlimit};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

use crate::report::{Check, Fault, Outcome};

/// How long a run may take, and how much it may use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    wall: Duration,
    /// Seconds of processor time.
    cpu: u64,
}

impl Limits {
    pub(super) const SHORT: Self = Self { wall: Duration::from_secs(20), cpu: 10 };
    pub(super) const LONG: Self = Self { wall: Duration::from_secs(120), cpu: 90 };
}

/// Bytes of private memory. Go reserves address space far ahead of what it uses, so that is not what is limited.
const MEMORY: u64 = 1536 << 20;
/// Bytes of a file that it writes; it has no business to write any.
const FILE: u64 = 16 << 20;
/// Bytes of each of its two streams.
const OUTPUT: u64 = 32 << 20;

/// What a program said, and how it ended.
pub(super) struct Run {
    pub(super) status: ExitStatus,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

/// Why a program gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("it could not be started: {0}")]
    Start(#[from] std::io::Error),
    #[error("it took longer than {} s", .0.as_secs())]
    Time(Duration),
    #[error("it said more than {} MiB", OUTPUT >> 20)]
    Output,
    /// Out of processor time or memory, or killed from outside.
    #[error("it died: {0}")]
    Died(String),
    #[error("{0}")]
    Refused(String),
}

impl Run {
    /// What it died of. Go exits with 2 when it has no memory left, as `opa test` does when a test fails.
    fn death(&self) -> Option<String> {
        let first = String::from_utf8_lossy(&self.stderr[..self.stderr.len().min(200)]).into_owned();
        let crash = ["fatal error: ", "panic: ", "runtime: "].iter().any(|word| first.starts_with(word));
        let line = first.lines().next().unwrap_or_default();
        (crash || self.status.code().is_none()).then(|| format!("{} {line}", self.status).trim().to_owned())
    }

    /// What it said last, short enough for a person.
    pub(super) fn words(&self) -> String {
        let said = if self.stderr.is_empty() { &self.stdout } else { &self.stderr };
        String::from_utf8_lossy(said).trim().chars().take(2000).collect()
    }
}

impl RunError {
    /// Someone's Rego that ran out of a limit failed its check; a program that could not be started did not run it.
    pub(super) fn outcome(&self, check: Check) -> Outcome {
        let reason = format!("opa: {self}");
        match self {
            Self::Start(_) | Self::Refused(_) => Outcome::NotRun { check, reason },
            Self::Time(_) | Self::Output | Self::Died(_) => Outcome::Failed {
                check,
                faults: vec![Fault { check, file: String::new(), line: None, rule: None, reason }],
            },
        }
    }
}

/// Runs it in a folder, with nothing of our environment, and kills it with all its children when it overruns.
pub(super) async fn run(
    program: &Path,
    folder: &Path,
    arguments: &[&str],
    limits: Limits,
) -> Result<Run, RunError> {
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let mut group = Group(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)));
    group.limit(limits.cpu)?;
    let ran = tokio::time::timeout(limits.wall, listen(&mut child)).await;
    let run = ran.map_err(|_| RunError::Time(limits.wall))??;
    // It has been waited for: its number may be another's by now.
    group.0 = None;
    match run.death() {
        Some(reason) => Err(RunError::Died(reason)),
        None => Ok(run),
    }
}

async fn listen(child: &mut Child) -> Result<Run, RunError> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (stdout, stderr) = tokio::try_join!(hear(stdout), hear(stderr))?;
    Ok(Run { status: child.wait().await?, stdout, stderr })
}

async fn hear(stream: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, RunError> {
    let mut said = Vec::new();
    let stream = stream.expect("both streams are pipes");
    stream.take(OUTPUT + 1).read_to_end(&mut said).await?;
    if said.len() as u64 > OUTPUT { Err(RunError::Output) } else { Ok(said) }
}

/// The process group of a child that has not been waited for; it does not outlive this.
struct Group(Option<Pid>);

impl Group {
    fn limit(&self, cpu: u64) -> std::io::Result<()> {
        for (resource, most) in
            [(Resource::Cpu, cpu), (Resource::Data, MEMORY), (Resource::Fsize, FILE), (Resource::Core, 0)]
        {
            let limit = Rlimit { current: Some(most), maximum: Some(most) };
            match prlimit(self.0, resource, limit) {
                // One that is over already needs no limits.
                Ok(_) | Err(rustix::io::Errno::SRCH) => {}
                Err(e) => return Err(e.into()),
            }
        }
        Ok(())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Nobody is left of most groups; that is no error.
        if let Some(pid) = self.0 {
            _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn shell(script: &str) -> Result<Run, RunError> {
        // A busy machine may give it its second of processor time only in many.
        let limits = Limits { wall: Duration::from_secs(60), cpu: 1 };
        run(Path::new("/bin/sh"), Path::new("/"), &["-c", script], limits).await
    }

    #[tokio::test]
    async fn a_program_that_takes_too_long_is_killed_with_its_children() {
        let limits = Limits { wall: Duration::from_millis(300), cpu: 1 };
        let folder = tempfile::tempdir().unwrap();
        let script = "(sleep 1; echo late > late) & sleep 60";
        let ran = run(Path::new("/bin/sh"), folder.path(), &["-c", script], limits).await;
        assert!(matches!(ran, Err(RunError::Time(_))));
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert!(!folder.path().join("late").exists(), "no child goes on");
    }

    #[tokio::test]
    async fn a_program_that_uses_up_its_limits_dies_of_it() {
        assert!(matches!(shell("while :; do :; done").await, Err(RunError::Died(_))));
        assert!(matches!(shell("exec cat /dev/zero").await, Err(RunError::Output)));
        let folder = tempfile::tempdir().unwrap();
        let script = "exec dd if=/dev/zero of=big bs=1M count=64";
        let ran = run(Path::new("/bin/sh"), folder.path(), &["-c", script], Limits::SHORT).await;
        assert!(matches!(ran, Err(RunError::Died(_))));
        assert_eq!(std::fs::metadata(folder.path().join("big")).unwrap().len(), FILE);
    }

    #[tokio::test]
    async fn a_program_gets_nothing_of_our_environment() {
        let ran = shell("exec /usr/bin/env").await.unwrap();
        let said = String::from_utf8(ran.stdout).unwrap();
        assert!(
            said.lines()
                .all(|line| ["PWD=", "_=", "SHLVL=", "OLDPWD="].iter().any(|own| line.starts_with(own))),
            "{said}"
        );
    }

    #[tokio::test]
    async fn what_is_no_program_could_not_be_started() {
        let ran = run(Path::new("/nowhere"), Path::new("/"), &[], Limits::SHORT).await;
        assert!(matches!(ran, Err(RunError::Start(_))));
    }
}
