//! The signature over a manifest: a signed note (C2SP signed-note), as checkpoints are.
//!
//! Its first line is the log's name and what is signed. A checkpoint's is the name alone or with a number behind it, so
//! that neither of the two can pass for the other.

use sha2::{Digest, Sha256};

use crate::{CheckpointError, LogKey, PublicKey};

impl LogKey {
    /// A manifest's signature, as a signed note.
    pub(super) fn sign_manifest(&self, manifest: &[u8]) -> String {
        self.note(&text(self.public().name(), manifest))
    }
}

impl PublicKey {
    /// Verifies that a note is the signature over this manifest.
    ///
    /// # Errors
    /// Where it is none, or over something else.
    pub(super) fn signed_manifest(&self, note: &str, manifest: &[u8]) -> Result<(), CheckpointError> {
        let signed = self.text_of(note)?;
        if signed == text(self.name(), manifest).as_bytes() {
            Ok(())
        } else {
            Err(CheckpointError::Signature)
        }
    }
}

fn text(name: &str, manifest: &[u8]) -> String {
    format!("{name}/evidence-pack\nsha256 {}\n", hex::encode(Sha256::digest(manifest)))
}

#[cfg(test)]
mod tests {
    use tlog_tiles::record_hash;

    use crate::{Checkpoint, CheckpointError, LogKey};

    #[test]
    fn a_manifest_and_a_checkpoint_never_pass_for_each_other() {
        let key = LogKey::generate("aegis/log");
        let note = key.sign_manifest(b"{}");
        assert_eq!(key.public().signed_manifest(&note, b"{}"), Ok(()));
        assert_eq!(key.public().signed_manifest(&note, b"{ }"), Err(CheckpointError::Signature));
        assert_eq!(key.public().open(&note), Err(CheckpointError::Malformed));
        let checkpoint = key.sign(&Checkpoint { branch: 1, size: 5, root: record_hash(b"") });
        assert_eq!(key.public().signed_manifest(&checkpoint, b"{}"), Err(CheckpointError::Signature));
        let other = LogKey::generate("aegis/log").sign_manifest(b"{}");
        assert_eq!(key.public().signed_manifest(&other, b"{}"), Err(CheckpointError::Signature));
    }
}
