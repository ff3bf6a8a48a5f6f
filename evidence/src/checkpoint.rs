//! Checkpoints: signed states of the log (C2SP tlog-checkpoint), as signed notes (C2SP signed-note) with Ed25519.
//!
//! The key bears the log's name, which is the origin of its checkpoints. Where a restore has taken entries back, the
//! log goes on as another branch: its origin is the name with the branch's number behind it. So a log never signs two
//! trees of which neither holds the other.

use std::{fmt, str::FromStr};

use rand_core_06::OsRng;
use signed_note::{
    Note, Signer, StandardSigner, StandardVerifier, Verifier, VerifierList, generate_key, is_key_name_valid,
};
use tlog_tiles::{Checkpoint as Body, Hash};

/// The largest note that is read: it is a few lines.
const LARGEST: usize = 10_000;
/// The first branch of a log, whose origin is the name alone.
const FIRST: u32 = 1;

/// A state of the log that was signed.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Counted from 1; each restore begins another.
    pub branch: u32,
    /// How many entries it covers.
    pub size: u64,
    /// The root of the tree of these.
    pub root: Hash,
}

/// Why a note is no checkpoint of this log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    #[error("it is no signed note with a checkpoint in it")]
    Malformed,
    #[error("it is not signed with this log's key")]
    Signature,
    #[error("its origin is {0}, which is not this log")]
    Origin(String),
}

/// The public half of a log's key.
#[derive(Clone)]
pub struct PublicKey {
    text: String,
    verifier: StandardVerifier,
}

/// What checkpoints are signed with.
pub struct LogKey {
    text: String,
    signer: StandardSigner,
    public: PublicKey,
}

/// That a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no key of the signed note format")]
pub struct NoKey;

impl LogKey {
    /// A fresh one for a log of that name.
    ///
    /// # Panics
    /// Where the name is empty or holds a space or a plus sign.
    pub fn generate(name: &str) -> Self {
        assert!(is_key_name_valid(name), "a key's name has neither spaces nor plus signs");
        let (private, public) = generate_key(&mut OsRng, name);
        Self::read(&private, &public).expect("what was just made can be read")
    }

    /// The key from its private and its public text.
    ///
    /// # Errors
    /// Where one of them is no key, or they do not belong together.
    pub fn read(private: &str, public: &str) -> Result<Self, NoKey> {
        let signer = StandardSigner::new(private.trim()).map_err(|_| NoKey)?;
        let public: PublicKey = public.parse()?;
        let (theirs, ours) = (&public.verifier, &signer);
        if (theirs.name(), theirs.key_id()) != (ours.name(), ours.key_id()) {
            return Err(NoKey);
        }
        Ok(Self { text: private.trim().to_owned(), signer, public })
    }

    /// The private half, to be kept from everybody.
    pub fn private(&self) -> &str {
        &self.text
    }

    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// A checkpoint as a signed note. The same one signed twice is the same bytes.
    pub fn sign(&self, checkpoint: &Checkpoint) -> String {
        let origin = origin(self.signer.name(), checkpoint.branch);
        let body = Body::new(&origin, checkpoint.size, checkpoint.root, "").expect("the origin is not empty");
        self.note(&String::from_utf8(body.to_bytes()).expect("a checkpoint is UTF-8"))
    }

    /// A text of whole lines as a signed note. What is not a checkpoint must not be able to pass for one.
    pub(crate) fn note(&self, text: &str) -> String {
        let mut note = Note::new(text.as_bytes(), &[]).expect("lines are a note's text");
        note.add_sigs(&[&self.signer]).expect("Ed25519 signs anything");
        String::from_utf8(note.to_bytes()).expect("a note is UTF-8")
    }
}

impl PublicKey {
    /// The log's name.
    pub fn name(&self) -> &str {
        self.verifier.name()
    }

    /// Reads a note, and verifies that it is a checkpoint of this log.
    ///
    /// # Errors
    /// Where it is none.
    pub fn open(&self, note: &str) -> Result<Checkpoint, CheckpointError> {
        let body = Body::from_bytes(&self.text_of(note)?).map_err(|_| CheckpointError::Malformed)?;
        let branch = branch(self.name(), body.origin())
            .ok_or_else(|| CheckpointError::Origin(body.origin().to_owned()))?;
        Ok(Checkpoint { branch, size: body.size(), root: *body.hash() })
    }

    /// The text of a note that is signed with this key.
    pub(crate) fn text_of(&self, note: &str) -> Result<Vec<u8>, CheckpointError> {
        if note.len() > LARGEST {
            return Err(CheckpointError::Malformed);
        }
        let note = Note::from_bytes(note.as_bytes()).map_err(|_| CheckpointError::Malformed)?;
        let known = VerifierList::new(vec![Box::new(self.verifier.clone())]);
        note.verify(&known).map_err(|_| CheckpointError::Signature)?;
        Ok(note.text().to_vec())
    }
}

