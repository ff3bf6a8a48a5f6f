//! A folder on the disk, and what the embedded engine says of it.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use rego::check::{Namespaces, check};
use rego::report::{Fault, Report};
use rego::worker::{Config, Drafts, Module, Release};

#[derive(Args)]
pub(crate) struct Folder {
    /// The folder of policies: `policies/`, its `rego/`, or any folder of Rego files
    #[arg(value_name = "DIR")]
    path: PathBuf,
}

impl Folder {
    /// Reads it; what is wrong with the folder itself comes back as faults.
    pub(crate) fn read(&self) -> anyhow::Result<Result<rego::folder::Folder, Vec<Fault>>> {
        if !self.path.is_dir() {
            bail!("{}: there is no such folder", self.path.display());
        }
        Ok(rego::folder::Folder::from_dir(&self.path))
    }
}

/// All checks of the embedded engine, its tests among them.
pub(crate) async fn report(folder: &rego::folder::Folder) -> anyhow::Result<Report> {
    let Release { modules, data } = release(folder);
    check(&modules, &data, &Namespaces::default(), &drafts()).await.context("the folder could not be checked")
}

pub(crate) fn release(folder: &rego::folder::Folder) -> Release {
    let module = |(path, text): (&str, &str)| Module { path: path.to_owned(), text: text.to_owned() };
    Release { modules: folder.modules().map(module).collect(), data: folder.data() }
}

/// Workers are this same program, started again.
pub(crate) fn drafts() -> Drafts {
    Drafts::new(Config::drafts())
}
