//! An export held against checkpoints: in one go, with as much memory as the tree has levels.

use std::io::{BufRead, Read};

use serde::Deserialize;
use tlog_tiles::{Hash, check_record};

use crate::{Bad, Checkpoint, Consistency, End, Fault, Line, PublicKey, Tree, VerifyError, leaf};

/// The longest line: an entry is far below, and whoever sends endless ones is not listened to.
const LONGEST: u64 = 4 << 20;

/// What holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    pub entries: u64,
    /// Whether these are all entries up to the newest checkpoint.
    pub whole: bool,
    /// Checkpoints that were held against the entries, those from elsewhere among them.
    pub checkpoints: usize,
    /// How many entries the newest of them covers.
    pub covered: u64,
    /// Checkpoints of what a restore has taken back, which the log itself tells of.
    pub lost: Vec<Lost>,
    /// Sizes of known checkpoints that a narrowed export could not be held against, for want of a proof.
    pub unproven: Vec<u64>,
}

/// What an auditor has of a log from before.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Checkpoints that were kept elsewhere: only these show that a file's end was cut off together with its own.
    pub checkpoints: Vec<Checkpoint>,
    /// Proofs between one of them and a narrowed export's own. A whole export needs none.
    pub proofs: Vec<Consistency>,
}

/// A checkpoint whose entries are not all in the log any more, and the restore that is why.
#[derive(Debug, Clone, PartialEq)]
pub struct Lost {
    pub checkpoint: Checkpoint,
    /// How many of its entries are still in the log.
    pub kept: u64,
}

/// Verifies an export with the log's public key, against what is known of the log.
///
/// # Errors
/// The first entry that is bad and why; or where the file cannot be read.
pub fn verify(file: impl BufRead, key: &PublicKey, known: &Known) -> Result<Report, VerifyError> {
    let mut lines = Lines { file, line: Vec::new(), number: 0 };
    let head = match lines.next()? {
        Some(Line::Head(head)) => head,
        _ => return Err(lines.bad(None, Fault::Unreadable("an export begins with what it is".into()))),
    };
    let mut checkpoints = known.checkpoints.clone();
    checkpoints.sort_by_key(|checkpoint| (checkpoint.size, checkpoint.branch));
    agree(&checkpoints).map_err(|fault| Bad { entry: None, line: 0, fault })?;
    if head.whole { whole(lines, key, checkpoints) } else { narrowed(lines, key, checkpoints, &known.proofs) }
}

/// Two checkpoints over as many entries of one branch are of one tree.
fn agree(known: &[Checkpoint]) -> Result<(), Fault> {
    let contradicting = known.windows(2).find(|two| {
        (two[0].branch, two[0].size) == (two[1].branch, two[1].size) && two[0].root != two[1].root
    });
    contradicting.map_or(Ok(()), |two| Err(Fault::Contradiction { size: two[0].size }))
}

/// All that is read of an entry to place it.
#[derive(Deserialize)]
struct Placed {
    index: u64,
}

/// The entry of a restore, as far as it concerns the log.
#[derive(Deserialize)]
struct Restored {
    event: Branching,
}

#[derive(Deserialize)]
struct Branching {
    kind: String,
    branch: u32,
    /// How many entries the log had when it went on.
    size: u64,
}

/// What an entry's event is called by which a restore goes on.
const RESTORED: &str = "log_restored";

struct Whole {
    tree: Tree,
    /// What the newest checkpoint of the file was, and the line of it.
    newest: Checkpoint,
    checkpoints: usize,
    restored: Vec<Branching>,
    /// Known ones that are not met yet, the smallest last.
    ahead: Vec<Checkpoint>,
    /// Known ones that are not of this tree, and where that was seen.
    strange: Vec<(Checkpoint, u64, u64)>,
    met: u64,
}

fn whole<F: BufRead>(
    mut lines: Lines<F>,
    key: &PublicKey,
    mut known: Vec<Checkpoint>,
) -> Result<Report, VerifyError> {
    known.reverse();
    let none = Checkpoint { branch: 0, size: 0, root: Tree::default().root() };
    let mut state = Whole {
        tree: Tree::default(),
        newest: none,
        checkpoints: 0,
        restored: Vec::new(),
        ahead: known,
        strange: Vec::new(),
        met: 0,
    };
    state.meet(1);
    loop {
        let number = lines.number + 1;
        let next = state.tree.size();
        let told = match lines.next() {
            Err(VerifyError::Bad(bad)) => return Err(Bad { entry: Some(next), ..bad }.into()),
            told => told?,
        };
        let bad = |entry, fault| VerifyError::from(Bad { entry: Some(entry), line: number, fault });
        match told {
            Some(Line::Entry { text, leaf: told }) => {
                state.entry(text, told).map_err(|fault| state.earliest(next, number, fault))?;
                state.meet(number);
            }
            Some(Line::Checkpoint(note)) => {
                state
                    .checkpoint(key, &note)
                    .map_err(|(entry, fault)| state.earliest(entry, number, fault))?;
            }
            Some(Line::End(end)) => return state.end(lines, end),
            None => return Err(bad(next, Fault::Broken)),
            Some(Line::Head(_) | Line::Proven { .. }) => {
                return Err(bad(next, Fault::Unreadable("it is no line of a whole export".into())));
            }
        }
    }
}

