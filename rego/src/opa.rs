//! OPA itself, as the second opinion: the real `opa` program, run on people's Rego in a cage.
//!
//! Rego can read the environment and reach the network, so each run has an empty environment, a throw-away folder,
//! limits of its own, and a capabilities file without the built-ins that look outside (`opa capabilities`).
//!
//! Without an `opa` nothing is ever *passed*: it is *not run*, with the reason.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::OnceCell;

use crate::folder::Folder;
use crate::report::{Check, Outcome, Report};

mod answer;
mod parity;
mod run;
mod tests_run;

pub use parity::parity;
pub use run::RunError;
pub use tests_run::{Tested, test};

use run::{Limits, Run, run};

/// The release that the product is built and tested with.
pub const PINNED: &str = "1.22.2";

/// Where set-up puts the pinned release: a cache of the user's, so that a second clone finds it.
pub fn place_in_cache() -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))?;
    Some(cache.join("aegis-portal").join(format!("opa-{PINNED}")).join("opa"))
}

/// Built-ins that look outside of a policy and its input.
const WITHHELD: [&str; 3] = ["http.send", "net.lookup_ip_addr", "opa.runtime"];

const CAPABILITIES: &str = "capabilities.json";

/// An `opa` program on this machine.
#[derive(Debug, Clone)]
pub struct Opa {
    program: PathBuf,
    facts: Arc<OnceCell<Facts>>,
}

/// What a program says of itself, asked once.
#[derive(Debug)]
struct Facts {
    version: String,
    capabilities: Vec<u8>,
}

impl Opa {
    /// The program that `OPA_BIN` names, else `cached` if it is there, else the first `opa` on the `PATH`.
    /// An `OPA_BIN` that names no program finds none: whoever set it did not mean another.
    pub fn find(cached: Option<&Path>) -> Option<Self> {
        let found = match std::env::var_os("OPA_BIN").filter(|named| !named.is_empty()) {
            Some(named) => Some(PathBuf::from(named)),
            None => cached.map(Path::to_owned).filter(|path| path.is_file()).or_else(on_path),
        };
        found.and_then(Self::at)
    }

    /// The program at this path, if there is one.
    pub fn at(program: PathBuf) -> Option<Self> {
        let program = program.canonicalize().ok().filter(|program| program.is_file())?;
        Some(Self { program, facts: Arc::default() })
    }

    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Such as `1.22.2`. Releases other than [`PINNED`] are used all the same, and named in the evidence.
    ///
    /// # Errors
    /// When it cannot be run, or is no `opa`.
    pub async fn version(&self) -> Result<&str, RunError> {
        Ok(&self.facts().await?.version)
    }

    /// What `opa inspect` says of a bundle, as its JSON.
    ///
    /// # Errors
    /// When it refuses the bundle, or cannot be run.
    pub async fn inspect(&self, bundle: &[u8]) -> Result<Value, RunError> {
        let folder = throw_away()?;
        std::fs::write(folder.path().join("bundle.tar.gz"), bundle)?;
        let ran = run(
            &self.program,
            folder.path(),
            &["inspect", "--format", "json", "bundle.tar.gz"],
            Limits::SHORT,
        )
        .await?;
        if !ran.status.success() {
            return Err(RunError::Refused(ran.words()));
        }
        serde_json::from_slice(&ran.stdout).map_err(|e| RunError::Refused(e.to_string()))
    }

    async fn facts(&self) -> Result<&Facts, RunError> {
        self.facts.get_or_try_init(|| Facts::of(&self.program)).await
    }

    /// Runs a subcommand on a folder, from within it, as on a bundle and with fewer capabilities. Only as a bundle
    /// is data that lies over a rule refused.
    async fn run_on(&self, folder: &Folder, arguments: &[&str]) -> Result<Run, RunError> {
        let place = throw_away()?;
        let policies = place.path().join("policies");
        std::fs::create_dir(&policies)?;
        folder.write_to(&policies)?;
        std::fs::write(place.path().join(CAPABILITIES), &self.facts().await?.capabilities)?;
        let (command, flags) = arguments.split_first().expect("a subcommand comes first");
        let capabilities = format!("../{CAPABILITIES}");
        let all: Vec<&str> = [*command, "--capabilities", &capabilities, "--format", "json", "--bundle"]
            .into_iter()
            .chain(flags.iter().copied())
            .chain(["."])
            .collect();
        run(&self.program, &policies, &all, Limits::LONG).await
    }
}

