use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use tokio::{
    fs::{self, File},
    io::AsyncWriteExt,
};

use super::{LARGEST, ObjectError};

/// A folder as an object store. Files are written beside their place and moved there whole.
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Whether it was this call that created the object.
    pub(super) async fn create(&self, key: &str, bytes: &Bytes) -> Result<bool, ObjectError> {
        if fs::try_exists(self.root.join(key)).await.map_err(|cause| failed(key, &cause))? {
            return Ok(false);
        }
        self.replace(key, bytes).await.map(|()| true)
    }

    pub(super) async fn replace(&self, key: &str, bytes: &Bytes) -> Result<(), ObjectError> {
        let place = self.root.join(key);
        self.write(&place, bytes).await.map_err(|cause| failed(key, &cause))
    }

    pub(super) async fn get(&self, key: &str) -> Result<Option<Bytes>, ObjectError> {
        let place = self.root.join(key);
        let found = match fs::metadata(&place).await {
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(None),
            found => found.map_err(|cause| failed(key, &cause))?,
        };
        if found.len() > LARGEST {
            return Err(ObjectError::Corrupt(key.into()));
        }
        Ok(Some(fs::read(&place).await.map_err(|cause| failed(key, &cause))?.into()))
    }

    async fn write(&self, place: &Path, bytes: &Bytes) -> std::io::Result<()> {
        let folder = place.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder).await?;
        let beside = folder.join(format!(".{}", uuid::Uuid::now_v7()));
        let mut file = File::create_new(&beside).await?;
        file.write_all(bytes).await?;
        // On the disk before it has its name, and the name before anybody is told of it.
        file.sync_all().await?;
        fs::rename(&beside, place).await?;
        File::open(folder).await?.sync_all().await
    }
}

fn failed(key: &str, cause: &std::io::Error) -> ObjectError {
    ObjectError::Store { key: key.into(), cause: cause.to_string() }
}