impl Whole {
    fn entry(&mut self, text: &str, told: Hash) -> Result<(), Fault> {
        let hash = leaf(text.as_bytes());
        if hash != told {
            return Err(Fault::Altered);
        }
        let expected = self.tree.size();
        let placed: Placed = serde_json::from_str(text).map_err(|why| Fault::Unreadable(why.to_string()))?;
        if placed.index != expected {
            return Err(Fault::OutOfPlace { expected });
        }
        if text.contains(RESTORED)
            && let Ok(Restored { event }) = serde_json::from_str(text)
            && event.kind == RESTORED
        {
            self.restored.push(event);
        }
        self.tree.push(hash);
        Ok(())
    }

    /// A checkpoint of the file covers exactly what stands before it. What is wrong comes with the entry from which on.
    fn checkpoint(&mut self, key: &PublicKey, note: &str) -> Result<(), (u64, Fault)> {
        let size = self.tree.size();
        let from = self.newest.size;
        let told = key.open(note).map_err(|why| (from, why.into()))?;
        if told.size < self.newest.size || told.branch < self.newest.branch {
            return Err((from, Fault::Backwards { size: told.size }));
        }
        if told.size != size {
            return Err((told.size.min(size), Fault::OutOfPlace { expected: size }));
        }
        if told.root != self.tree.root() {
            return Err((from, Fault::Rebuilt { size, last: size.saturating_sub(1) }));
        }
        self.newest = told;
        self.checkpoints += 1;
        Ok(())
    }

    /// Holds the known checkpoints over as many entries as there are now against the tree.
    fn meet(&mut self, line: u64) {
        let size = self.tree.size();
        while let Some(known) = self.ahead.pop_if(|known| known.size <= size) {
            if known.root == self.tree.root() {
                self.checkpoints += 1;
                self.met = self.met.max(size);
            } else {
                self.strange.push((known, self.newest.size.max(self.met), line));
            }
        }
    }

    /// What is wrong here, unless a known checkpoint has shown something before it.
    fn earliest(&self, entry: u64, line: u64, fault: Fault) -> VerifyError {
        let seen = self.strange.iter().find(|(known, from, _)| *from <= entry && !self.is_lost(known));
        let bad = match seen {
            Some((known, from, line)) => Bad { entry: Some(*from), line: *line, fault: rebuilt(known) },
            None => Bad { entry: Some(entry), line, fault },
        };
        bad.into()
    }

    /// Whether a restore that the log tells of has taken some of its entries back.
    fn is_lost(&self, known: &Checkpoint) -> bool {
        self.kept_of(known).is_some()
    }

    fn kept_of(&self, known: &Checkpoint) -> Option<u64> {
        let after = self.restored.iter().filter(|restored| restored.branch > known.branch);
        after.map(|restored| restored.size).min().filter(|kept| *kept < known.size)
    }

    fn end<F>(self, lines: Lines<F>, End { entries }: End) -> Result<Report, VerifyError> {
        let found = self.tree.size();
        if entries != found {
            return Err(self.earliest(found, lines.number, Fault::Counted { told: entries, found }));
        }
        if let Some((known, from, line)) = self.strange.iter().find(|(known, ..)| !self.is_lost(known)) {
            return Err(Bad { entry: Some(*from), line: *line, fault: rebuilt(known) }.into());
        }
        if let Some(known) = self.ahead.iter().rev().find(|known| !self.is_lost(known)) {
            return Err(self.earliest(found, lines.number, Fault::CutOff { size: known.size }));
        }
        let covered = self.newest.size.max(self.met);
        if covered < found {
            return Err(self.earliest(covered, lines.number, Fault::Uncovered));
        }
        let branch = self.newest.branch;
        if branch > 1 && !self.restored.iter().any(|restored| restored.branch == branch) {
            return Err(lines.bad(None, Fault::Unannounced(branch)));
        }
        let gone = self.strange.iter().map(|(known, ..)| known).chain(&self.ahead);
        let lost = gone
            .filter_map(|known| Some(Lost { checkpoint: known.clone(), kept: self.kept_of(known)? }))
            .collect();
        Ok(Report {
            entries,
            whole: true,
            checkpoints: self.checkpoints,
            covered,
            lost,
            unproven: Vec::new(),
        })
    }
}

