//! What the tests of the server stand on: a server on a port of its own, a real OPA, and a database that can
//! be taken away.

use std::{
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use leptos::prelude::LeptosOptions;
use portal::Portal;
use rego::worker::program_for_tests;
use server::Site;
use sqlx::{PgPool, postgres::PgConnectOptions};
use tempfile::TempDir;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
};

/// A server of these tests.
pub(crate) struct Served {
    pub(crate) site: Site,
    pub(crate) url: String,
}

fn options() -> LeptosOptions {
    LeptosOptions::builder().output_name("app").site_root("target/site").build()
}

/// Serves a portal on a free port, with all its jobs.
pub(crate) async fn serve(portal: Portal) -> Served {
    let site = Site::new(portal, options(), program_for_tests());
    site.run();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = server::router(&site).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, router).await });
    Served { site, url }
}

/// A real OPA that is told by the portal what to run.
pub(crate) struct Opa {
    process: Child,
    pub(crate) url: String,
    folder: TempDir,
}

impl Opa {
    pub(crate) fn start(portal: &str, environment: &str, token: &str) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), portal, environment, token)
    }

    /// With the bundles that an earlier one kept there.
    pub(crate) fn start_in(folder: TempDir, portal: &str, environment: &str, token: &str) -> Self {
        let port = rego::free_port();
        let opa = server::demo::Opa {
            bin: rego::opa::Opa::find(None).expect("tests need opa: set OPA_BIN").program().to_owned(),
            port,
            environment: environment.to_owned(),
            token: token.to_owned(),
            portal_url: portal.to_owned(),
            folder: folder.path().to_owned(),
        };
        let config = folder.path().join("boot.yaml");
        std::fs::write(&config, server::demo::boot_config(&opa)).unwrap();
        let process = Command::new(&opa.bin)
            .args(["run", "--server", "--skip-version-check", "--log-level", "error"])
            .args(["--addr", &format!("127.0.0.1:{port}"), "--config-file"])
            .arg(&config)
            .env("AEGIS_OPA_TOKEN", token)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("opa can be run");
        Self { process, url: format!("http://127.0.0.1:{port}"), folder }
    }

    /// Kills it, and hands out the folder with the bundles that it kept.
    pub(crate) fn kill(mut self) -> TempDir {
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        drop(self);
        folder
    }

    /// What it answers, with the revisions that it answers from; nothing while it does not answer.
    pub(crate) async fn ask(&self, path: &str, input: serde_json::Value) -> Option<serde_json::Value> {
        let asked = reqwest::Client::new()
            .post(format!("{}/v1/data/{path}?provenance=true", self.url))
            .json(&serde_json::json!({ "input": input }))
            .send()
            .await
            .ok()?;
        asked.json().await.ok()
    }

    /// The revision of a bundle that it answers from.
    pub(crate) async fn revision(&self, bundle: &str) -> Option<String> {
        let answer = self.ask("aegis/provisioning/s3/deny", serde_json::json!({})).await?;
        Some(answer["provenance"]["bundles"][bundle]["revision"].as_str()?.to_owned())
    }

    /// Waits until it answers from this revision.
    pub(crate) async fn until(&self, bundle: &str, revision: &str) {
        eventually(&format!("{bundle} at {revision}"), async || {
            self.revision(bundle).await.as_deref() == Some(revision)
        })
        .await;
    }
}

impl Drop for Opa {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// Waits up to twenty seconds for something to become true.
pub(crate) async fn eventually(what: &str, mut is: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !is().await {
        assert!(start.elapsed() < Duration::from_secs(20), "{what} did not come about");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A way to the database that can be cut, and mended.
pub(crate) struct Way {
    pub(crate) port: u16,
    open: watch::Sender<bool>,
}

impl Way {
    pub(crate) async fn to(pool: &PgPool) -> Self {
        Self::laid(pool, false).await
    }

    /// One on which nobody can listen for notices, as behind a pooler of transactions.
    pub(crate) async fn deaf(pool: &PgPool) -> Self {
        Self::laid(pool, true).await
    }

    async fn laid(pool: &PgPool, deaf: bool) -> Self {
        let options: PgConnectOptions = pool.connect_options().as_ref().clone();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (open, watched) = watch::channel(true);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, options.clone(), watched.clone(), deaf));
            }
        });
        Self { port, open }
    }

    pub(crate) fn cut(&self) {
        self.open.send_replace(false);
    }

    pub(crate) fn mend(&self) {
        self.open.send_replace(true);
    }
}

async fn carry(near: TcpStream, options: PgConnectOptions, mut open: watch::Receiver<bool>, deaf: bool) {
    if !*open.borrow_and_update() {
        return;
    }
    let carried = async {
        match socket(&options) {
            Some(path) => both_ways(near, UnixStream::connect(path).await?, deaf).await,
            None => {
                let far = TcpStream::connect((options.get_host(), options.get_port())).await?;
                both_ways(near, far, deaf).await
            }
        }
    };
    tokio::select! {
        _ = carried => {}
        _ = open.wait_for(|open| !open) => {}
    }
}

/// Ends where either side does; on a deaf way also where somebody asks to listen.
async fn both_ways(near: TcpStream, far: impl AsyncRead + AsyncWrite, deaf: bool) -> std::io::Result<()> {
    let (mut asks, mut hears) = near.into_split();
    let (mut answers, mut asked) = tokio::io::split(far);
    let there = async {
        let mut bytes = vec![0; 1 << 16];
        loop {
            let length = asks.read(&mut bytes).await?;
            if length == 0 || deaf && bytes[..length].windows(6).any(|word| word == b"LISTEN") {
                return Ok(());
            }
            asked.write_all(&bytes[..length]).await?;
        }
    };
    tokio::select! {
        done = there => done,
        done = copy(&mut answers, &mut hears) => done.map(drop),
    }
}

/// A socket's path, where the database listens on none of the network's.
fn socket(options: &PgConnectOptions) -> Option<PathBuf> {
    let folder = options.get_socket().cloned().or_else(|| {
        let host = options.get_host();
        host.starts_with('/').then(|| PathBuf::from(host))
    })?;
    Some(folder.join(format!(".s.PGSQL.{}", options.get_port())))
}
