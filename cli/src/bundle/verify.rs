//! `aegis bundle verify`.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use rego::bundle::{BundleError, KeyId, Verified, VerifyingKey, inspect, verify};
use serde_json::json;

use crate::said::Said;

#[derive(Args)]
pub(crate) struct Verify {
    /// The bundle
    file: PathBuf,
    /// The public key, a PEM file
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The id that the signature must name; by default whatever it names
    #[arg(long, value_name = "ID")]
    keyid: Option<KeyId>,
}

impl Verify {
    pub(crate) fn run(&self) -> anyhow::Result<Said> {
        let (bytes, pem) = (super::read(&self.file)?, super::read(&self.key)?);
        let pem = std::str::from_utf8(&pem).with_context(|| self.key.display().to_string())?;
        // A key that is none is not the bundle's fault.
        VerifyingKey::from_pem("any".parse()?, pem)?;
        Ok(match self.verified(&bytes, pem) {
            Ok(verified) => said(&verified),
            Err(e) => Said::error(e),
        })
    }

    fn verified(&self, bytes: &[u8], pem: &str) -> Result<Verified, BundleError> {
        let keyid = match &self.keyid {
            Some(keyid) => keyid.clone(),
            None => inspect(bytes)?.keyid.ok_or(BundleError::Unsigned)?.parse()?,
        };
        verify(bytes, &[VerifyingKey::from_pem(keyid, pem)?])
    }
}

fn said(verified: &Verified) -> Said {
    let (archive, keyid) = (&verified.archive, &verified.keyid);
    let (revision, digest) = (&archive.manifest().revision, archive.digest());
    Said {
        wrong: false,
        text: format!("signed by {keyid}: revision {revision}, digest {digest}\n"),
        json: json!({"keyid": keyid, "digest": digest, "manifest": archive.manifest()}),
    }
}