impl FromStr for PublicKey {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        let text = text.trim();
        let verifier = StandardVerifier::new(text).map_err(|_| NoKey)?;
        Ok(Self { text: text.to_owned(), verifier })
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The notes of a text in which they stand one after the other. What is none of them is left to whoever opens it.
pub fn notes(text: &str) -> Vec<String> {
    let (mut notes, mut note, mut signed) = (Vec::new(), String::new(), false);
    for line in text.lines() {
        let signature = line.starts_with('\u{2014}');
        if signed && !signature {
            notes.push(std::mem::take(&mut note));
        }
        // Between two notes there may be an empty line.
        if !(note.is_empty() && line.is_empty()) {
            note.push_str(line);
            note.push('\n');
        }
        signed = signature;
    }
    if !note.is_empty() {
        notes.push(note);
    }
    notes
}

fn origin(name: &str, branch: u32) -> String {
    if branch == FIRST { name.to_owned() } else { format!("{name}/{branch}") }
}

fn branch(name: &str, origin_told: &str) -> Option<u32> {
    let branch = match origin_told.strip_prefix(name)? {
        "" => FIRST,
        behind => behind.strip_prefix('/')?.parse().ok()?,
    };
    (origin(name, branch) == origin_told).then_some(branch)
}

#[cfg(test)]
mod tests {
    use tlog_tiles::record_hash;

    use super::{Checkpoint, CheckpointError, LogKey, NoKey, PublicKey, notes};

    fn checkpoint(branch: u32, size: u64) -> Checkpoint {
        Checkpoint { branch, size, root: record_hash(&size.to_be_bytes()) }
    }

    #[test]
    fn what_is_signed_is_opened_with_the_public_half_and_no_other() {
        let (key, other) = (LogKey::generate("log"), LogKey::generate("log"));
        for branch in [1, 2, 70] {
            let note = key.sign(&checkpoint(branch, 5));
            assert_eq!(key.public().open(&note), Ok(checkpoint(branch, 5)));
            assert_eq!(note, key.sign(&checkpoint(branch, 5)));
            assert_eq!(other.public().open(&note), Err(CheckpointError::Signature));
        }
    }

    #[test]
    fn no_byte_of_a_checkpoint_can_be_changed() {
        let key = LogKey::generate("aegis/log");
        let note = key.sign(&checkpoint(1, 1234));
        for (at, sign) in note.char_indices().filter(|(_, sign)| sign.is_ascii()) {
            let other = if sign == '7' { "8" } else { "7" };
            let spoiled = format!("{}{other}{}", &note[..at], &note[at + 1..]);
            assert!(key.public().open(&spoiled).is_err(), "{spoiled}");
        }
        assert_eq!(key.public().open(&"x".repeat(20_000)), Err(CheckpointError::Malformed));
    }

    #[test]
    fn a_checkpoint_of_another_origin_is_none_of_this_log() {
        let (private, public) = {
            let key = LogKey::generate("log");
            (key.private().to_owned(), key.public().to_string())
        };
        let key = LogKey::read(&private, &public).unwrap();
        for origin in ["log/1", "log/02", "log/x", "log2", "other", "log/"] {
            let body = super::Body::new(origin, 5, record_hash(b""), "").unwrap();
            let mut note = super::Note::new(&body.to_bytes(), &[]).unwrap();
            note.add_sigs(&[&key.signer]).unwrap();
            let told = key.public().open(&String::from_utf8(note.to_bytes()).unwrap());
            assert_eq!(told, Err(CheckpointError::Origin(origin.into())));
        }
    }

    #[test]
    fn a_key_is_read_as_it_was_written_and_nothing_else_is_one() {
        let key = LogKey::generate("log");
        let again = LogKey::read(&format!("{}\n", key.private()), &key.public().to_string()).unwrap();
        assert_eq!(again.public().name(), "log");
        assert_eq!(
            LogKey::read(key.private(), &LogKey::generate("log").public().to_string()).err(),
            Some(NoKey)
        );
        for text in ["", "log", "log+00000000+AAAA", key.private()] {
            assert_eq!(text.parse::<PublicKey>().err(), Some(NoKey), "{text}");
        }
    }

    #[test]
    fn notes_that_stand_in_a_row_are_read_one_by_one() {
        let key = LogKey::generate("log");
        let (one, two) = (key.sign(&checkpoint(1, 5)), key.sign(&checkpoint(2, 7)));
        assert_eq!(notes(&format!("{one}{two}")), [one.clone(), two.clone()]);
        assert_eq!(notes(&format!("\n{one}\n\n{two}\n")), [one, two]);
        assert!(notes("").is_empty());
    }
}
