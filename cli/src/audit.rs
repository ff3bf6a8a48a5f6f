//! An export of the audit, held against what was signed, without the portal.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Subcommand;
use evidence::{
    Bad, Checkpoint, Consistency, Known, PackError, PackReport, PublicKey, Report, VerifyError, notes,
    verify, verify_pack,
};
use serde_json::json;

use crate::said::Said;

/// A file of checkpoints, or of a key: a year of checkpoints has some 100 MB.
const LARGEST: u64 = 1 << 30;
/// Files of a folder of checkpoints.
const MOST: usize = 1_000_000;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Verify an export or a pack of evidence: name the first entry that is bad, and why
    Verify {
        /// The export or the pack, as the portal sent it
        #[arg(value_name = "FILE")]
        export: PathBuf,
        /// The log's public key, or a file that holds it; from whom it was had says what it is worth
        #[arg(long, value_name = "KEY")]
        key: String,
        /// Checkpoints that were kept elsewhere: a file of them, or a folder such as the object store's
        #[arg(long, visible_alias = "checkpoint", value_name = "PATH")]
        checkpoints: Vec<PathBuf>,
        /// Between one of those and a narrowed export: what the portal's route of consistency told
        #[arg(long, value_name = "PROOF")]
        consistency: Vec<PathBuf>,
    },
}

impl Command {
    pub(crate) fn run(self) -> anyhow::Result<Said> {
        let Self::Verify { export, key, checkpoints, consistency } = self;
        let key = read_key(&key)?;
        let mut known = Known::default();
        for path in &checkpoints {
            for file in files(path)? {
                match opened(&file, &key)? {
                    Ok(signed) => known.checkpoints.extend(signed),
                    Err(why) => return Ok(Said::error(format!("{}: {why}", file.display()))),
                }
            }
        }
        for file in &consistency {
            let proof = Consistency::read(text(file)?.as_bytes());
            known.proofs.push(proof.with_context(|| file.display().to_string())?);
        }
        let mut file =
            File::open(&export).with_context(|| format!("{} cannot be opened", export.display()))?;
        if is_zip(&mut file).with_context(|| export.display().to_string())? {
            return match verify_pack(file, &key, &known) {
                Ok(report) => Ok(pack_holds(&report)),
                Err(PackError::Log(VerifyError::Bad(bad))) => Ok(does_not_hold(&bad)),
                Err(PackError::Read(error)) => Err(error).context(export.display().to_string()),
                Err(wrong) => Ok(pack_does_not_hold(&wrong)),
            };
        }
        match verify(BufReader::with_capacity(1 << 20, file), &key, &known) {
            Ok(report) => Ok(holds(&report)),
            Err(VerifyError::Bad(bad)) => Ok(does_not_hold(&bad)),
            Err(error @ VerifyError::Read(_)) => Err(error).context(export.display().to_string()),
        }
    }
}

/// Whether it begins as zips do; read from its beginning again.
fn is_zip(file: &mut File) -> std::io::Result<bool> {
    let mut begins = Vec::new();
    Read::by_ref(file).take(4).read_to_end(&mut begins)?;
    file.rewind()?;
    Ok(begins == b"PK\x03\x04")
}

fn read_key(given: &str) -> anyhow::Result<PublicKey> {
    if let Ok(key) = given.parse() {
        return Ok(key);
    }
    let path = Path::new(given);
    if !path.is_file() {
        bail!("{given} is neither a log's public key nor a file that holds one");
    }
    text(path)?.parse().with_context(|| path.display().to_string())
}

fn text(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let file = File::open(path).with_context(|| path.display().to_string())?;
    file.take(LARGEST).read_to_string(&mut text).with_context(|| path.display().to_string())?;
    Ok(text)
}

/// The file itself, or all files of a folder, with those of folders in it.
fn files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let (mut files, mut left) = (Vec::new(), vec![path.to_owned()]);
    while let Some(path) = left.pop() {
        if path.is_dir() {
            for entry in fs::read_dir(&path).with_context(|| path.display().to_string())? {
                left.push(entry?.path());
            }
        } else {
            files.push(path);
        }
        if files.len() + left.len() > MOST {
            bail!("there are more than {MOST} files");
        }
    }
    files.sort();
    Ok(files)
}

/// The checkpoints of a file; or what is wrong with one of them.
fn opened(file: &Path, key: &PublicKey) -> anyhow::Result<Result<Vec<Checkpoint>, String>> {
    let notes = notes(&text(file)?);
    if notes.is_empty() {
        return Ok(Err("there is no checkpoint in it".into()));
    }
    Ok(notes.iter().map(|note| key.open(note).map_err(|why| why.to_string())).collect())
}

fn holds(report: &Report) -> Said {
    let Report { entries, whole, checkpoints, covered, lost, unproven } = report;
    let mut text = if *whole {
        format!(
            "holds: all {entries} entries up to the newest checkpoint, against {checkpoints} checkpoints\n"
        )
    } else {
        format!(
            "holds: {entries} entries, each covered by the checkpoint over {covered}; whether entries were left out \
             is told by a whole export alone\n"
        )
    };
    for lost in lost {
        let Checkpoint { branch, size, .. } = lost.checkpoint;
        writeln!(
            text,
            "a restore that the log records took back what a checkpoint of branch {branch} covers: of {size} \
             entries the first {} are here",
            lost.kept
        )
        .expect("writing to a string does not fail");
    }
    for size in unproven {
        writeln!(
            text,
            "not held against the checkpoint over {size} entries: to a narrowed export a proof leads, which \
             /api/v1/audit/consistency?from={}&to={} tells, for --consistency",
            size.min(covered),
            size.max(covered),
        )
        .expect("writing to a string does not fail");
    }
    let lost: Vec<_> = lost
        .iter()
        .map(|lost| json!({ "branch": lost.checkpoint.branch, "size": lost.checkpoint.size, "kept": lost.kept }))
        .collect();
    let json = json!({
        "holds": true, "entries": entries, "whole": whole, "checkpoints": checkpoints, "covered": covered, "lost": lost,
        "unproven": unproven,
    });
    Said { wrong: false, text, json }
}

fn pack_holds(PackReport { manifest, log }: &PackReport) -> Said {
    let files = manifest.files.len();
    let Said { text, json, .. } = holds(log);
    let text = format!(
        "the pack of {} to {}, made by {} at {}, holds: all {files} files are what the manifest says, which is signed\n\
         its part of the log {text}",
        manifest.since, manifest.until, manifest.made_by, manifest.made_at,
    );
    Said { wrong: false, text, json: json!({ "holds": true, "manifest": manifest, "log": json }) }
}

fn pack_does_not_hold(wrong: &PackError) -> Said {
    let json = json!({ "holds": false, "reason": wrong.to_string() });
    Said { wrong: true, text: format!("does not hold: {wrong}\n"), json }
}

fn does_not_hold(bad: &Bad) -> Said {
    let json =
        json!({ "holds": false, "entry": bad.entry, "line": bad.line, "reason": bad.fault.to_string() });
    Said { wrong: true, text: format!("does not hold: {bad}\n"), json }
}
