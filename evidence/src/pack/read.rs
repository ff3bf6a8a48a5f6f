//! A pack held against its manifest, and its part of the audit against the checkpoint; file by file, in a memory that
//! does not grow with it.

use std::{
    collections::HashSet,
    io::{self, BufReader, Read, Seek},
};

use sha2::{Digest, Sha256};
use zip::ZipArchive;

use super::{FORMAT, MANIFEST, Manifest, PACKED_CHECKPOINT, PACKED_LOG, SIGNATURE};
use crate::{CheckpointError, Known, PublicKey, Report, VerifyError, verify};

/// The largest manifest and the largest note that are read.
const LARGEST: u64 = 1 << 20;

/// What holds of a pack.
#[derive(Debug, Clone, PartialEq)]
pub struct PackReport {
    pub manifest: Manifest,
    /// Of its part of the audit.
    pub log: Report,
}

/// Why a pack does not hold.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    #[error("it is no evidence pack: {0}")]
    Unreadable(String),
    #[error("it is of the format {0}, which is not known here")]
    Format(String),
    #[error("the manifest is not signed with this log's key: {0}")]
    Manifest(CheckpointError),
    #[error("a name stands in it twice, and readers disagree about which of the two they take")]
    Twice,
    #[error("{0} is not in the manifest")]
    Strange(String),
    #[error("{0} is missing")]
    Missing(String),
    #[error("{0} is not what the manifest says")]
    Altered(String),
    #[error("{PACKED_LOG}: {0}")]
    Log(VerifyError),
    #[error("{PACKED_CHECKPOINT} is not the one that {PACKED_LOG} stands on")]
    Checkpoint,
    #[error("it cannot be read: {0}")]
    Read(io::Error),
}

/// Verifies a pack with the log's public key, against what is known of the log.
///
/// # Errors
/// What is wrong first; or where the file cannot be read.
pub fn verify_pack(file: impl Read + Seek, key: &PublicKey, known: &Known) -> Result<PackReport, PackError> {
    let mut pack = Pack::open(file)?;
    let manifest = pack.manifest(key)?;
    let names: HashSet<_> = manifest.files.iter().map(|file| file.name.as_bytes()).collect();
    let ours = [MANIFEST.as_bytes(), SIGNATURE.as_bytes()];
    let strange = pack.0.file_names_raw().find(|name| !ours.contains(name) && !names.contains(name));
    if let Some(strange) = strange {
        return Err(PackError::Strange(String::from_utf8_lossy(strange).into_owned()));
    }
    for file in &manifest.files {
        if pack.digest(&file.name, file.bytes)? != file.sha256 {
            return Err(PackError::Altered(file.name.clone()));
        }
    }
    let log = verify(BufReader::with_capacity(1 << 16, pack.file(PACKED_LOG)?), key, known)
        .map_err(PackError::Log)?;
    let checkpoint = key.open(&pack.text(PACKED_CHECKPOINT)?).map_err(|_| PackError::Checkpoint)?;
    if log.whole || checkpoint.size != log.covered {
        return Err(PackError::Checkpoint);
    }
    Ok(PackReport { manifest, log })
}

struct Pack<F>(ZipArchive<F>);

impl<F: Read + Seek> Pack<F> {
    fn open(file: F) -> Result<Self, PackError> {
        let zip = ZipArchive::new(file).map_err(|why| match why {
            zip::result::ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
                PackError::Read(error)
            }
            why => PackError::Unreadable(why.to_string()),
        })?;
        if zip.has_duplicate_names() {
            return Err(PackError::Twice);
        }
        Ok(Self(zip))
    }

    /// Nothing else is unpacked before it is known to be signed.
    fn manifest(&mut self, key: &PublicKey) -> Result<Manifest, PackError> {
        let (text, note) = (self.text(MANIFEST)?, self.text(SIGNATURE)?);
        key.signed_manifest(&note, text.as_bytes()).map_err(PackError::Manifest)?;
        let manifest: Manifest =
            serde_json::from_str(&text).map_err(|why| PackError::Unreadable(format!("{MANIFEST}: {why}")))?;
        if manifest.format == FORMAT { Ok(manifest) } else { Err(PackError::Format(manifest.format)) }
    }

    fn file(&mut self, name: &str) -> Result<impl Read, PackError> {
        self.0.by_name(name).map_err(|_| PackError::Missing(name.to_owned()))
    }

    fn text(&mut self, name: &str) -> Result<String, PackError> {
        let mut text = String::new();
        let read = self.file(name)?.take(LARGEST).read_to_string(&mut text);
        read.map_err(|why| PackError::Unreadable(format!("{name}: {why}")))?;
        Ok(text)
    }

    /// The digest of a file that has to be so long; of no more of it, whatever it unpacks to.
    fn digest(&mut self, name: &str, bytes: u64) -> Result<String, PackError> {
        let (mut digest, mut read) = (Sha256::new(), 0);
        let mut file = self.file(name)?.take(bytes.saturating_add(1));
        let mut part = vec![0; 1 << 16];
        loop {
            // What cannot be unpacked was altered as well.
            let length = file.read(&mut part).map_err(|_| PackError::Altered(name.to_owned()))?;
            if length == 0 {
                break;
            }
            digest.update(&part[..length]);
            read += length as u64;
        }
        if read == bytes {
            Ok(hex::encode(digest.finalize()))
        } else {
            Err(PackError::Altered(name.to_owned()))
        }
    }
}
