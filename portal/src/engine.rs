//! The embedded engine: `aegis.ai.*`, decided here, by the same archives that an OPA would load.
//!
//! Each environment has warm workers of its own. When its pointers move, new workers load the new archives
//! while the old ones go on, so no request is dropped.
//!
//! Invariant: what has happened in an environment (inputs that overran, built-ins that failed unseen) is remembered
//! from one release to the next.
//! Invariant: what is loaded was verified with a key of the portal, like an OPA does.
//! Invariant: a decision is acknowledged to whoever asked, not to the log: a full queue loses allowed ones
//! first, and counts what it loses.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::{Arc, RwLock},
    time::Duration,
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
pub use rego::worker::Counts;
use rego::{
    bundle::verify,
    worker::{Answer, Cage, Config, Failure, Limits, Module},
};

use tokio::time::timeout;

use crate::{
    Actor, Environment, Error, Permission, Portal, Result,
    access::Job,
    fleet::{EMBEDDED, Reported, report},
    policy::Bundle,
    shelf::{Archive, Shelf},
};

mod log;
mod queue;
pub use log::{Decided, Log};

/// The part of `data` that may be asked for.
const NAMESPACE: &str = "aegis/ai";
/// How often it reports when nothing changes; well within the time after which it would count as silent.
const HEARTBEAT: Duration = Duration::from_secs(20);

pub struct Engine {
    portal: Portal,
    shelf: Arc<Shelf>,
    /// The binary that becomes a worker.
    program: PathBuf,
    /// What the fleet calls it.
    name: String,
    loaded: RwLock<HashMap<Environment, Arc<Loaded>>>,
    log: Log,
}

/// What one environment's workers run.
struct Loaded {
    cage: Cage,
    revisions: Vec<(Bundle, String)>,
    etags: Vec<String>,
}

