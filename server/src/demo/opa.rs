//! One OPA of the demo: its boot configuration, and the process.

use std::{
    fmt,
    fs::{self, File},
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::json;
use tokio::time::sleep;

use crate::watched::{self, Watched};

/// How long an OPA may take to answer, or to have all its bundles.
const PATIENCE: Duration = Duration::from_secs(20);
const STOPS_WITHIN: Duration = Duration::from_secs(10);

/// What an OPA of the demo is run with.
#[derive(Clone)]
pub struct Opa {
    /// The program.
    pub bin: PathBuf,
    /// On 127.0.0.1.
    pub port: u16,
    pub environment: String,
    /// Opens `/opa/{environment}` of the portal, and nothing else.
    pub token: String,
    /// Without a slash at its end.
    pub portal_url: String,
    /// Its own: configuration, log, and the bundles that it keeps for a start without the portal.
    pub folder: PathBuf,
}

/// The token stays out of logs.
impl fmt::Debug for Opa {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { environment, port, folder, .. } = self;
        write!(formatter, "Opa {{ {environment}, port {port}, {} }}", folder.display())
    }
}

/// The boot configuration (OPA's documentation, "Configuration"): the portal, and discovery, which brings all
/// the rest. The token is taken from the environment, so that the file holds no secret.
///
/// `persist` below discovery, and the folder for it, are what an OPA that restarts without the portal lives on.
/// The polls are long ones: the portal holds each until there is something new, and a lost one is made again
/// within three seconds.
#[must_use]
pub fn boot_config(opa: &Opa) -> String {
    let config = json!({
        "services": {"portal": {
            "url": format!("{}/opa/{}", opa.portal_url, opa.environment),
            "credentials": {"bearer": {"token": "${AEGIS_OPA_TOKEN}"}},
        }},
        "labels": {"instance": format!("demo-{}", opa.environment)},
        "discovery": {
            "resource": "discovery",
            "decision": "discovery/config",
            "persist": true,
            "polling": {"long_polling_timeout_seconds": 30, "min_delay_seconds": 1, "max_delay_seconds": 3},
        },
        "persistence_directory": opa.folder.join("bundles"),
    });
    // JSON is YAML too; laid out, it is as easy to read.
    format!("# Written at every start; OPA reads it as YAML.\n{config:#}\n")
}

/// A running OPA; dropping it stops it.
#[derive(Debug)]
pub struct Running {
    process: Watched,
    opa: Opa,
}

/// Starts it, without waiting for it to answer.
///
/// # Errors
/// When its port is taken, its folder cannot be written, or the program cannot be run.
pub fn start(opa: &Opa) -> Result<Running> {
    // OPA would say so too, in its log only.
    TcpListener::bind((Ipv4Addr::LOCALHOST, opa.port))
        .with_context(|| format!("port {} of 127.0.0.1 is taken: choose others by OPA_PORTS", opa.port))?;
    fs::create_dir_all(opa.folder.join("bundles"))
        .with_context(|| format!("{} cannot be made", opa.folder.display()))?;
    let config = opa.folder.join("boot.yaml");
    fs::write(&config, boot_config(opa))?;
    let log = File::create(opa.log())?;
    let mut command = watched::command(&opa.bin, "TERM");
    command
        .args(["run", "--server", "--addr", &format!("127.0.0.1:{}", opa.port), "--config-file"])
        .arg(&config)
        // It would ask the internet for its newest version.
        .args(["--skip-version-check", "--shutdown-grace-period", "2"])
        .args(["--log-level", "error", "--log-format", "text"])
        // Neither a proxy nor a secret of ours is any business of it.
        .env_clear()
        .env("AEGIS_OPA_TOKEN", &opa.token)
        .stdout(log.try_clone()?)
        .stderr(log);
    let process = Watched::spawn(command).with_context(|| format!("{} cannot be run", opa.bin.display()))?;
    Ok(Running { process, opa: opa.clone() })
}

impl Running {
    /// What it was started with.
    #[must_use]
    pub fn opa(&self) -> &Opa {
        &self.opa
    }

    /// Returns once it answers at all.
    ///
    /// # Errors
    /// When it ends or does not answer in time; the message holds its log.
    pub async fn wait_until_up(&mut self) -> Result<()> {
        self.wait_for("health").await
    }

    /// Returns once it has discovery and every bundle that discovery names, each activated.
    ///
    /// # Errors
    /// As [`Self::wait_until_up`].
    pub async fn wait_until_loaded(&mut self) -> Result<()> {
        self.wait_for("health?bundles&plugins").await
    }

    /// Stops it and waits until it is gone.
    ///
    /// # Errors
    /// When the process cannot be waited for.
    pub fn stop(mut self) -> Result<()> {
        self.process.stop(STOPS_WITHIN).context("OPA could not be stopped")?;
        Ok(())
    }

    async fn wait_for(&mut self, path: &str) -> Result<()> {
        let url = format!("http://127.0.0.1:{}/{path}", self.opa.port);
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(2)).build()?;
        let started = Instant::now();
        loop {
            if let Some(status) = self.process.ended()? {
                bail!("the OPA of {} ended ({status}):\n{}", self.opa.environment, self.opa.end_of_log());
            }
            if client.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            if started.elapsed() > PATIENCE {
                let Opa { environment, .. } = &self.opa;
                bail!("the OPA of {environment} is not ready after {PATIENCE:?}:\n{}", self.opa.end_of_log());
            }
            sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Opa {
    fn log(&self) -> PathBuf {
        self.folder.join("opa.log")
    }

    fn end_of_log(&self) -> String {
        let text = fs::read_to_string(self.log()).unwrap_or_else(|error| error.to_string());
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(10)..].join("\n")
    }
}
