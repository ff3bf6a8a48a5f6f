//! One real `opa run`, fed by a server that is no more than a socket and some bytes.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rego::bundle::VerifyingKey;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Answers a request with the bytes under its path, or else with those under `/`.
pub(crate) struct Server {
    pub(crate) port: u16,
    serves: Arc<Mutex<BTreeMap<String, Bytes>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) fn start(bytes: Bytes) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Self { port, serves: Arc::default(), asked: Arc::default() };
        server.serve(bytes);
        let (serves, asked) = (Arc::clone(&server.serves), Arc::clone(&server.asked));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, serves, asked) = (stream.unwrap(), Arc::clone(&serves), Arc::clone(&asked));
                // A client that goes away in the middle of it is its own business.
                std::thread::spawn(move || _ = answer(stream, &serves, &asked));
            }
        });
        server
    }

    pub(crate) fn serve(&self, bytes: Bytes) {
        self.serve_at("/", bytes);
    }

    pub(crate) fn serve_at(&self, path: &str, bytes: Bytes) {
        self.serves.lock().unwrap().insert(path.to_owned(), bytes);
    }

    /// Method and target of every request so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn answer(
    mut stream: TcpStream,
    serves: &Mutex<BTreeMap<String, Bytes>>,
    asked: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
    let request = lines.next().unwrap_or_default();
    let known = lines.find_map(|line| line.strip_prefix("If-None-Match: ").map(str::to_owned));
    let target = request.split(' ').nth(1).unwrap_or("/").to_owned();
    asked.lock().unwrap().push(target.clone());
    let path = target.split('?').next().unwrap_or("/");
    let served = serves.lock().unwrap();
    let bytes = served.get(path).or_else(|| served.get("/")).unwrap().clone();
    drop(served);
    let tag = format!("\"{}\"", hex::encode(Sha256::digest(&bytes)));
    if known.as_ref() == Some(&tag) {
        std::thread::sleep(Duration::from_millis(500));
        return stream.write_all(b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n");
    }
    let kind = "application/vnd.openpolicyagent.bundles";
    let head = format!("Content-Type: {kind}\r\nETag: {tag}\r\nConnection: close");
    write!(stream, "HTTP/1.1 200 OK\r\n{head}\r\nContent-Length: {}\r\n\r\n", bytes.len())?;
    stream.write_all(&bytes)
}

/// A running OPA; it ends with the test.
pub(crate) struct Fleet {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Fleet {
    /// One that fetches the bundle `b` every second and demands the key's signature.
    pub(crate) fn start(server: &Server, key: &VerifyingKey) -> Self {
        Self::with(&json!({
            "services": {"portal": {"url": format!("http://127.0.0.1:{}", server.port)}},
            "keys": {key.keyid().to_string(): {"algorithm": "ES256", "key": key.to_pem(), "scope": "write"}},
            "bundles": {"b": {
                "resource": "b",
                "polling": {"min_delay_seconds": 1, "max_delay_seconds": 1},
                "signing": {"keyid": key.keyid(), "scope": "write"},
            }},
            "status": {"console": true},
        }))
    }

    pub(crate) fn with(config: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("opa.json");
        std::fs::write(&file, config.to_string()).unwrap();
        let port = rego::free_port();
        let child = Command::new(crate::program())
            .args([
                "run",
                "--server",
                "--log-level=error",
                "--addr",
                &format!("127.0.0.1:{port}"),
                "--config-file",
            ])
            .arg(&file)
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, port, _folder: folder }
    }

    /// What it answers to an input, `None` while it is not there.
    pub(crate) fn ask(&self, path: &str, input: &Value) -> Option<Value> {
        self.request("POST", &format!("/v1/data/{path}"), &json!({"input": input}).to_string())
    }

    pub(crate) fn status(&self) -> Option<Value> {
        self.request("GET", "/v1/status", "").map(|answer| answer["result"].clone())
    }

    fn request(&self, method: &str, path: &str, body: &str) -> Option<Value> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let head = "Host: opa\r\nConnection: close\r\nContent-Type: application/json";
        write!(stream, "{method} {path} HTTP/1.0\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
            .ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()
    }

    /// Waits until something holds of what it says.
    #[track_caller]
    pub(crate) fn until<T>(&self, what: &str, mut holds: impl FnMut(&Self) -> Option<T>) -> T {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(60) {
            if let Some(found) = holds(self) {
                return found;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{what} did not come; status: {:?}", self.status())
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        // It may have ended by itself.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
