//! What a killed portal, or a killed Postgres, left in the data folder.

use std::{
    fs,
    io::{self, ErrorKind},
    path::Path,
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use super::{PORT, Place, STOPS_WITHIN};

/// Stops what still runs of a Postgres on our data, and removes the marks of one that does not.
///
/// The caller holds the folder's lock, so whoever runs there has lost its portal. Postgres itself would take any
/// process that has the old number by now for the old server, and refuse to start.
pub(super) fn clear(place: &Place) -> Result<()> {
    let mark = place.mark();
    // Without /proc we cannot tell, and leave the judgement to Postgres.
    if !mark.exists() || !Path::new("/proc/self/cwd").exists() {
        return Ok(());
    }
    stop_all_in(&place.data, pid_in(&mark)?)?;
    remove(&mark)?;
    for name in [format!(".s.PGSQL.{PORT}"), format!(".s.PGSQL.{PORT}.lock")] {
        remove(&place.socket.join(name))?;
    }
    Ok(())
}

/// The first line is the server's process number (Postgres' `pidfile.h`).
fn pid_in(mark: &Path) -> Result<Option<Pid>> {
    match fs::read_to_string(mark) {
        Ok(text) => Ok(text.lines().next().and_then(|line| line.trim().parse().ok()).and_then(Pid::from_raw)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", mark.display())),
    }
}

/// Returns when nobody works in the data any more. The server is asked for a fast shutdown; the processes that it
/// started and that outlived it would keep a new server off their shared memory, and have nothing to finish.
fn stop_all_in(data: &Path, server: Option<Pid>) -> Result<()> {
    let asked = Instant::now();
    loop {
        let working = who_works_in(data)?;
        if working.is_empty() {
            return Ok(());
        }
        if asked.elapsed() > STOPS_WITHIN {
            bail!("the Postgres that an earlier portal left running does not stop: processes {working:?}");
        }
        let (asks, whom) = match server.filter(|server| working.contains(server)) {
            Some(server) => (Signal::INT, vec![server]),
            None => (Signal::QUIT, working),
        };
        for process in whom {
            // It may be gone by now, which is as good.
            let _ = kill_process(process, asks);
        }
        sleep(Duration::from_millis(50));
    }
}

/// Postgres and its children work in the data folder from their first moment on, and nothing else does.
fn who_works_in(data: &Path) -> Result<Vec<Pid>> {
    let processes = fs::read_dir("/proc").context("the processes cannot be listed")?;
    Ok(processes
        .flatten()
        .filter(|process| fs::read_link(process.path().join("cwd")).is_ok_and(|folder| folder == data))
        .filter_map(|process| process.file_name().to_str()?.parse().ok().and_then(Pid::from_raw))
        .collect())
}

fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
