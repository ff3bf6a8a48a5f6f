//! The demo's OPAs, for real: started, asked, stopped, and gone when we are killed.

use std::{
    env, fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use rego::free_port;
use server::demo::{Opa, boot_config, start};
use tempfile::TempDir;

/// Set for a run of a test in a process of its own: the data folder to hold until it is killed.
const HOLD: &str = "AEGIS_TEST_HOLD";

fn program() -> PathBuf {
    env::var_os("OPA_BIN").map_or_else(|| PathBuf::from("opa"), PathBuf::from)
}

/// Its portal is not there: such an OPA answers, with nothing loaded.
fn opa_below(dir: &Path) -> Opa {
    Opa {
        bin: program(),
        port: free_port(),
        environment: "staging".to_owned(),
        token: "a-token".to_owned(),
        portal_url: format!("http://127.0.0.1:{}", free_port()),
        folder: dir.join("opa"),
    }
}

fn answers(port: u16) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.write_all(b"GET /health HTTP/1.0\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.contains(" 200 "))
}

fn wait_until(what: &str, mut it_is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !it_is_so() {
        assert!(since.elapsed() < Duration::from_secs(20), "{what}: not within 20 s");
        sleep(Duration::from_millis(20));
    }
}

#[tokio::test]
async fn an_opa_of_the_demo_answers_until_it_is_stopped() {
    let dir = TempDir::new().unwrap();
    let opa = opa_below(dir.path());
    let mut running = start(&opa).unwrap();
    running.wait_until_up().await.unwrap();
    assert!(answers(opa.port));
    running.stop().unwrap();
    assert!(!answers(opa.port));
}

#[tokio::test]
async fn its_configuration_file_holds_no_secret() {
    let dir = TempDir::new().unwrap();
    let opa = opa_below(dir.path());
    let mut running = start(&opa).unwrap();
    running.wait_until_up().await.unwrap();
    let config = fs::read_to_string(opa.folder.join("boot.yaml")).unwrap();
    assert_eq!(config, boot_config(&opa));
    assert!(!config.contains(&opa.token), "{config}");
    assert!(!format!("{opa:?}").contains(&opa.token));
}

#[tokio::test]
async fn it_asks_the_portal_with_its_token_for_discovery_and_holds_the_poll() {
    let dir = TempDir::new().unwrap();
    let portal = TcpListener::bind("127.0.0.1:0").unwrap();
    let opa = Opa { portal_url: format!("http://{}", portal.local_addr().unwrap()), ..opa_below(dir.path()) };
    let _running = start(&opa).unwrap();
    let (stream, _) = portal.accept().unwrap();
    let head: Vec<String> =
        BufReader::new(stream).lines().map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
    assert_eq!(head[0], "GET /opa/staging/discovery HTTP/1.1");
    assert!(head.contains(&"Authorization: Bearer a-token".to_owned()), "{head:?}");
    assert!(head.iter().any(|line| line.starts_with("Prefer:") && line.contains("wait=30")), "{head:?}");
}

#[test]
fn a_port_that_is_taken_is_named_with_the_setting_that_moves_it() {
    let dir = TempDir::new().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let opa = Opa { port: taken.local_addr().unwrap().port(), ..opa_below(dir.path()) };
    let refused = start(&opa).unwrap_err().to_string();
    assert!(refused.contains(&format!("port {} of 127.0.0.1 is taken", opa.port)), "{refused}");
    assert!(refused.contains("OPA_PORTS"), "{refused}");
}

#[tokio::test]
async fn a_program_that_is_no_opa_is_reported_with_what_it_said() {
    let dir = TempDir::new().unwrap();
    let opa = Opa { bin: "/bin/ls".into(), ..opa_below(dir.path()) };
    let mut running = start(&opa).unwrap();
    let refused = running.wait_until_up().await.unwrap_err().to_string();
    assert!(refused.contains("the OPA of staging ended"), "{refused}");
    assert!(refused.contains("ls: unrecognized option"), "{refused}");
}

#[tokio::test]
async fn no_opa_outlives_a_portal_that_is_killed() {
    if let Some(dir) = env::var_os(HOLD) {
        let opa = opa_below(Path::new(&dir));
        let mut running = start(&opa).unwrap();
        running.wait_until_up().await.unwrap();
        println!("port={}", opa.port);
        // Nothing is ever written: it returns when the test that asked has ended.
        let _ = std::io::stdin().read(&mut [0; 1]);
        return;
    }
    let dir = TempDir::new().unwrap();
    let mut portal = Command::new(env::current_exe().unwrap())
        .args(["--exact", "no_opa_outlives_a_portal_that_is_killed", "--nocapture"])
        .env(HOLD, dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(portal.stdout.take().unwrap()).lines();
    let port = lines
        .find_map(|line| line.unwrap().split_once("port=").map(|(_, port)| port.parse().unwrap()))
        .expect("the other process starts its OPA");
    assert!(answers(port));
    portal.kill().unwrap();
    portal.wait().unwrap();
    wait_until("the OPA is gone", || !answers(port));
}
