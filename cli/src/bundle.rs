//! `aegis bundle`: archives for OPA, made and looked at by hand.

mod build;
mod inspect;
mod key;
mod verify;

use std::path::Path;

use anyhow::{Context, bail};
use bytes::Bytes;

use crate::said::Said;

/// Bytes of an archive; the engine's own limit is lower and says so in its own words.
const LARGEST: u64 = 64 << 20;

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Build a bundle from a folder: the same folder gives the same bytes
    Build(build::Build),
    /// List what a bundle holds; nothing is verified
    Inspect(inspect::Inspect),
    /// Verify that a bundle is what a key signed, whole
    Verify(verify::Verify),
    /// Make a pair of keys to sign bundles with
    Key(key::Key),
}

impl Command {
    pub(crate) fn run(&self) -> anyhow::Result<Said> {
        match self {
            Self::Build(build) => build.run(),
            Self::Inspect(inspect) => inspect.run(),
            Self::Verify(verify) => verify.run(),
            Self::Key(key) => key.run(),
        }
    }
}

fn read(path: &Path) -> anyhow::Result<Bytes> {
    let named = || path.display().to_string();
    if std::fs::metadata(path).with_context(named)?.len() > LARGEST {
        bail!("{}: more than {} MiB", path.display(), LARGEST >> 20);
    }
    Ok(std::fs::read(path).with_context(named)?.into())
}
