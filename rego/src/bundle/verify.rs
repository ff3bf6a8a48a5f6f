//! Whether a bundle is what a known key signed: the questions that OPA asks, and a few more.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::inspect::open;
use super::signature::{ALGORITHM, Header, Payload, SCOPE, SignatureFile, hash};
use super::{Archive, BundleError, KeyId, VerifyingKey};

/// A bundle that a known key signed, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub keyid: KeyId,
    /// What was signed; a later key can sign it again.
    pub archive: Archive,
}

/// Verifies signature, scope, and that the files signed are exactly the files there, each as it was.
///
/// # Errors
/// The first thing that does not fit.
pub fn verify(gz: &[u8], keys: &[VerifyingKey]) -> Result<Verified, BundleError> {
    let opened = open(gz)?;
    let file = opened.signature.ok_or(BundleError::Unsigned)?;
    let token = token(&file)?;
    let kid = token.header.kid;
    let key =
        keys.iter().find(|key| key.keyid().as_ref() == kid).ok_or(BundleError::UnknownKey(kid.clone()))?;
    // The algorithm is the key's, as in OPA; a header that says otherwise is not believed, and not tolerated.
    if token.header.alg != "ES256"
        || token.header.crit.is_some()
        || !key.fits(&token.signed, &token.signature)
    {
        return Err(BundleError::Forged(kid));
    }
    let payload: Payload = decode(&token.payload)?;
    if payload.scope != SCOPE {
        return Err(BundleError::Scope(payload.scope));
    }
    check_files(&opened.archive, payload)?;
    Ok(Verified { keyid: key.keyid().clone(), archive: opened.archive })
}

fn check_files(archive: &Archive, payload: Payload) -> Result<(), BundleError> {
    let mut signed = BTreeMap::new();
    for file in payload.files {
        if file.algorithm != ALGORITHM {
            return Err(BundleError::Signature(format!(
                "{} is hashed by {}, not {ALGORITHM}",
                file.name, file.algorithm
            )));
        }
        if let Some(twice) = signed.insert(file.name, file.hash) {
            return Err(BundleError::Signature(format!("a file is listed twice, with {twice}")));
        }
    }
    for (name, bytes) in archive.files() {
        match signed.remove(name) {
            None => return Err(BundleError::Unlisted(name.clone())),
            Some(wanted) if wanted != hash(name, bytes)? => {
                return Err(BundleError::Digest { file: name.clone() });
            }
            Some(_) => {}
        }
    }
    signed.into_keys().next().map_or(Ok(()), |name| Err(BundleError::Missing(name)))
}

/// The parts of the one JWT in a signature file. Nothing is verified yet.
pub(crate) struct Token {
    pub(crate) header: Header,
    payload: String,
    signature: Vec<u8>,
    /// What the signature is over.
    signed: Vec<u8>,
}

pub(crate) fn token(file: &[u8]) -> Result<Token, BundleError> {
    let shape = |reason: &str| BundleError::Signature(reason.to_owned());
    let file: SignatureFile =
        serde_json::from_slice(file).map_err(|e| BundleError::Signature(e.to_string()))?;
    let [jwt] = &file.signatures[..] else { return Err(shape("there must be exactly one")) };
    let parts: Vec<_> = jwt.split('.').collect();
    let [header, payload, signature] = parts[..] else { return Err(shape("not a compact JWT")) };
    Ok(Token {
        header: decode(header)?,
        payload: payload.to_owned(),
        signature: URL_SAFE_NO_PAD.decode(signature).map_err(|_| shape("not base64url"))?,
        signed: format!("{header}.{payload}").into_bytes(),
    })
}

fn decode<T: serde::de::DeserializeOwned>(part: &str) -> Result<T, BundleError> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|e| BundleError::Signature(e.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|e| BundleError::Signature(e.to_string()))
}
