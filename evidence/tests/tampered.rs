//! What a checkpoint covers, tampered with at random: it is always found, and the first bad entry named.
//!
//! `TAMPERINGS` says how many; a failure names the seed, and `SEED` has it again.

#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

use std::ops::Range;

use evidence::{
    Bad, Checkpoint, Consistency, End, Entry, Fault, Hash, Head, Known, Line, LogKey, Place, Report, Tree,
    VerifyError, consistency, leaf, path, verify,
};
use fastrand::Rng;

/// A log as the portal keeps it.
struct Log {
    key: LogKey,
    entries: Vec<Entry>,
    /// How many entries each covers.
    signed: Vec<Checkpoint>,
    kept: Vec<Vec<Hash>>,
}

impl Log {
    fn of(size: usize, random: &mut Rng) -> Self {
        let entries = (0..size as u64).map(|index| entry(index, random)).collect::<Vec<_>>();
        let (mut tree, mut signed, mut kept) = (Tree::default(), Vec::new(), Vec::new());
        for entry in &entries {
            kept.push(tree.push(leaf(&entry.canonical())));
            if random.u8(0..8) == 0 || tree.size() == size as u64 {
                signed.push(Checkpoint { branch: 1, size: tree.size(), root: tree.root() });
            }
        }
        Self { key: LogKey::generate("aegis/test"), entries, signed, kept }
    }

    /// The whole of these entries as a file, with the log's checkpoints, signed with this key.
    fn file(&self, entries: &[Entry], key: &LogKey) -> Vec<String> {
        let mut lines = vec![head(true)];
        for (at, entry) in entries.iter().enumerate() {
            lines.push(line_of(entry));
            let covers = |checkpoint: &&Checkpoint| checkpoint.size == at as u64 + 1;
            lines.extend(self.signed.iter().find(covers).map(|checkpoint| note(checkpoint, key)));
        }
        lines.push(Line::End(End { entries: entries.len() as u64 }).write());
        lines
    }

    fn narrowed(&self, indexes: &[u64]) -> Vec<String> {
        let newest = self.signed.last().unwrap();
        let mut lines = vec![head(false), note(newest, &self.key)];
        for &index in indexes {
            let text = text(&self.entries[index as usize]);
            let kept = |Place { leaf, level }| Some(self.kept[leaf as usize][usize::from(level)]);
            let proof = path(newest.size, index, kept).unwrap();
            lines.push(Line::Proven { text: &text, proof }.write());
        }
        lines.push(Line::End(End { entries: indexes.len() as u64 }).write());
        lines
    }

    fn verify(&self, lines: &[String], known: &[Checkpoint]) -> Result<Report, Bad> {
        self.verify_with(lines, known, &[])
    }

    fn verify_with(
        &self,
        lines: &[String],
        known: &[Checkpoint],
        proofs: &[Consistency],
    ) -> Result<Report, Bad> {
        let known = Known { checkpoints: known.to_vec(), proofs: proofs.to_vec() };
        match verify(lines.concat().as_bytes(), self.key.public(), &known) {
            Ok(report) => Ok(report),
            Err(VerifyError::Bad(bad)) => Err(bad),
            Err(VerifyError::Read(error)) => panic!("{error}"),
        }
    }

    /// The entries between the checkpoints around this one.
    fn between_checkpoints(&self, index: u64) -> Range<u64> {
        let after = self.signed.iter().position(|checkpoint| checkpoint.size > index).unwrap();
        let before = after.checked_sub(1).map_or(0, |before| self.signed[before].size);
        before..self.signed[after].size
    }
}

