//! How long an export takes to verify. `ENTRIES` says of how many entries; a million have half a minute.

use std::{
    io::{BufReader, BufWriter, Write},
    time::{Duration, Instant},
};

use evidence::{Checkpoint, End, Entry, Head, Line, LogKey, Tree, leaf, verify};

const SIGNED_EACH: u64 = 1000;

#[test]
fn a_million_entries_are_verified_within_half_a_minute() {
    let entries = std::env::var("ENTRIES").map_or(5_000, |number| number.parse::<u64>().unwrap());
    let key = LogKey::generate("aegis/test");
    let mut file = tempfile::tempfile().unwrap();
    let (mut tree, mut written) = (Tree::default(), BufWriter::new(&mut file));
    let mut put = |line: &Line| written.write_all(line.write().as_bytes()).unwrap();
    put(&Line::Head(Head { key: key.public().to_string(), whole: true, query: String::new() }));
    for index in 0..entries {
        let entry = Entry {
            index,
            seq: index as i64,
            at: "2026-05-20T09:00:00.000000Z".into(),
            person: Some("01970e3c-7b2a-7c31-9f5e-6d3a8f0b1c2d".into()),
            token: None,
            job: None,
            permission: "exception.decide".into(),
            event: format!(
                r#"{{"kind": "exception_approved", "id": "01970e3c-7b2a-7c31-9f5e-6d3a8f0b1c2d", "number": {index},
                    "ends_at": "2026-06-20T09:00:00Z", "seen": "0f6c1a5e9d0b4c7f8a2e3d4c5b6a7988"}}"#
            ),
            address: Some("10.8.0.17".into()),
            proven_at: Some("2026-05-20T08:57:00.000000Z".into()),
        };
        let text = String::from_utf8(entry.canonical()).unwrap();
        let leaf = leaf(text.as_bytes());
        tree.push(leaf);
        put(&Line::Entry { text: &text, leaf });
        if tree.size().is_multiple_of(SIGNED_EACH) || tree.size() == entries {
            let signed = Checkpoint { branch: 1, size: tree.size(), root: tree.root() };
            put(&Line::Checkpoint(key.sign(&signed).into()));
        }
    }
    put(&Line::End(End { entries }));
    written.flush().unwrap();
    drop(written);
    std::io::Seek::rewind(&mut file).unwrap();

    let begun = Instant::now();
    let report = verify(BufReader::with_capacity(1 << 20, file), key.public(), &Default::default()).unwrap();
    let took = begun.elapsed();

    assert_eq!((report.entries, report.covered), (entries, entries));
    println!(
        "{entries} entries and {} checkpoints verified in {:.1} s",
        report.checkpoints,
        took.as_secs_f64()
    );
    assert!(took <= Duration::from_secs(30), "{took:?}");
}
