//! Keys that bundles are signed with: ECDSA on P-256 (ES256, RFC 7518), the nonce by RFC 6979.
//!
//! Private keys are files of mode 0600 and never anything else; public ones are PEM, as OPA's `keys` wants them.

use std::fmt;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::str::FromStr;

use p256::ecdsa::signature::{Signer, Verifier};
use p256::ecdsa::{self, Signature};
use p256::elliptic_curve::rand_core::OsRng;
use p256::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::BundleError;

/// A key file is some 250 bytes; what is larger is something else.
const LARGEST_FILE: u64 = 64 << 10;

/// What a key is called in OPA's `keys`, in a signature and in a resource: 1 to 64 letters, digits, `.`, `_`, `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId(String);

/// Signs bundles. It shows its name and never itself.
#[derive(Clone)]
pub struct SigningKey {
    keyid: KeyId,
    key: ecdsa::SigningKey,
}

/// Tells whether a bundle was signed by the key of that name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    keyid: KeyId,
    key: ecdsa::VerifyingKey,
}

impl SigningKey {
    /// A new key from the system's randomness.
    pub fn generate(keyid: KeyId) -> Self {
        Self { keyid, key: ecdsa::SigningKey::random(&mut OsRng) }
    }

    /// Reads PKCS#8 PEM.
    ///
    /// # Errors
    /// When it is no private P-256 key.
    pub fn from_pem(keyid: KeyId, pem: &str) -> Result<Self, BundleError> {
        let key = ecdsa::SigningKey::from_pkcs8_pem(pem.trim())
            .map_err(|_| BundleError::Key("not a private P-256 key in PKCS#8 PEM".to_owned()))?;
        Ok(Self { keyid, key })
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// When it cannot be read, is no key, or others than its owner may read it.
    pub fn load(keyid: KeyId, path: &Path) -> Result<Self, BundleError> {
        let at = |e: &dyn fmt::Display| BundleError::Key(format!("{}: {e}", path.display()));
        let meta = std::fs::metadata(path).map_err(|e| at(&e))?;
        if meta.permissions().mode() & 0o077 != 0 {
            return Err(at(&"others may read it; make it mode 0600"));
        }
        if meta.len() > LARGEST_FILE {
            return Err(at(&"too large for a key"));
        }
        Self::from_pem(keyid, &std::fs::read_to_string(path).map_err(|e| at(&e))?)
    }

    /// Writes the key file, mode 0600, whole or not at all. It never replaces one: a lost key cannot be made again.
    ///
    /// # Errors
    /// When there is one already, or the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), BundleError> {
        let at = |e: std::io::Error| BundleError::Key(format!("{}: {e}", path.display()));
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = NamedTempFile::new_in(folder).map_err(at)?;
        let pem = self.key.to_pkcs8_pem(LineEnding::LF).expect("a key can be written");
        file.write_all(pem.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(at)?;
        file.persist_noclobber(path).map_err(|e| at(e.error))?;
        std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(at)
    }

    pub fn keyid(&self) -> &KeyId {
        &self.keyid
    }

    /// The same key, called by its public half: another key never has that name.
    #[must_use]
    pub fn under_its_thumbprint(self) -> Self {
        Self { keyid: self.verifying().thumbprint(), ..self }
    }

    pub fn verifying(&self) -> VerifyingKey {
        VerifyingKey { keyid: self.keyid.clone(), key: *self.key.verifying_key() }
    }

    /// The 64 bytes of a JWS signature.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.key.sign(message);
        signature.to_vec()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("keyid", &self.keyid).finish_non_exhaustive()
    }
}

impl VerifyingKey {
    /// Reads PEM (`PUBLIC KEY`).
    ///
    /// # Errors
    /// When it is no public P-256 key.
    pub fn from_pem(keyid: KeyId, pem: &str) -> Result<Self, BundleError> {
        let key = ecdsa::VerifyingKey::from_public_key_pem(pem.trim())
            .map_err(|_| BundleError::Key("not a public P-256 key in PEM".to_owned()))?;
        Ok(Self { keyid, key })
    }

    pub fn keyid(&self) -> &KeyId {
        &self.keyid
    }

    /// A name that comes of the key itself: `k` and the first 16 digits of its SHA-256.
    pub fn thumbprint(&self) -> KeyId {
        let digest = hex::encode(Sha256::digest(self.key.to_encoded_point(false).as_bytes()));
        KeyId(format!("k{}", &digest[..16]))
    }

    /// As OPA's `keys.<id>.key` wants it.
    pub fn to_pem(&self) -> String {
        self.key.to_public_key_pem(LineEnding::LF).expect("a key can be written")
    }

    pub(crate) fn fits(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.key.verify(message, &signature).is_ok())
    }
}

impl FromStr for KeyId {
    type Err = BundleError;

    fn from_str(text: &str) -> Result<Self, BundleError> {
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if (1..=64).contains(&text.len()) && text.chars().all(good) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BundleError::Key("an id is 1 to 64 letters, digits, `.`, `_` and `-`".to_owned()))
        }
    }
}

impl TryFrom<String> for KeyId {
    type Error = BundleError;

    fn try_from(text: String) -> Result<Self, BundleError> {
        text.parse()
    }
}

impl From<KeyId> for String {
    fn from(id: KeyId) -> Self {
        id.0
    }
}

impl AsRef<str> for KeyId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