fn entry(index: u64, random: &mut Rng) -> Entry {
    Entry {
        index,
        seq: index as i64 * 2 + 1,
        at: format!("2026-05-20T09:{:02}:{:02}.000000Z", index / 60 % 60, index % 60),
        person: random.bool().then(|| format!("person {}", random.u8(..))),
        token: None,
        job: None,
        permission: "exception.decide".into(),
        event: format!(r#"{{"kind": "exception_approved", "number": {}}}"#, random.u16(..)),
        address: random.bool().then(|| format!("10.8.0.{}", random.u8(..))),
        proven_at: None,
    }
}

fn head(whole: bool) -> String {
    Line::Head(Head { key: String::new(), whole, query: String::new() }).write()
}

fn text(entry: &Entry) -> String {
    String::from_utf8(entry.canonical()).unwrap()
}

fn line_of(entry: &Entry) -> String {
    let text = text(entry);
    Line::Entry { leaf: leaf(text.as_bytes()), text: &text }.write()
}

fn note(checkpoint: &Checkpoint, key: &LogKey) -> String {
    Line::Checkpoint(key.sign(checkpoint).into()).write()
}

/// Another entry in the place of this one.
fn altered(entry: &Entry, random: &mut Rng) -> Entry {
    let mut other = entry.clone();
    match random.u8(0..7) {
        0 => other.at.replace_range(..4, "2025"),
        1 => other.person = Some("somebody else".into()),
        2 => other.permission = "exception.see".into(),
        3 => other.event = r#"{"kind": "exception_denied", "number": 7}"#.into(),
        4 => other.address = Some("192.0.2.1".into()),
        5 => other.proven_at = Some(other.at.clone()),
        _ => other.seq += 1,
    }
    other
}

fn numbered(mut entries: Vec<Entry>) -> Vec<Entry> {
    (0..).zip(&mut entries).for_each(|(index, entry)| entry.index = index);
    entries
}

/// Where the line of an entry is.
fn line_with(lines: &[String], index: u64) -> usize {
    lines.iter().position(|line| line.contains(&format!(r#""index":{index},"#))).unwrap()
}

fn seeds() -> Range<u64> {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect(name));
    match number("SEED") {
        Some(seed) => seed..seed + 1,
        None => {
            let first = fastrand::u64(..u64::MAX / 2);
            first..first + number("TAMPERINGS").unwrap_or(500)
        }
    }
}

/// Tampers with a file in the way that this number stands for. Returns the file, and the entries of which the first bad
/// one is.
fn tampered(log: &Log, way: u64, random: &mut Rng) -> (Vec<String>, Range<u64>) {
    let size = log.entries.len() as u64;
    let index = random.u64(..size - 1);
    let here = index..index + 1;
    let mut entries = log.entries.clone();
    let mut lines = log.file(&entries, &log.key);
    match way {
        // An entry edited in the file.
        0 => {
            let at = line_with(&lines, index);
            let whole = text(&log.entries[index as usize]);
            lines[at] = lines[at].replace(&whole, &text(&altered(&log.entries[index as usize], random)));
            (lines, here)
        }
        // An edited one with its own hash put right: only a checkpoint tells.
        1 => {
            let at = line_with(&lines, index);
            lines[at] = line_of(&altered(&log.entries[index as usize], random));
            (lines, log.between_checkpoints(index))
        }
        // Deleted.
        2 => {
            lines.remove(line_with(&lines, index));
            (lines, here)
        }
        // Inserted: one that was, or a new one.
        3 => {
            let other = random.usize(..entries.len());
            let new = if random.bool() { entry(index, random) } else { entries[other].clone() };
            lines.insert(line_with(&lines, index), line_of(&new));
            let Range { start, end } = log.between_checkpoints(index);
            (lines, start..end + 1)
        }
        // Reordered.
        4 => {
            let other = random.u64(index + 1..size);
            let (one, two) = (line_with(&lines, index), line_with(&lines, other));
            lines.swap(one, two);
            (lines, here)
        }
        // The tail cut, with the account of it put right or not.
        5 => {
            lines.truncate(line_with(&lines, index));
            if random.bool() {
                lines.push(Line::End(End { entries: index }).write());
            }
            (lines, log.between_checkpoints(index).start..index + 1)
        }
        // The whole tree built anew around an edit, a deletion, an insertion or a swap.
        6 | 7 => {
            let at = index as usize;
            match random.u8(0..4) {
                0 => entries[at] = altered(&entries[at], random),
                1 => drop(entries.remove(at)),
                2 => entries.insert(at, entry(index, random)),
                _ => entries.swap(at, at + 1),
            }
            let entries = numbered(entries);
            // Signed anew with a key of their own, or with the signatures that are there.
            if way == 6 {
                let forger = LogKey::generate("aegis/test");
                return (resigned(log, &entries, &forger), 0..log.signed[0].size);
            }
            let found = log.between_checkpoints(index);
            (log.file(&entries, &log.key), found)
        }
        // The log's own key in wrong hands: what was kept elsewhere tells.
        _ => {
            entries[index as usize] = altered(&entries[index as usize], random);
            (resigned(log, &entries, &log.key), log.between_checkpoints(index))
        }
    }
}

/// A file of these entries with checkpoints that fit it.
fn resigned(log: &Log, entries: &[Entry], key: &LogKey) -> Vec<String> {
    let mut tree = Tree::default();
    let roots: Vec<_> = entries
        .iter()
        .map(|entry| {
            tree.push(leaf(&entry.canonical()));
            Checkpoint { branch: 1, size: tree.size(), root: tree.root() }
        })
        .collect();
    let last = roots.len() as u64;
    let signed = roots
        .into_iter()
        .filter(|root| root.size == last || log.signed.iter().any(|signed| signed.size == root.size))
        .collect();
    let forged = Log { key: LogKey::generate("x"), entries: vec![], kept: vec![], signed };
    forged.file(entries, key)
}

#[test]
fn every_tampering_is_found_and_its_first_entry_named() {
    for seed in seeds() {
        let mut random = Rng::with_seed(seed);
        let size = random.usize(2..120);
        let log = Log::of(size, &mut random);
        let way = seed % 9;
        let (lines, expected) = tampered(&log, way, &mut random);

        let told = log.verify(&lines, &log.signed);

        let bad = told.expect_err(&format!("SEED={seed}: way {way} was not found"));
        let entry = bad.entry.unwrap_or_else(|| panic!("SEED={seed}: {bad}"));
        assert!(expected.contains(&entry), "SEED={seed}: way {way} is in {expected:?}, and told as {bad}");
    }
}

#[test]
fn every_tampering_with_a_narrowed_file_is_found() {
    for seed in seeds() {
        let mut random = Rng::with_seed(seed);
        let size = random.usize(4..120);
        let log = Log::of(size, &mut random);
        let some: Vec<u64> = (0..size as u64).filter(|index| *index < 2 || random.bool()).collect();
        let mut lines = log.narrowed(&some);
        assert_eq!(log.verify(&lines, &[]).unwrap().entries, some.len() as u64);
        let index = some[random.usize(..some.len() - 1)];
        let at = line_with(&lines, index);
        match seed % 5 {
            0 => {
                let whole = text(&log.entries[index as usize]);
                lines[at] =
                    lines[at].replace(&whole, &text(&altered(&log.entries[index as usize], &mut random)));
            }
            1 => drop(lines.remove(at)),
            2 => lines.insert(at, lines[at].clone()),
            3 => lines.swap(at, at + 1),
            _ => lines.truncate(at),
        }
        let bad = log.verify(&lines, &[]).expect_err(&format!("SEED={seed}"));
        if seed % 5 == 0 {
            assert_eq!((bad.entry, bad.fault), (Some(index), Fault::NotCovered { size: size as u64 }));
        }
    }
}

#[test]
fn a_narrowed_file_is_held_against_what_an_auditor_kept_by_a_proof_and_says_where_it_has_none() {
    let log = Log::of(60, &mut Rng::with_seed(5));
    let (lines, newest) = (log.narrowed(&[3, 7]), log.signed.last().unwrap());
    let proof = |from: u64| {
        let kept = |Place { leaf, level }| Some(log.kept[leaf as usize][usize::from(level)]);
        Consistency::new(from, newest.size, &consistency(from, newest.size, kept).unwrap())
    };
    let earlier = &log.signed[..log.signed.len() - 1];
    assert!(earlier.len() > 2);
    let proofs: Vec<_> = earlier.iter().map(|signed| proof(signed.size)).collect();
    let report = log.verify_with(&lines, &log.signed, &proofs).unwrap();
    assert_eq!((report.checkpoints, report.unproven), (log.signed.len() + 1, vec![]));

    let report = log.verify_with(&lines, earlier, &proofs[1..]).unwrap();
    assert_eq!((report.checkpoints, report.unproven), (earlier.len(), vec![earlier[0].size]));

    let other = Checkpoint { root: leaf(b"other"), ..earlier[0].clone() };
    let (from, to) = (other.size, newest.size);
    let bad = log.verify_with(&lines, &[other], &proofs).unwrap_err();
    assert_eq!(bad.fault, Fault::Inconsistent { from, to });
    let mut spoiled = proof(from);
    spoiled.proof.pop();
    let bad = log.verify_with(&lines, &earlier[..1], &[spoiled]).unwrap_err();
    assert_eq!(bad.fault, Fault::Inconsistent { from, to });
}

#[test]
fn what_nobody_touched_holds() {
    let mut random = Rng::with_seed(7);
    for size in 1..80 {
        let log = Log::of(size, &mut random);
        let told = log.verify(&log.file(&log.entries, &log.key), &log.signed).unwrap();
        assert_eq!((told.entries, told.covered, told.whole), (size as u64, size as u64, true));
        assert_eq!(told.checkpoints, 2 * log.signed.len());
    }
}

#[test]
fn entries_that_no_checkpoint_covers_do_not_hold() {
    let mut log = Log::of(40, &mut Rng::with_seed(1));
    let last = log.signed.pop().unwrap();
    let bad = log.verify(&log.file(&log.entries, &log.key), &[]).unwrap_err();
    assert_eq!((bad.entry, bad.fault), (Some(log.signed.last().unwrap().size), Fault::Uncovered));
    assert!(
        log.verify(&log.file(&log.entries, &log.key), &[last]).is_ok(),
        "one that was kept elsewhere does"
    );
}

#[test]
fn checkpoints_that_contradict_each_other_are_found() {
    let log = Log::of(40, &mut Rng::with_seed(1));
    let mut known = log.signed.clone();
    let other = Checkpoint { root: leaf(b"other"), ..known[0].clone() };
    known.push(other.clone());
    let file = log.file(&log.entries, &log.key);
    assert_eq!(log.verify(&file, &known).unwrap_err().fault, Fault::Contradiction { size: other.size });
    let rebuilt = Fault::Rebuilt { size: other.size, last: other.size - 1 };
    assert_eq!(log.verify(&file, &[other]).unwrap_err().fault, rebuilt);
    let mut file = log.file(&log.entries, &log.key);
    file.insert(file.len() - 1, note(&log.signed[0], &log.key));
    assert_eq!(log.verify(&file, &[]).unwrap_err().fault, Fault::Backwards { size: log.signed[0].size });
}

#[test]
fn a_restore_that_the_log_tells_of_explains_what_is_gone_and_one_that_it_does_not_is_found() {
    let before = Log::of(40, &mut Rng::with_seed(1));
    let restored = |told: bool| {
        let mut entries = before.entries[..30].to_vec();
        let mut next = entry(30, &mut Rng::with_seed(3));
        if told {
            next.event = r#"{"kind": "log_restored", "branch": 2, "size": 30, "reason": "disk"}"#.into();
        }
        entries.push(next);
        let kept = before.signed.iter().filter(|signed| signed.size <= 30).cloned();
        let mut tree = Tree::default();
        entries.iter().for_each(|entry| drop(tree.push(leaf(&entry.canonical()))));
        let newest = Checkpoint { branch: 2, size: 31, root: tree.root() };
        let signed = kept.chain([newest]).collect();
        let log = Log { key: LogKey::generate("x"), entries: vec![], kept: vec![], signed };
        log.file(&entries, &before.key)
    };
    let report = before.verify(&restored(true), &before.signed).unwrap();
    assert!(!report.lost.is_empty() && report.lost.iter().all(|lost| lost.kept == 30));
    assert_eq!(report.lost.len() + report.checkpoints, 2 * before.signed.len() + 1 - report.lost.len());

    assert!(before.verify(&restored(false), &before.signed).is_err());
    assert_eq!(before.verify(&restored(false), &[]).unwrap_err().fault, Fault::Unannounced(2));
}

#[test]
fn what_is_no_export_is_refused() {
    let log = Log::of(3, &mut Rng::with_seed(1));
    let good = log.file(&log.entries, &log.key);
    for spoiled in [
        vec![],
        vec!["\n".to_owned()],
        vec!["{}\n".to_owned()],
        good[1..].to_vec(),
        vec![good[0].replace("audit/1", "audit/2")],
        good[..good.len() - 1].to_vec(),
        vec![good[0].clone(), "x".repeat(5 << 20)],
        vec![good[0].clone(), good[1].trim_end().to_owned()],
        vec![good[0].clone(), r#"{"entry":{"index":0},"leaf":"x"}"#.to_owned() + "\n"],
        vec![good[0].clone(), good[0].clone()],
    ] {
        assert!(log.verify(&spoiled, &[]).is_err(), "{spoiled:.100?}");
    }
}