/// One evaluation's outcome.
#[derive(Debug)]
pub struct Evaluated {
    pub decision_id: uuid::Uuid,
    /// JSON as it is; none where the document is undefined.
    pub result: Option<Bytes>,
    /// Bundles and their revisions, as OPA's decision log names them.
    pub revisions: Vec<(Bundle, String)>,
    /// What the policy traced; none where nobody asked for it.
    pub notes: Option<Vec<String>>,
    pub took: Duration,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    #[error(transparent)]
    Refused(#[from] Error),
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl Engine {
    /// With nothing loaded; [`Engine::keep`] follows the shelf.
    pub fn new(portal: Portal, shelf: Arc<Shelf>, program: PathBuf, name: String) -> Arc<Self> {
        let log = Log::new(portal.clone());
        Arc::new(Self { portal, shelf, program, name, loaded: RwLock::default(), log })
    }

    /// Loads what the shelf shows, now and at each change, for as long as the program runs.
    pub async fn keep(self: Arc<Self>) {
        let mut changes = self.shelf.changes();
        loop {
            changes.borrow_and_update();
            for environment in self.shelf.environments() {
                if let Err(error) = self.load(&environment).await {
                    tracing::error!(%environment, %error, "the embedded engine did not load a release");
                }
            }
            self.report().await;
            if let Ok(Err(_)) = timeout(HEARTBEAT, changes.changed()).await {
                return;
            }
        }
    }

    /// Tells the fleet what runs here, as an OPA does.
    async fn report(&self) {
        for environment in self.shelf.environments() {
            let Some(loaded) = self.loaded(&environment) else { continue };
            let bundles = loaded.revisions.iter();
            let reported = Reported {
                environment,
                name: self.name.clone(),
                process: self.name.clone(),
                opa_version: EMBEDDED.into(),
                bundles: bundles
                    .map(|(bundle, revision)| (bundle.to_string(), revision.clone(), String::new()))
                    .collect(),
                dropped: i64::try_from(self.lost()).unwrap_or(i64::MAX),
                ready: true,
                at: self.portal.now(),
            };
            if let Err(error) = report(&self.portal, &Actor::Job(Job::Engine), &reported).await {
                tracing::warn!(%error, "the fleet does not know what the embedded engine runs");
            }
        }
    }

    /// Writes what was decided, for as long as the program runs.
    pub async fn keep_log(self: Arc<Self>) {
        self.log.keep().await;
    }

    async fn load(&self, environment: &Environment) -> Result<(), NoAnswer> {
        let archives = self.in_force(environment);
        let etags: Vec<String> = archives.iter().map(|(_, archive)| archive.etag.clone()).collect();
        let current = self.loaded(environment);
        if archives.is_empty() || current.as_ref().is_some_and(|loaded| loaded.etags == etags) {
            return Ok(());
        }
        let cage = match current {
            Some(loaded) => loaded.cage.successor(),
            None => Cage::new(self.config(environment)),
        };
        cage.load(&self.release(&archives)?).await?;
        let revisions = archives.into_iter().map(|(bundle, archive)| (bundle, archive.revision)).collect();
        let loaded = Arc::new(Loaded { cage, revisions, etags });
        self.loaded
            .write()
            .expect("nothing panics while it holds this lock")
            .insert(environment.clone(), loaded);
        Ok(())
    }

    /// What is to run here: policies, and the exceptions from them; nothing where there are no policies.
    fn in_force(&self, environment: &Environment) -> Vec<(Bundle, Archive)> {
        let archive = |bundle| self.shelf.in_force(environment, bundle).map(|archive| (bundle, archive));
        archive(Bundle::Ai)
            .into_iter()
            .flat_map(|ai| [Some(ai), archive(Bundle::Exceptions)])
            .flatten()
            .collect()
    }

    /// Production has a worker a core; the others are asked now and then.
    fn config(&self, environment: &Environment) -> Config {
        let config = Config { program: self.program.clone(), limits: Limits::default(), ..Config::default() };
        if *environment == Environment::production() { config } else { Config { workers: 1, ..config } }
    }

    fn release(&self, archives: &[(Bundle, Archive)]) -> Result<rego::worker::Release> {
        let keys = self.shelf.keys();
        let mut release = rego::worker::Release::default();
        let mut data = serde_json::Map::new();
        for (bundle, archive) in archives {
            let verified = verify(&archive.bytes, &keys)
                .map_err(|error| Error::internal("an archive in force does not verify", &error))?;
            for (path, bytes) in verified.archive.files() {
                let text = String::from_utf8_lossy(bytes).into_owned();
                if path.ends_with(".rego") {
                    release.modules.push(Module { path: format!("{bundle}/{path}"), text });
                } else if let Some(folder) = path.strip_suffix("data.json") {
                    let document = serde_json::from_str(&text)
                        .map_err(|error| Error::internal("an archive in force holds no JSON", &error))?;
                    lay(&mut data, folder, document);
                }
            }
        }
        release.data = serde_json::Value::Object(data).to_string();
        Ok(release)
    }

    fn loaded(&self, environment: &Environment) -> Option<Arc<Loaded>> {
        self.loaded.read().expect("nothing panics while it holds this lock").get(environment).cloned()
    }

    /// `ok`, or why production cannot be asked.
    pub fn health(&self, environment: &Environment) -> String {
        let (loaded, released) = (self.loaded(environment), self.in_force(environment));
        let runs =
            |archive: &Archive| loaded.as_ref().is_some_and(|loaded| loaded.etags.contains(&archive.etag));
        match released.iter().find(|(_, archive)| !runs(archive)) {
            // An exception that was revoked allows for as long as the archive without it is not loaded.
            Some((bundle, archive)) => {
                format!("{bundle} {} is released and has not been loaded", archive.revision)
            }
            None if loaded.is_none() => format!("no aegis-ai release is in force in {environment}"),
            None => "ok".into(),
        }
    }

    /// What has happened to the workers of each environment since the program started.
    pub fn counts(&self) -> BTreeMap<Environment, Counts> {
        let loaded = self.loaded.read().expect("nothing panics while it holds this lock");
        loaded.iter().map(|(environment, loaded)| (environment.clone(), loaded.cage.counts())).collect()
    }

    /// Evaluates `path` (`aegis/ai/pii`) on a body of OPA's shape, `{"input": …}`, and records the decision.
    /// With `explain` the notes of `trace` come along.
    ///
    /// # Errors
    /// A refusal by the door, an unknown environment or path, or a failure of the evaluation itself.
    pub async fn evaluate(
        &self,
        actor: &Actor,
        environment: &Environment,
        path: &str,
        body: Bytes,
        explain: bool,
    ) -> Result<Evaluated, NoAnswer> {
        self.admit(actor, environment, path)?;
        let loaded = self.loaded(environment);
        let loaded =
            loaded.ok_or_else(|| Error::Unavailable(format!("the embedded engine in {environment}")))?;
        let (started, at) = (tokio::time::Instant::now(), self.portal.now());
        let answer = match explain {
            true => loaded.cage.explain(path, body.clone()).await,
            false => loaded.cage.evaluate(path, body.clone()).await,
        };
        let took = started.elapsed();
        let decision_id = uuid::Uuid::new_v4();
        self.log.note(Decided {
            decision_id,
            environment: environment.clone(),
            path: path.to_owned(),
            revisions: loaded.revisions.clone(),
            at,
            took,
            body,
            answer: answer.clone(),
        });
        let Answer { result, notes, .. } = answer?;
        let notes = explain.then_some(notes);
        Ok(Evaluated { decision_id, result, revisions: loaded.revisions.clone(), notes, took })
    }

    /// The door's own question, asked without the database: an evaluation reads nothing of it.
    fn admit(&self, actor: &Actor, environment: &Environment, path: &str) -> Result<()> {
        self.portal.admit_within(actor, Permission::EvaluatePolicy, environment)?;
        let inside =
            path == NAMESPACE || path.strip_prefix(NAMESPACE).is_some_and(|rest| rest.starts_with('/'));
        if inside { Ok(()) } else { Err(Error::NotFound(format!("policy below {NAMESPACE} called {path}"))) }
    }

    /// Decisions that could not be written down since the program started.
    pub fn lost(&self) -> u64 {
        self.log.lost()
    }
}

/// Lays a document where its folder says, as OPA does: names of the path become keys.
fn lay(data: &mut serde_json::Map<String, serde_json::Value>, folder: &str, document: serde_json::Value) {
    let mut names: Vec<&str> = folder.split('/').filter(|name| !name.is_empty()).collect();
    let Some(last) = names.pop() else {
        if let serde_json::Value::Object(document) = document {
            data.extend(document);
        }
        return;
    };
    let mut place = data;
    for name in names {
        let next = place.entry(name).or_insert_with(|| serde_json::json!({}));
        let serde_json::Value::Object(next) = next else { return };
        place = next;
    }
    place.insert(last.to_owned(), document);
}

/// An instant as OPA's logs write it.
pub(crate) fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}
