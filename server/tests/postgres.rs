//! The private Postgres, for real: started, asked, stopped, killed, and found again.

#![expect(clippy::unwrap_used, reason = "a test fails by it, and says where")]

use std::{
    env, fs,
    io::{BufRead, BufReader, Read},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use rustix::process::geteuid;
use server::postgres::Postgres;
use tempfile::TempDir;

/// Set for a run of one of these tests in a process of its own: the data folder to hold until it is killed.
const HOLD: &str = "AEGIS_TEST_HOLD";

fn folder(mode: u32) -> TempDir {
    tempfile::Builder::new().permissions(fs::Permissions::from_mode(mode)).tempdir().unwrap()
}

fn ask(url: &str, sql: &str) -> Result<String, String> {
    let answer = Command::new("psql").args(["-X", "-At", "-c", sql, url]).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if answer.status.success() { Ok(text(&answer.stdout)) } else { Err(text(&answer.stderr)) }
}

/// The server of that data folder, from the mark that it keeps there.
fn server_of(data_dir: &Path) -> Option<u32> {
    let mark = fs::read_to_string(data_dir.join("postgres/data/postmaster.pid")).ok()?;
    mark.lines().next()?.parse().ok()
}

fn runs(process: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/stat"));
    status.is_ok_and(|text| !text.contains(") Z "))
}

fn wait_until(what: &str, mut it_is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !it_is_so() {
        assert!(since.elapsed() < Duration::from_secs(20), "{what}: not within 20 s");
        sleep(Duration::from_millis(20));
    }
}

/// This very test in a process of its own that starts a Postgres there and waits to be killed.
fn portal_holding(data_dir: &Path, test: &str) -> Child {
    let mut portal = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(HOLD, data_dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(portal.stdout.take().unwrap()).lines();
    assert!(
        lines.any(|line| line.unwrap().contains("it holds")),
        "the other process did not start its Postgres"
    );
    portal
}

fn hold_if_asked() {
    if let Some(data_dir) = env::var_os(HOLD) {
        let _postgres = Postgres::start(Path::new(&data_dir)).unwrap();
        println!("it holds");
        // Nothing is ever written: it returns when the test that asked has ended.
        let _ = std::io::stdin().read(&mut [0; 1]);
    }
}

#[test]
fn what_was_written_is_there_after_a_stop_and_a_start() {
    let dir = folder(0o755);
    let first = Postgres::start(dir.path()).unwrap();
    ask(&first.owner_url(), "create table kept (word text); insert into kept values ('still here')").unwrap();
    let process = server_of(dir.path()).unwrap();
    first.stop().unwrap();
    assert!(!runs(process));

    let again = Postgres::start(dir.path()).unwrap();
    assert_eq!(ask(&again.owner_url(), "select word from kept"), Ok("still here".into()));
}

#[test]
fn the_server_signs_in_as_a_role_that_owns_nothing() {
    let dir = folder(0o755);
    let postgres = Postgres::start(dir.path()).unwrap();
    let server = postgres.server_url();
    assert_eq!(
        ask(
            &server,
            "select current_user, pg_has_role('aegis_server', 'member'), rolsuper, rolcreaterole
            from pg_roles where rolname = current_user"
        ),
        Ok("aegis_portal|t|f|f".into())
    );
    ask(&postgres.owner_url(), "create table audit (line text); grant select on audit to aegis_server")
        .unwrap();
    assert_eq!(ask(&server, "select count(*) from audit"), Ok("0".into()));
    assert!(ask(&server, "drop table audit").unwrap_err().contains("must be owner"));
    assert!(ask(&server, "create table mine ()").unwrap_err().contains("permission denied"));
}

#[test]
fn nobody_else_gets_to_the_socket_and_nothing_listens_on_a_port() {
    let dir = folder(0o755);
    let postgres = Postgres::start(dir.path()).unwrap();
    assert_eq!(ask(&postgres.owner_url(), "show listen_addresses"), Ok(String::new()));
    assert_eq!(fs::metadata(dir.path().join("postgres")).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn two_portals_do_not_share_a_data_folder() {
    let dir = folder(0o755);
    let _first = Postgres::start(dir.path()).unwrap();
    let refused = Postgres::start(dir.path()).unwrap_err().to_string();
    assert!(refused.contains("another aegis-portal runs on"), "{refused}");
}

#[test]
fn dropping_it_stops_it() {
    let dir = folder(0o755);
    drop(Postgres::start(dir.path()).unwrap());
    assert_eq!(server_of(dir.path()), None);
}

#[test]
fn a_portal_killed_outright_leaves_no_postgres_and_its_successor_starts_at_once() {
    hold_if_asked();
    let dir = folder(0o755);
    let mut portal = portal_holding(
        dir.path(),
        "a_portal_killed_outright_leaves_no_postgres_and_its_successor_starts_at_once",
    );
    let process = server_of(dir.path()).unwrap();
    portal.kill().unwrap();
    portal.wait().unwrap();
    // It may be caught while it still shuts down.
    let successor = Postgres::start(dir.path()).unwrap();
    assert!(!runs(process));
    assert_eq!(ask(&successor.owner_url(), "select 1"), Ok("1".into()));
    let process = server_of(dir.path()).unwrap();
    drop(successor);

    let mut portal = portal_holding(
        dir.path(),
        "a_portal_killed_outright_leaves_no_postgres_and_its_successor_starts_at_once",
    );
    let orphan = server_of(dir.path()).unwrap();
    assert_ne!(process, orphan);
    portal.kill().unwrap();
    portal.wait().unwrap();
    wait_until("the orphan is gone", || !runs(orphan));
}

#[test]
fn a_postgres_that_lost_portal_and_watcher_is_taken_over() {
    hold_if_asked();
    let dir = folder(0o755);
    let mut portal = portal_holding(dir.path(), "a_postgres_that_lost_portal_and_watcher_is_taken_over");
    let left_over = server_of(dir.path()).unwrap();
    // The watching shell is the server's parent, and their process group's leader.
    let stat = fs::read_to_string(format!("/proc/{left_over}/stat")).unwrap();
    let watcher: i32 = stat.rsplit(") ").next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    for child in children_of(watcher) {
        if child != left_over {
            kill(child);
        }
    }
    kill(u32::try_from(watcher).unwrap());
    portal.kill().unwrap();
    portal.wait().unwrap();
    sleep(Duration::from_millis(300));
    assert!(runs(left_over), "nobody is left who could have stopped it");

    let successor = Postgres::start(dir.path()).unwrap();
    assert!(!runs(left_over));
    assert_eq!(ask(&successor.owner_url(), "select 1"), Ok("1".into()));
}

#[test]
fn a_postgres_killed_outright_recovers_whoever_has_its_process_number_by_now() {
    let dir = folder(0o755);
    let first = Postgres::start(dir.path()).unwrap();
    ask(&first.owner_url(), "create table kept (word text); insert into kept values ('still here')").unwrap();
    // What it started outlives it for a moment, and one of them for as long as it is busy.
    let busy = Command::new("psql")
        .args(["-X", "-q", "-c", "select sum(a) from generate_series(1, 1000000000) a", &first.owner_url()])
        .stderr(Stdio::null())
        .spawn();
    let asks =
        "select count(*) from pg_stat_activity where query like '%generate_series%' and state = 'active'";
    wait_until("one is busy", || ask(&first.owner_url(), asks).unwrap() == "2");
    kill(server_of(dir.path()).unwrap());
    drop(first);
    // As if this process, which is alive, had the number now.
    let mark = dir.path().join("postgres/data/postmaster.pid");
    let text = fs::read_to_string(&mark).unwrap();
    let (_, rest) = text.split_once('\n').unwrap();
    fs::write(&mark, format!("{}\n{rest}", std::process::id())).unwrap();

    let again = Postgres::start(dir.path()).unwrap();
    assert_eq!(ask(&again.owner_url(), "select word from kept"), Ok("still here".into()));
    assert!(!busy.unwrap().wait().unwrap().success(), "its server was killed");
}

#[test]
fn a_data_folder_with_a_long_or_odd_name_works() {
    let dir = folder(0o755);
    for name in ["a".repeat(120), "my data & more".to_owned()] {
        let data_dir = dir.path().join(name);
        let postgres = Postgres::start(&data_dir).unwrap();
        assert_eq!(ask(&postgres.server_url(), "select 1"), Ok("1".into()));
    }
}

#[test]
fn a_folder_that_postgres_cannot_enter_keeps_its_data_apart_behind_a_link() {
    let dir = folder(0o700);
    let postgres = Postgres::start(dir.path()).unwrap();
    ask(&postgres.owner_url(), "create table kept (word text)").unwrap();
    postgres.stop().unwrap();
    let place = dir.path().join("postgres");
    assert_eq!(place.is_symlink(), geteuid().is_root(), "only root's Postgres runs as somebody else");

    let again = Postgres::start(dir.path()).unwrap();
    assert_eq!(ask(&again.owner_url(), "select count(*) from kept"), Ok("0".into()));
    again.stop().unwrap();
    fs::remove_dir_all(fs::canonicalize(place).unwrap()).unwrap();
    let refused = Postgres::start(dir.path());
    if geteuid().is_root() {
        let refused = format!("{:#}", refused.unwrap_err());
        assert!(refused.contains("a link to nowhere"), "{refused}");
    }
}

#[test]
fn an_ordinary_user_runs_it_too() {
    if let Some(data_dir) = env::var_os(HOLD) {
        let postgres = Postgres::start(Path::new(&data_dir)).unwrap();
        assert_eq!(ask(&postgres.server_url(), "select 1"), Ok("1".into()));
        return postgres.stop().unwrap();
    }
    if !geteuid().is_root() {
        return ask_as_ordinary_user(Command::new(env::current_exe().unwrap()), folder(0o755).path());
    }
    // Another user may not be able to enter the folder that we were built in.
    let dir = folder(0o755);
    let program: PathBuf = dir.path().join("tests");
    fs::copy(env::current_exe().unwrap(), &program).unwrap();
    let data_dir = dir.path().join("data");
    fs::create_dir(&data_dir).unwrap();
    std::os::unix::fs::chown(&data_dir, Some(65534), Some(65534)).unwrap();
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]).arg(program);
    ask_as_ordinary_user(command, &data_dir);
}

fn ask_as_ordinary_user(mut command: Command, data_dir: &Path) {
    let done =
        command.args(["--exact", "an_ordinary_user_runs_it_too"]).env(HOLD, data_dir).output().unwrap();
    assert!(
        done.status.success(),
        "{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    assert!(data_dir.join("postgres/data/PG_VERSION").exists());
    assert_eq!(server_of(data_dir), None);
}

fn children_of(process: i32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap();
    children.split_whitespace().map(|number| number.parse().unwrap()).collect()
}

fn kill(process: u32) {
    let process = rustix::process::Pid::from_raw(process.cast_signed()).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::KILL).unwrap();
}