impl Facts {
    async fn of(program: &Path) -> Result<Self, RunError> {
        let folder = throw_away()?;
        let said = run(program, folder.path(), &["version"], Limits::SHORT).await?;
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
        let version = text.lines().find_map(|line| line.strip_prefix("Version: "));
        let version = version.ok_or_else(|| RunError::Refused("it is no opa".to_owned()))?.trim().to_owned();
        let said = run(program, folder.path(), &["capabilities", "--current"], Limits::SHORT).await?;
        Ok(Self { version, capabilities: withhold(&said.stdout)? })
    }
}

/// `opa check --strict` on a folder.
pub async fn check_strict(opa: Option<&Opa>, folder: &Folder) -> Outcome {
    let check = Check::OpaCheck;
    let Some(opa) = opa else { return missing(check) };
    match opa.run_on(folder, &["check", "--strict", "--max-errors", "100"]).await {
        Ok(ran) if ran.status.success() => Outcome::Passed {
            check,
            evidence: format!("{} modules, {}", folder.modules().count(), named(opa).await),
        },
        Ok(ran) => Outcome::Failed { check, faults: answer::faults(check, &ran) },
        Err(e) => e.outcome(check),
    }
}

/// Adds to a report what OPA says of the folder, whether the engines agree, and OPA's coverage of lines.
///
/// The report holds the embedded engine's tests, and loses nothing. Takes seconds.
pub async fn second_opinion(opa: Option<&Opa>, folder: &Folder, report: &mut Report) {
    report.outcomes.push(check_strict(opa, folder).await);
    let tested = test(opa, folder).await;
    report.outcomes.push(match &tested.outcome {
        Outcome::NotRun { .. } => {
            Outcome::NotRun { check: Check::Parity, reason: "OPA's tests were not run".to_owned() }
        }
        Outcome::Passed { .. } | Outcome::Failed { .. } => parity(&report.tests, &tested.runs),
    });
    report.outcomes.push(tested.outcome);
    report.outcomes.sort_by_key(Outcome::check);
    if !tested.coverage.is_empty() {
        report.coverage.take_lines_of_opa(tested.coverage);
    }
}

/// That there is no `opa`, which is never to be shown as passed.
fn missing(check: Check) -> Outcome {
    Outcome::NotRun {
        check,
        reason: "there is no `opa` here; set-up installs it, or OPA_BIN names it".to_owned(),
    }
}

/// Name and release, for evidence.
async fn named(opa: &Opa) -> String {
    match opa.version().await {
        Ok(PINNED) => format!("OPA {PINNED}"),
        Ok(other) => format!("OPA {other}, where {PINNED} is expected"),
        Err(_) => "OPA of an unknown release".to_owned(),
    }
}

/// The program's own capabilities without what looks outside, and with no host to fetch a schema from.
fn withhold(capabilities: &[u8]) -> Result<Vec<u8>, RunError> {
    let strange = || RunError::Refused("its capabilities are not of the known shape".to_owned());
    let mut all: Value = serde_json::from_slice(capabilities).map_err(|_| strange())?;
    let builtins = all.get_mut("builtins").and_then(Value::as_array_mut).ok_or_else(strange)?;
    builtins.retain(|builtin| !WITHHELD.iter().any(|name| builtin["name"] == *name));
    all["allow_net"] = Value::Array(Vec::new());
    Ok(serde_json::to_vec(&all).expect("it was JSON"))
}

fn throw_away() -> std::io::Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix("aegis-opa-").tempdir()
}

fn on_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("opa")).find(|program| program.is_file())
}
