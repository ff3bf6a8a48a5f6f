//! Where archives are kept: a folder, or a bucket of S3.
//!
//! Archives are written once under their digest and their version's key; only `latest` ever changes, and what
//! an act left that came to nothing.
//!
//! Invariant: what was written is whole, or it is not there.

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::Error;

mod folder;
mod s3;
pub use folder::Folder;
pub use s3::{Bucket, S3Settings};

/// The largest object that is read back: a bundle is a few megabytes.
const LARGEST: u64 = 256 << 20;
/// Releases are counted from 1.
const NEVER_RELEASED: i64 = 0;

/// Why the object store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    #[error("{key}: {cause}")]
    Store { key: String, cause: String },
    #[error("{0}: other bytes stand there already")]
    Taken(String),
    #[error("{0}: what stands there is of a later release, or was written meanwhile")]
    Overtaken(String),
    #[error("{0}: what was read back is not what was written")]
    Corrupt(String),
}

pub enum ObjectStore {
    Folder(Folder),
    Bucket(Bucket),
}

impl ObjectStore {
    /// Writes an object that never changes, and checks what is stored by its SHA-256.
    ///
    /// # Errors
    /// [`ObjectError::Taken`] where other bytes stand there already.
    pub async fn create(&self, key: &str, bytes: &Bytes) -> Result<(), ObjectError> {
        let created = match self {
            Self::Folder(folder) => folder.create(key, bytes).await?,
            Self::Bucket(bucket) => bucket.create(key, bytes).await?,
        };
        let stored = self.get(key).await?.ok_or_else(|| ObjectError::Corrupt(key.into()))?;
        match (stored == *bytes, created) {
            (true, _) => Ok(()),
            (false, true) => Err(ObjectError::Corrupt(key.into())),
            (false, false) => Err(ObjectError::Taken(key.into())),
        }
    }

    /// Writes an object that changes: `latest`. The caller sees to it that it never goes back; a bucket, where a
    /// write may be late, sees to it as well.
    ///
    /// # Errors
    /// [`ObjectError::Overtaken`] where a later one stands there, or somebody else wrote at the same time.
    pub async fn replace(&self, key: &str, bytes: &Bytes, sequence: i64) -> Result<(), ObjectError> {
        match self {
            Self::Folder(folder) => folder.replace(key, bytes).await,
            Self::Bucket(bucket) => bucket.replace(key, bytes, sequence).await,
        }
    }

    /// Reads an object; none where there is none.
    pub async fn get(&self, key: &str) -> Result<Option<Bytes>, ObjectError> {
        match self {
            Self::Folder(folder) => folder.get(key).await,
            Self::Bucket(bucket) => bucket.get(key).await,
        }
    }

    /// The archive with this SHA-256 (hex), checked against it.
    pub(crate) async fn archive(&self, digest: &str) -> Result<Option<Bytes>, ObjectError> {
        let key = archive_key(digest);
        match self.get(&key).await? {
            Some(bytes) if sha256(&bytes) == digest => Ok(Some(bytes)),
            Some(_) => Err(ObjectError::Corrupt(key)),
            None => Ok(None),
        }
    }

    /// Keeps an archive under its SHA-256, which is returned. Other bytes under that name are broken ones.
    pub(crate) async fn keep_archive(&self, bytes: &Bytes) -> Result<String, ObjectError> {
        let (digest, key) = (sha256(bytes), archive_key(&sha256(bytes)));
        match self.create(&key, bytes).await {
            Err(ObjectError::Taken(_)) => self.reclaim(&key, bytes).await?,
            created => created?,
        }
        Ok(digest)
    }

    /// Puts these bytes where others stand that nobody was ever promised, and checks what is stored.
    pub(crate) async fn reclaim(&self, key: &str, bytes: &Bytes) -> Result<(), ObjectError> {
        self.replace(key, bytes, NEVER_RELEASED).await?;
        let stored = self.get(key).await?;
        if stored.as_ref() == Some(bytes) { Ok(()) } else { Err(ObjectError::Corrupt(key.into())) }
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn archive_key(digest: &str) -> String {
    format!("archive/{digest}.tar.gz")
}

impl From<ObjectError> for Error {
    fn from(error: ObjectError) -> Self {
        match error {
            // Whoever was overtaken looks again.
            ObjectError::Store { .. } | ObjectError::Overtaken(_) => {
                tracing::warn!(%error, "the object store failed");
                Self::Unavailable("the object store".into())
            }
            ObjectError::Taken(_) | ObjectError::Corrupt(_) => Self::internal("object store", &error),
        }
    }
}
