//! `aegis bundle inspect`.

use std::path::PathBuf;

use clap::Args;
use rego::bundle::{Inspected, inspect};
use serde_json::json;

use crate::said::Said;

#[derive(Args)]
pub(crate) struct Inspect {
    /// The bundle
    file: PathBuf,
}

impl Inspect {
    pub(crate) fn run(&self) -> anyhow::Result<Said> {
        Ok(match inspect(&super::read(&self.file)?) {
            Ok(inspected) => Said { wrong: false, text: text(&inspected), json: json!(inspected) },
            Err(e) => Said::error(e),
        })
    }
}

fn text(inspected: &Inspected) -> String {
    let signed =
        inspected.keyid.as_ref().map_or_else(|| "none".to_owned(), |id| format!("by key {id}, not verified"));
    let (manifest, packages) = (&inspected.manifest, inspected.packages.join(", "));
    let mut text = format!(
        "revision   {}\nroots      {}\nsignature  {signed}\ndigest     {}\npackages   {packages}\n",
        manifest.revision,
        manifest.roots.join(", "),
        inspected.digest
    );
    text.extend(
        inspected.files.iter().map(|file| format!("{:>9}  {}  {}\n", file.size, &file.hash[..12], file.name)),
    );
    text
}