fn rebuilt(known: &Checkpoint) -> Fault {
    Fault::Rebuilt { size: known.size, last: known.size.saturating_sub(1) }
}

fn narrowed<F: BufRead>(
    mut lines: Lines<F>,
    key: &PublicKey,
    known: Vec<Checkpoint>,
    proofs: &[Consistency],
) -> Result<Report, VerifyError> {
    let opened = match lines.next()? {
        Some(Line::Checkpoint(note)) => key.open(&note).map_err(Fault::from),
        _ => Err(Fault::Unreadable("a narrowed export has its checkpoint first".into())),
    };
    let signed = opened.map_err(|fault| lines.bad(None, fault))?;
    let size = signed.size;
    let unproven = goes_on(&signed, &known, proofs).map_err(|fault| lines.bad(None, fault))?;
    let checkpoints = 1 + known.len() - unproven.len();
    let (mut entries, mut next) = (0, 0);
    loop {
        let told = lines.next()?;
        let number_of = |text: &str| serde_json::from_str::<Placed>(text).map(|placed| placed.index);
        match told {
            Some(Line::Proven { text, proof }) => {
                let index = number_of(text);
                let held = index.as_ref().is_ok_and(|&index| is_in(&signed, index, text.as_bytes(), &proof));
                let index = index.map_err(|why| lines.bad(None, Fault::Unreadable(why.to_string())))?;
                if index < next {
                    return Err(lines.bad(Some(index), Fault::OutOfPlace { expected: next }));
                }
                if !held {
                    return Err(lines.bad(Some(index), Fault::NotCovered { size }));
                }
                next = index + 1;
                entries += 1;
            }
            Some(Line::End(End { entries: told })) if told == entries => {
                let lost = Vec::new();
                return Ok(Report { entries, whole: false, checkpoints, covered: size, lost, unproven });
            }
            Some(Line::End(End { entries: told })) => {
                return Err(lines.bad(None, Fault::Counted { told, found: entries }));
            }
            None => return Err(lines.bad(None, Fault::Broken)),
            Some(Line::Head(_) | Line::Checkpoint(_) | Line::Entry { .. }) => {
                let fault = Fault::Unreadable("it is no line of a narrowed export".into());
                return Err(lines.bad(None, fault));
            }
        }
    }
}

/// Whether the tree of a checkpoint holds that text at that place (RFC 6962, section 2.1.1).
pub fn is_in(signed: &Checkpoint, index: u64, text: &[u8], proof: &Vec<Hash>) -> bool {
    check_record(proof, signed.size, signed.root, index, leaf(text)).is_ok()
}

/// Holds a narrowed export's checkpoint against those that are known; tells the sizes of those to which no proof leads.
fn goes_on(signed: &Checkpoint, known: &[Checkpoint], proofs: &[Consistency]) -> Result<Vec<u64>, Fault> {
    let mut unproven = Vec::new();
    for one in known {
        match proofs.iter().find(|proof| proof.is_between(one, signed)) {
            Some(proof) => proof.check(one, signed)?,
            None if one.root == signed.root && one.size == signed.size => {}
            None if (one.branch, one.size) == (signed.branch, signed.size) => {
                return Err(Fault::Contradiction { size: one.size });
            }
            None => unproven.push(one.size),
        }
    }
    Ok(unproven)
}

/// The lines of a file, one at a time.
struct Lines<F> {
    file: F,
    line: Vec<u8>,
    number: u64,
}

impl<F> Lines<F> {
    fn bad(&self, entry: Option<u64>, fault: Fault) -> VerifyError {
        Bad { entry, line: self.number, fault }.into()
    }
}

impl<F: BufRead> Lines<F> {
    fn next(&mut self) -> Result<Option<Line<'_>>, VerifyError> {
        self.line.clear();
        self.number += 1;
        let read = self.file.by_ref().take(LONGEST).read_until(b'\n', &mut self.line)?;
        if read == 0 {
            return Ok(None);
        }
        if self.line.pop() != Some(b'\n') {
            return Err(self.bad(None, Fault::Broken));
        }
        let number = self.number;
        Line::read(&self.line).map(Some).map_err(|fault| Bad { entry: None, line: number, fault }.into())
    }
}
