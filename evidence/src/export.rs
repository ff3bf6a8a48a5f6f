//! The file in which entries leave the portal: JSON Lines, so that it is written and read line by line.
//!
//! Its first line says what it is, its last how many entries it has. Between them, entries stand in the order of the log
//! in one of two ways:
//!
//! - *whole*: all entries from the first one on, and every checkpoint behind the last entry that it covers. Whoever
//!   reads it builds the tree anew.
//! - *narrowed*: one checkpoint, and then some entries, each with the proof that the checkpoint covers it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tlog_tiles::Hash;

use crate::Fault;

/// The form of the file that is written here.
const FORMAT: &str = "aegis-audit/1";
/// Hashes of a proof: a tree of more levels has more leaves than can be counted.
const HIGHEST: usize = 64;

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The log's public key. Whoever verifies holds the right one already.
    pub key: String,
    /// Whether it has all entries of the log up to its last checkpoint.
    pub whole: bool,
    /// What the entries were narrowed by, as the list's address has it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub query: String,
}

/// What a file had, by its own account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    pub entries: u64,
}

/// A line of the file.
#[derive(Debug)]
pub enum Line<'a> {
    Head(Head),
    /// A signed note.
    Checkpoint(Cow<'a, str>),
    /// An entry's canonical text, and its leaf's hash, by which it is found if it was altered.
    Entry {
        text: &'a str,
        leaf: Hash,
    },
    /// An entry's canonical text, and its audit path.
    Proven {
        text: &'a str,
        proof: Vec<Hash>,
    },
    End(End),
}

/// All members that a line may have. Exactly one kind of line is among them.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Members<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    format: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    log: Option<Head>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    checkpoint: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    entry: Option<&'a RawValue>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    leaf: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proof: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<End>,
}

const NONE: Members =
    Members { format: None, log: None, checkpoint: None, entry: None, leaf: None, proof: None, end: None };

impl<'a> Line<'a> {
    /// Reads a line.
    ///
    /// # Errors
    /// Where it is none of an export in a form that is known here.
    pub fn read(line: &'a [u8]) -> Result<Self, Fault> {
        let unread = |why: String| Fault::Unreadable(why);
        let members: Members = serde_json::from_slice(line).map_err(|why| unread(why.to_string()))?;
        match members {
            Members { format: Some(format), log: Some(head), checkpoint: None, entry: None, .. } => {
                if format == FORMAT { Ok(Self::Head(head)) } else { Err(Fault::Format(format.into_owned())) }
            }
            Members { checkpoint: Some(note), entry: None, end: None, .. } => Ok(Self::Checkpoint(note)),
            Members { entry: Some(text), leaf: Some(leaf), proof: None, end: None, .. } => {
                Ok(Self::Entry { text: text.get(), leaf: hash(&leaf)? })
            }
            Members { entry: Some(text), leaf: None, proof: Some(proof), end: None, .. } => {
                if proof.len() > HIGHEST {
                    return Err(unread(format!("no proof has {} hashes", proof.len())));
                }
                let proof = proof.iter().map(|text| hash(text)).collect::<Result<_, _>>()?;
                Ok(Self::Proven { text: text.get(), proof })
            }
            Members { end: Some(end), .. } => Ok(Self::End(end)),
            _ => Err(unread("it is no line of such a file".into())),
        }
    }

    /// The line as it is written, with its end.
    pub fn write(&self) -> String {
        let raw = |text: &'a str| serde_json::from_str::<&RawValue>(text).expect("a canonical text is JSON");
        let members = match self {
            Self::Head(head) => Members { format: Some(FORMAT.into()), log: Some(head.clone()), ..NONE },
            Self::Checkpoint(note) => Members { checkpoint: Some(note.clone()), ..NONE },
            Self::Entry { text, leaf } => {
                Members { entry: Some(raw(text)), leaf: Some(leaf.to_string().into()), ..NONE }
            }
            Self::Proven { text, proof } => {
                let proof = proof.iter().map(Hash::to_string).collect();
                Members { entry: Some(raw(text)), proof: Some(proof), ..NONE }
            }
            Self::End(end) => Members { end: Some(*end), ..NONE },
        };
        serde_json::to_string(&members).expect("texts are JSON") + "\n"
    }
}

fn hash(text: &str) -> Result<Hash, Fault> {
    Hash::parse_hash(text).map_err(|_| Fault::Unreadable(format!("{text:?} is no hash")))
}
