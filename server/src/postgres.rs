//! The private Postgres: what the portal keeps its state in when nobody names a database.
//!
//! It is run from the programs installed on the machine, keeps its data below the portal's data folder, listens
//! on a socket in a folder that only its user may enter, and ends with us, in whatever way we end.
//! As root it runs as the user `postgres`, because Postgres refuses root.
//!
//! Invariant: one portal process has the data folder at a time; a lock says so, and a kill releases it.

mod left_over;
mod place;
mod programs;

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use self::{place::Place, programs::Programs};
use crate::watched::{self, Watched};

/// Migrates, and owns every table.
const OWNER: &str = "aegis_owner";
/// What the server signs in as: a member of `aegis_server`, which the migrations grant to, and owner of nothing.
const SERVING: &str = "aegis_portal";
const DATABASE: &str = "aegis";
/// Part of the socket's name only: nothing listens on a port.
const PORT: &str = "5432";
/// Longer than a start ever took; recovery after a crash can take this long.
const STARTS_WITHIN: Duration = Duration::from_secs(120);
/// A fast shutdown writes a checkpoint first.
const STOPS_WITHIN: Duration = Duration::from_secs(60);

/// A Postgres of our own, up and ready; dropping it stops it.
#[derive(Debug)]
pub struct Postgres {
    server: Watched,
    place: Place,
    /// Held, not read: no second portal process takes the same data folder.
    _lock: File,
}

impl Postgres {
    /// Starts the Postgres of this data folder, made first where there is none, and waits until it answers.
    ///
    /// Blocks for about a second the first time and a quarter of one later. A Postgres left running there by a
    /// killed portal is stopped and started again, so that it is never without somebody who stops it.
    ///
    /// # Errors
    /// When there are no Postgres programs, another portal runs on the folder, or Postgres does not start; the
    /// last lines of its log are in the message.
    pub fn start(data_dir: &Path) -> Result<Self> {
        let place = Place::below(data_dir)?;
        let lock = place.lock()?;
        let programs = Programs::find(place.version()?.as_deref())?;
        left_over::clear(&place)?;
        if place.version()?.is_none() {
            make_cluster(&programs, &place)?;
        }
        let server = spawn(&programs, &place)?;
        let mut postgres = Self { server, place, _lock: lock };
        postgres.wait_until_it_answers()?;
        make_roles(&programs, &postgres.place)?;
        Ok(postgres)
    }

    /// For migrations: the role that owns the tables.
    #[must_use]
    pub fn owner_url(&self) -> String {
        self.url(OWNER)
    }

    /// For the server: a role that owns nothing.
    #[must_use]
    pub fn server_url(&self) -> String {
        self.url(SERVING)
    }

    /// Stops it, letting no transaction finish that is not at its commit, and waits until it is gone.
    pub fn stop(mut self) -> Result<()> {
        self.server.stop(STOPS_WITHIN).context("Postgres could not be stopped")?;
        Ok(())
    }

    /// A place's socket folder needs no escaping in a URL: see [`Place`].
    fn url(&self, role: &str) -> String {
        format!("postgres://{role}@localhost/{DATABASE}?host={}", self.place.socket.display())
    }

    fn wait_until_it_answers(&mut self) -> Result<()> {
        let started = Instant::now();
        loop {
            if let Some(status) = self.server.ended()? {
                bail!("Postgres ended ({status}):\n{}", self.place.end_of_log());
            }
            if self.place.says_ready() {
                return Ok(());
            }
            if started.elapsed() > STARTS_WITHIN {
                bail!("Postgres does not answer after {STARTS_WITHIN:?}:\n{}", self.place.end_of_log());
            }
            sleep(Duration::from_millis(25));
        }
    }
}

/// Makes the cluster aside and then renames it: a crash leaves none, or a whole one.
fn make_cluster(programs: &Programs, place: &Place) -> Result<()> {
    let unfinished = place.base.join("data.new");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    // Who reaches the socket is settled by its folder, so nobody has a password.
    let made = place
        .dressed(Command::new(programs.path("initdb")))
        .args(["--username", OWNER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8"])
        .args(["--no-instructions", "--pgdata"])
        .arg(&unfinished)
        .output()?;
    if !made.status.success() {
        bail!("initdb failed: {}", String::from_utf8_lossy(&made.stderr));
    }
    fs::rename(&unfinished, &place.data)?;
    Ok(())
}

fn spawn(programs: &Programs, place: &Place) -> Result<Watched> {
    let log = place.new_log()?;
    // SIGINT is Postgres' fast shutdown (its manual, "Shutting Down the Server").
    let mut command = place.dressed(watched::command(&programs.path("postgres"), "INT"));
    command
        .arg("-D")
        .arg(&place.data)
        .arg("-k")
        .arg(&place.socket)
        .args(["-p", PORT, "-c", "listen_addresses=", "-c", "timezone=UTC", "-c", "log_timezone=UTC"])
        .stdout(log.try_clone()?)
        .stderr(log);
    Watched::spawn(command).context("Postgres could not be started")
}

/// Makes what is missing of the database and the serving role. The migrations grant to `aegis_server`, and make
/// it too where they run on a database that is not ours.
fn make_roles(programs: &Programs, place: &Place) -> Result<()> {
    let script = format!(
        "select 'create database {DATABASE}'
            where not exists (select from pg_database where datname = '{DATABASE}') \\gexec
         select 'create role aegis_server nologin'
            where not exists (select from pg_roles where rolname = 'aegis_server') \\gexec
         select 'create role {SERVING} login in role aegis_server'
            where not exists (select from pg_roles where rolname = '{SERVING}') \\gexec\n"
    );
    let mut psql = asks(programs, place, "psql")
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", "postgres"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    psql.stdin.take().expect("it was asked for").write_all(script.as_bytes())?;
    let done = psql.wait_with_output()?;
    if !done.status.success() {
        bail!("the database could not be prepared: {}", String::from_utf8_lossy(&done.stderr));
    }
    Ok(())
}

/// A client program of Postgres, set to ask this server as the owner.
fn asks(programs: &Programs, place: &Place, program: &str) -> Command {
    let mut command = place.dressed(Command::new(programs.path(program)));
    command.arg("-h").arg(&place.socket).args(["-p", PORT, "-U", OWNER]);
    command
}
