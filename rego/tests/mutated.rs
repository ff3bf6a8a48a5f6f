//! What comes from outside, spoiled at random: it is read or refused, and never more than that.
//!
//! `MUTATIONS` says how many of each; a failure names the seed, and `SEED` has it again.

#![cfg(feature = "engine")]
#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

use std::{
    io::{Read, Write},
    ops::Range,
    path::Path,
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use rego::{
    bundle::{Archive, Contents, SigningKey, inspect, verify},
    check::{self, Namespaces},
    exceptions,
    folder::Folder,
    worker::{Config, Drafts, Module, program_for_tests},
};

fn shipped() -> Folder {
    Folder::from_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies")).unwrap()
}

/// Seeds for one test, as many as wanted, of which an expensive test takes a part only.
fn seeds(part: u64) -> Range<u64> {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect(name));
    match number("SEED") {
        Some(seed) => seed..seed + 1,
        None => {
            let first = fastrand::u64(..u64::MAX / 2);
            first..first + (number("MUTATIONS").unwrap_or(2_000) / part).max(1)
        }
    }
}

/// Bytes spoiled as copying, cutting and meddling spoil them, a few times over.
fn spoiled(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut bytes = bytes.to_vec();
    for _ in 0..random.usize(1..5) {
        let at = random.usize(0..=bytes.len());
        let end = (at + random.usize(1..200)).min(bytes.len());
        match random.u8(0..6) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => bytes.insert(at, random.u8(..)),
            3 => {
                let copied = bytes[at..end].to_vec();
                let to = random.usize(0..=bytes.len());
                drop(bytes.splice(to..to, copied));
            }
            4 => bytes[at..end].iter_mut().for_each(|byte| *byte ^= random.u8(..)),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.u8(0..8);
                }
            }
        }
    }
    bytes
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

fn unpacked(gz: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(gz).read_to_end(&mut bytes).unwrap();
    bytes
}

/// Spoils what is packed, or the packing.
fn spoiled_archive(gz: &[u8], tar: &[u8], seed: u64) -> Vec<u8> {
    if seed.is_multiple_of(4) { spoiled(gz, seed) } else { packed(&spoiled(tar, seed)) }
}

fn provisioning() -> Archive {
    let root = "aegis/provisioning".parse().unwrap();
    let files = shipped().contents(&root);
    Archive::build(&Contents { revision: "v1.0.0".into(), roots: vec![root], files, ..Contents::default() })
        .unwrap()
}

#[test]
fn a_spoiled_folder_is_read_or_refused() {
    let gz = provisioning().to_unsigned();
    let tar = unpacked(&gz);
    for seed in seeds(1) {
        let told = format!("SEED={seed}");
        if let Err(faults) = Folder::from_archive(&spoiled_archive(&gz, &tar, seed)) {
            assert!(!faults.is_empty(), "{told}");
        }
    }
}

#[test]
fn a_spoiled_bundle_is_never_taken_for_what_was_signed() {
    let (archive, key) = (provisioning(), SigningKey::generate("k1".parse().unwrap()));
    let gz = archive.sign(&key);
    let (tar, keys) = (unpacked(&gz), [key.verifying()]);
    for seed in seeds(1) {
        let spoiled = spoiled_archive(&gz, &tar, seed);
        _ = inspect(&spoiled);
        // What is verified all the same was spoiled where it does not count, such as in a time or a mode.
        if let Ok(verified) = verify(&spoiled, &keys) {
            assert_eq!(verified.archive, archive, "SEED={seed}");
        }
    }
}

#[test]
fn a_spoiled_list_of_exceptions_is_read_or_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/exceptions");
    let list = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let list = std::fs::read(list).unwrap();
    for seed in seeds(1) {
        if let Err(refused) = exceptions::list(&spoiled(&list, seed)) {
            assert!(!refused.is_empty(), "SEED={seed}");
        }
    }
}

#[tokio::test]
async fn a_spoiled_module_is_checked_or_refused() {
    let drafts = Drafts::new(Config { program: program_for_tests(), ..Config::drafts() });
    let folder = shipped();
    let modules: Vec<_> = folder.modules().filter(|(path, _)| path.contains("/s3/")).collect();
    assert!(!modules.is_empty());
    for seed in seeds(100) {
        let spoil = |(path, text): &(&str, &str)| Module {
            path: (*path).into(),
            text: String::from_utf8_lossy(&spoiled(text.as_bytes(), seed)).into_owned(),
        };
        let modules: Vec<_> = modules.iter().map(spoil).collect();
        // A worker may die of it, which is told as such; nothing else may.
        let judged = check::check(&modules, &folder.data(), &Namespaces::default(), &drafts).await;
        if let Ok(report) = judged {
            assert!(!report.outcomes.is_empty(), "SEED={seed}");
        }
    }
}
