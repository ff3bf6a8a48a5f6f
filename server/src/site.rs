//! What every route is served with.

use std::{path::PathBuf, sync::Arc};

use axum::extract::FromRef;
use leptos::prelude::LeptosOptions;
use portal::{Portal, engine::Engine, shelf::Shelf};

use crate::{
    cookies::Cookies,
    import::Turns,
    live::Streams,
    opa::{Nudged, Pace, Reports},
    provider::Provider,
    safe::{LimitSettings, limits::Limits},
};

/// The portal and what serves from it. Cheap to clone.
#[derive(Clone)]
pub struct Site {
    pub portal: Portal,
    pub shelf: Arc<Shelf>,
    pub engine: Arc<Engine>,
    pub(crate) reports: Arc<Reports>,
    pub(crate) pace: Arc<Pace>,
    pub(crate) nudged: Arc<Nudged>,
    pub(crate) streams: Arc<Streams>,
    /// Folders that are pushed.
    pub imports: Arc<Turns>,
    pub options: LeptosOptions,
    /// Who vouches for people; without one there are the demo's, for this machine alone.
    pub(crate) provider: Option<Arc<Provider>>,
    pub(crate) cookies: Cookies,
    pub(crate) limits: Arc<Limits>,
}

impl Site {
    /// With nothing running yet: [`Site::run`] starts its jobs.
    ///
    /// `program` is the binary that becomes a worker.
    pub fn new(portal: Portal, options: LeptosOptions, program: PathBuf) -> Self {
        let shelf = Shelf::new(portal.clone());
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let name = format!("embedded-{host}-{}", options.site_addr.port());
        let engine = Engine::new(portal.clone(), Arc::clone(&shelf), program, name);
        let cookies = Cookies::by_port(options.site_addr.port());
        let (reports, nudged, pace) = (Arc::default(), Arc::default(), Arc::default());
        let (imports, streams) = (Arc::default(), Arc::default());
        let limits = Arc::new(Limits::new(&LimitSettings::default()));
        let provider = None;
        Self {
            portal,
            shelf,
            engine,
            reports,
            nudged,
            pace,
            streams,
            imports,
            options,
            provider,
            cookies,
            limits,
        }
    }

    /// With people who sign in by a provider, from wherever they reach the portal.
    #[must_use]
    pub fn signing_in_by(self, provider: Provider) -> Self {
        let cookies = if provider.is_secure() { Cookies::over_https() } else { self.cookies };
        Self { provider: Some(Arc::new(provider)), cookies, ..self }
    }

    /// With other limits than the usual ones.
    #[must_use]
    pub fn limited_by(self, settings: &LimitSettings) -> Self {
        Self { limits: Arc::new(Limits::new(settings)), ..self }
    }

    /// Starts the jobs: hearing what other servers tell, the shelf, the embedded engine and its log, reports, refusals and
    /// uses of tokens on their way to the database, the audit's log, and the object store's `latest`.
    pub fn run(&self) {
        tokio::spawn(Arc::clone(&self.limits).keep());
        tokio::spawn(self.portal.clone().keep_hearing());
        tokio::spawn(Arc::clone(&self.shelf).keep());
        tokio::spawn(Arc::clone(&self.engine).keep());
        tokio::spawn(Arc::clone(&self.engine).keep_log());
        tokio::spawn(Arc::clone(&self.reports).keep(self.portal.clone()));
        tokio::spawn(self.portal.clone().keep_refusals());
        tokio::spawn(portal::identity::keep_uses(self.portal.clone()));
        tokio::spawn(self.portal.clone().keep_log());
        tokio::spawn(self.portal.clone().keep_log_verified());
        tokio::spawn(follow(self.portal.clone()));
    }
}

/// Keeps the object store's `latest` up with the pointers.
async fn follow(portal: Portal) {
    loop {
        if let Err(error) = portal::release::follow_with_the_object_store(&portal).await {
            tracing::warn!(%error, "the object store does not show the newest releases yet");
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
}

impl FromRef<Site> for Portal {
    fn from_ref(site: &Site) -> Self {
        site.portal.clone()
    }
}
