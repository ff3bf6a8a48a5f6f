//! `aegis bundle build`.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use rego::bundle::{Archive, CATALOGUE, Contents, KeyId, Root, SigningKey};
use rego::folder::Folder;
use serde_json::json;

use crate::judge;
use crate::said::Said;

#[derive(Args)]
pub(crate) struct Build {
    #[command(flatten)]
    folder: judge::Folder,
    /// Where to write the bundle
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// What OPA will report as its active revision; by default it comes of the content
    #[arg(long)]
    revision: Option<String>,
    /// The part of data that the bundle owns, such as `aegis/provisioning`; may be given several times. By default
    /// the one that the folder has packages of
    #[arg(long, value_name = "ROOT")]
    root: Vec<Root>,
    /// Sign it with this private key, a PEM file of mode 0600
    #[arg(long, value_name = "FILE", requires = "keyid")]
    key: Option<PathBuf>,
    /// What OPA knows the key by
    #[arg(long, value_name = "ID", requires = "key")]
    keyid: Option<KeyId>,
}

impl Build {
    pub(crate) fn run(&self) -> anyhow::Result<Said> {
        let folder = match self.folder.read()? {
            Ok(folder) => folder,
            Err(faults) => return Ok(Said::faults(&faults)),
        };
        let key = match self.key.as_deref().zip(self.keyid.clone()) {
            Some((path, keyid)) => Some(SigningKey::load(keyid, path)?),
            None => None,
        };
        let roots = if self.root.is_empty() { vec![only_root(&folder)?] } else { self.root.clone() };
        let contents = self.contents(&folder, roots)?;
        let archive = match contents.and_then(|contents| Archive::build(&contents)) {
            Ok(archive) => archive,
            Err(e) => {
                return Ok(Said::error(e));
            }
        };
        let bytes = key.as_ref().map_or_else(|| archive.to_unsigned(), |key| archive.sign(key));
        write(&self.output, &bytes)?;
        Ok(said(&archive, key.as_ref(), &self.output))
    }

    fn contents(
        &self,
        folder: &Folder,
        roots: Vec<Root>,
    ) -> anyhow::Result<Result<Contents, rego::bundle::BundleError>> {
        let files: std::collections::BTreeMap<_, _> =
            roots.iter().flat_map(|root| folder.contents(root)).collect();
        if files.is_empty() {
            bail!("the folder has nothing for {}", list(&roots));
        }
        let contents = Contents { roots, files, ..Contents::default() };
        Ok(match &self.revision {
            Some(revision) => Ok(Contents { revision: revision.clone(), ..contents }),
            None => contents.revised(),
        })
    }
}

/// The root of the catalogue that the folder has something for; which of two, only its author knows.
fn only_root(folder: &Folder) -> anyhow::Result<Root> {
    let known = CATALOGUE.iter().map(|bundle| bundle.root());
    let mut found: Vec<_> = known.filter(|root| !folder.contents(root).is_empty()).collect();
    match found.len() {
        0 => bail!("the folder has nothing for any bundle of the catalogue; name a root with --root"),
        1 => Ok(found.remove(0)),
        _ => bail!("the folder has packages of {}; name one with --root", list(&found)),
    }
}

fn list(roots: &[Root]) -> String {
    roots.iter().map(Root::as_str).collect::<Vec<_>>().join(" and ")
}

/// Whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let named = || path.display().to_string();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(named)?;
    file.write_all(bytes).with_context(named)?;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644)).with_context(named)?;
    file.persist(path).map_err(|e| e.error).with_context(named)?;
    Ok(())
}

fn said(archive: &Archive, key: Option<&SigningKey>, output: &Path) -> Said {
    let keyid = key.map(|key| key.keyid().to_string());
    let signed = keyid.as_ref().map_or_else(|| "unsigned".to_owned(), |keyid| format!("signed by {keyid}"));
    let manifest = archive.manifest();
    let text = format!(
        "{}: revision {}, roots {}, {} files, {signed}\ndigest {}\n",
        output.display(),
        manifest.revision,
        manifest.roots.join(" and "),
        archive.files().len(),
        archive.digest()
    );
    let json = json!({"manifest": manifest, "digest": archive.digest(), "keyid": keyid, "file": output});
    Said { wrong: false, text, json }
}
