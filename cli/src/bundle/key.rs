//! `aegis bundle key`.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use rego::bundle::{KeyId, SigningKey};
use serde_json::json;

use crate::said::Said;

#[derive(Args)]
pub(crate) struct Key {
    /// Where to write the private key, mode 0600; the public one goes beside it, with `.pub` at the end. Neither
    /// file may be there already
    file: PathBuf,
    /// What OPA will know the key by: letters, digits, `.`, `_`, `-`
    #[arg(long, value_name = "ID")]
    keyid: KeyId,
}

impl Key {
    pub(crate) fn run(&self) -> anyhow::Result<Said> {
        let key = SigningKey::generate(self.keyid.clone());
        let mut name = self.file.clone().into_os_string();
        name.push(".pub");
        let public = PathBuf::from(name);
        let pem = key.verifying().to_pem();
        // The public half first: when it cannot be written, there is no private one to forget.
        let file = OpenOptions::new().write(true).create_new(true).open(&public);
        file.and_then(|mut file| file.write_all(pem.as_bytes()))
            .with_context(|| public.display().to_string())?;
        if let Err(e) = key.save(&self.file) {
            std::fs::remove_file(&public).with_context(|| public.display().to_string())?;
            return Err(e.into());
        }
        let text = format!(
            "private key {} (keep it secret, and keep it)\npublic key {}\n",
            self.file.display(),
            public.display()
        );
        let json = json!({"keyid": key.keyid(), "private": self.file, "public": public, "pem": pem});
        Ok(Said { wrong: false, text, json })
    }
}
