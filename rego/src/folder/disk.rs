//! A folder on a disk.

use std::path::Path;

use super::gather::Gathering;
use crate::bundle::tarball::LIMITS;

/// Deeper folders are no folders of policies.
const DEEPEST: usize = 32;

/// Gathers the files below a folder, looking at sizes before reading.
pub(super) fn gather(path: &Path) -> Gathering {
    let mut gathering = Gathering::default();
    let mut left = LIMITS.unpacked as u64;
    walk(path, "", 0, &mut left, &mut gathering);
    gathering
}

fn walk(folder: &Path, prefix: &str, depth: usize, left: &mut u64, gathering: &mut Gathering) {
    if depth > DEEPEST {
        return gathering.fault(prefix, None, format!("folders more than {DEEPEST} deep"));
    }
    let names = match names(folder) {
        Ok(names) => names,
        Err(e) => return gathering.fault(prefix, None, format!("{}: {e}", folder.display())),
    };
    for name in names {
        let path = folder.join(&name);
        let Some(name) = name.to_str() else {
            gathering.refuse(name.as_encoded_bytes(), "the name is not UTF-8");
            continue;
        };
        // `.git` and its like belong to tools.
        if name.starts_with('.') {
            continue;
        }
        if gathering.is_hopeless() {
            return;
        }
        visit(&path, &format!("{prefix}{name}"), depth, left, gathering);
    }
}

fn visit(path: &Path, name: &str, depth: usize, left: &mut u64, gathering: &mut Gathering) {
    let meta = match std::fs::symlink_metadata(path) {
        Ok(meta) => meta,
        Err(e) => return gathering.fault(name, None, e.to_string()),
    };
    if meta.is_dir() {
        return walk(path, &format!("{name}/"), depth + 1, left, gathering);
    }
    if !meta.is_file() {
        return gathering.fault(name, None, "not a regular file, nor a folder; links are not followed");
    }
    match left.checked_sub(meta.len()) {
        None => gathering.fault(name, None, "the folder is beyond 128 MiB"),
        Some(rest) => {
            *left = rest;
            match std::fs::read(path) {
                Ok(bytes) => gathering.add(name.as_bytes(), &bytes.into()),
                Err(e) => gathering.fault(name, None, e.to_string()),
            }
        }
    }
}

/// In the order of their names, so that faults are told in the same order everywhere.
fn names(folder: &Path) -> std::io::Result<Vec<std::ffi::OsString>> {
    let mut names = std::fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name()))
        .collect::<std::io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}
