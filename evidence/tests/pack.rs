//! A pack of evidence holds as it was written, and in no other way.

#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

use std::io::{Cursor, Read, Write};

use evidence::{
    About, Checkpoint, End, Head, Known, Line, LogKey, PACKED_CHECKPOINT, PACKED_LOG, PackError, PackReport,
    PackWriter, Tree, leaf, verify_pack,
};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

/// A pack whose part of the log has one of three entries.
fn pack(key: &LogKey) -> Vec<u8> {
    let texts = [0, 1, 2].map(|index| format!(r#"{{"event":{{}},"index":{index},"seq":{index}}}"#));
    let leaves = texts.each_ref().map(|text| leaf(text.as_bytes()));
    let mut tree = Tree::default();
    let first = leaves[..2].iter().flat_map(|leaf| tree.push(*leaf)).last().unwrap();
    tree.push(leaves[2]);
    let note = key.sign(&Checkpoint { branch: 1, size: 3, root: tree.root() });
    let head = Head { key: String::new(), whole: false, query: "since=2026-05-01".into() };
    let log = [
        Line::Head(head).write(),
        Line::Checkpoint(note.as_str().into()).write(),
        Line::Proven { text: &texts[2], proof: vec![first] }.write(),
        Line::End(End { entries: 1 }).write(),
    ];
    let mut writer = PackWriter::default();
    let mut sent = Vec::new();
    let long = "{\"number\":\"EXC-001\"}\n".repeat(20_000);
    for (name, text) in [
        ("exceptions.jsonl", &*long),
        ("releases.jsonl", ""),
        (PACKED_LOG, &log.concat()),
        (PACKED_CHECKPOINT, &note),
    ] {
        writer.begin(name).unwrap();
        for part in text.as_bytes().chunks(1000) {
            writer.write(part).unwrap();
            sent.extend(writer.take());
        }
    }
    let day = "2026-05-01".to_owned();
    let about = About { since: day.clone(), until: day.clone(), made_at: day, made_by: "iris".into() };
    sent.extend(writer.end(about, key).unwrap());
    sent
}

fn held(pack: Vec<u8>, key: &LogKey) -> Result<PackReport, PackError> {
    verify_pack(Cursor::new(pack), key.public(), &Known::default())
}

/// The files of a pack, in their order.
fn files(pack: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut zip = ZipArchive::new(Cursor::new(pack)).unwrap();
    let number = zip.len();
    let read = |index| {
        let mut file = zip.by_index(index).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        (file.name().unwrap().into_owned(), bytes)
    };
    (0..number).map(read).collect()
}

fn zipped(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn what_was_packed_holds_also_packed_anew() {
    let key = LogKey::generate("aegis/test");
    let pack = pack(&key);
    assert!(pack.len() < 20_000, "it is compressed: {}", pack.len());
    let report = held(pack.clone(), &key).unwrap();
    assert_eq!((report.log.entries, report.log.covered, report.manifest.files.len()), (1, 3, 4));
    assert_eq!((report.manifest.made_by.as_str(), report.manifest.files[0].bytes), ("iris", 420_000));
    assert_eq!(held(zipped(&files(&pack)), &key).unwrap(), report);
}

#[test]
fn no_file_can_be_altered_left_out_or_put_in() {
    let key = LogKey::generate("aegis/test");
    let whole = files(&pack(&key));
    for index in 0..whole.len() {
        let name = whole[index].0.clone();
        let mut left_out = whole.clone();
        left_out.remove(index);
        let told = held(zipped(&left_out), &key).unwrap_err();
        assert!(matches!(&told, PackError::Missing(missing) if *missing == name), "{name}: {told}");
        let mut altered = whole.clone();
        altered[index].1.push(b' ');
        assert!(held(zipped(&altered), &key).is_err(), "{name} is longer");
        let mut another = whole.clone();
        if let Some(byte) = another[index].1.first_mut() {
            *byte ^= 1;
            assert!(held(zipped(&another), &key).is_err(), "{name} is another");
        }
    }
    let mut more = whole.clone();
    more.push(("../exceptions.jsonl".into(), b"{}".to_vec()));
    let told = held(zipped(&more), &key).unwrap_err().to_string();
    assert_eq!(told, "../exceptions.jsonl is not in the manifest");
    let other = LogKey::generate("aegis/test");
    assert!(matches!(held(pack(&key), &other), Err(PackError::Manifest(_))));
    assert!(matches!(held(b"PK\x03\x04 and nothing".to_vec(), &key), Err(PackError::Unreadable(_))));
}

#[test]
fn a_name_that_stands_twice_is_refused_whichever_is_right() {
    let key = LogKey::generate("aegis/test");
    let mut twice = files(&pack(&key));
    twice.push(("exceptionz.jsonl".into(), b"{\"number\":\"EXC-002\"}".to_vec()));
    let mut bytes = zipped(&twice);
    // As no writer would, but anybody can.
    for at in 0..bytes.len() - 16 {
        if bytes[at..].starts_with(b"exceptionz") {
            bytes[at + 9] = b's';
        }
    }
    let told = held(bytes, &key).unwrap_err().to_string();
    assert!(told.contains("twice") || told.contains("duplicate"), "{told}");
}
