//! The keys that bundles and the audit's checkpoints are signed with.
//!
//! Private keys are never in the database: a folder holds them, one file of mode 0600 each, and all servers
//! are given the same one. A key's id comes of its public half, so that one that was made because another was
//! lost is never taken for it. Public halves are in the database, for as long as something they signed may be
//! in force.

use std::{fs::DirBuilder, os::unix::fs::DirBuilderExt, path::Path};

use evidence::LogKey;
use rego::bundle::{BundleError, KeyId, SigningKey, VerifyingKey};

use crate::audit::log;

const FILE: &str = "signing.pem";
/// What the only key was called before keys had ids of their own.
const FIRST: &str = "k1";

/// The keys in use.
pub struct Keys {
    signing: SigningKey,
    log: LogKey,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("the folder cannot be made: {0}")]
    Folder(std::io::Error),
    #[error(transparent)]
    Key(#[from] BundleError),
    #[error("{0}")]
    Log(String),
}

impl Keys {
    /// Reads the keys of a folder, and makes a first one where there is none.
    ///
    /// # Errors
    /// Where the folder cannot be read or written, or a file in it is no key.
    pub fn open(folder: &Path) -> Result<Self, KeyError> {
        // Nobody but the portal's own user has business here.
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(KeyError::Folder)?;
        Ok(Self { signing: signing(folder)?, log: log::key::open(folder).map_err(KeyError::Log)? })
    }

    pub(crate) fn signing(&self) -> &SigningKey {
        &self.signing
    }

    /// What the audit's checkpoints are signed with.
    pub(crate) fn log(&self) -> &LogKey {
        &self.log
    }

    /// The key in use, as OPA verifies with it.
    pub fn verifying(&self) -> VerifyingKey {
        self.signing.verifying()
    }
}

fn signing(folder: &Path) -> Result<SigningKey, KeyError> {
    let (file, first) = (folder.join(FILE), folder.join(FIRST).with_extension("pem"));
    let unnamed: KeyId = FILE.parse()?;
    if file.exists() {
        return Ok(SigningKey::load(unnamed, &file)?.under_its_thumbprint());
    }
    if first.exists() {
        return Ok(SigningKey::load(FIRST.parse()?, &first)?);
    }
    let signing = SigningKey::generate(unnamed).under_its_thumbprint();
    signing.save(&file)?;
    Ok(signing)
}

#[cfg(test)]
mod tests {
    use rego::bundle::SigningKey;

    use super::{FILE, Keys};

    #[test]
    fn a_key_in_the_place_of_a_lost_one_has_an_id_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let id = || Keys::open(folder.path()).unwrap().signing().keyid().clone();
        let lost = id();
        assert_eq!(id(), lost);
        std::fs::remove_file(folder.path().join(FILE)).unwrap();
        assert_ne!(id(), lost);
    }

    #[test]
    fn a_key_from_before_ids_goes_on_under_its_name() {
        let folder = tempfile::tempdir().unwrap();
        SigningKey::generate("k1".parse().unwrap()).save(&folder.path().join("k1.pem")).unwrap();
        assert_eq!(Keys::open(folder.path()).unwrap().signing().keyid().as_ref(), "k1");
    }
}
