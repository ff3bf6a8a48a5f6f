//! Tar archives in gzip: written so that the same files are the same bytes, read with limits and without trust.
//!
//! Only plain `ustar` entries are read. Extensions that rename or resize the next entry are where two readers come
//! to see two archives in the same bytes, so they are refused and never interpreted.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

use bytes::Bytes;
use flate2::bufread::GzDecoder;
use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};

/// How large an archive may be, in bytes and in regular files.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) packed: usize,
    /// Of the contents together.
    pub(crate) unpacked: usize,
    pub(crate) files: usize,
}

/// The limits of pushed folders and of bundles alike.
pub(crate) const LIMITS: Limits = Limits { packed: 32 << 20, unpacked: 128 << 20, files: 10_000 };

/// Text of policies shrinks 5 to 20 times. Small archives may shrink as they like, so that a file in them that is too
/// large is named.
const RATIO: usize = 200;
const SMALL: usize = 16 << 20;

const BLOCK: usize = 512;

/// One entry as it stands in the archive; the name is not yet judged.
pub(crate) struct Entry {
    pub(crate) name: Vec<u8>,
    pub(crate) kind: EntryType,
    pub(crate) bytes: Bytes,
}

/// A tar of regular files: sorted, mode 0600, owned by nobody, of no time.
///
/// # Errors
/// The name that no plain header can hold: more than 100 bytes with no slash in the right place.
pub(crate) fn write(files: &BTreeMap<String, Bytes>) -> Result<Bytes, String> {
    let mut builder = Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        let path = format!("/{name}");
        header.set_path_absolute(&path).map_err(|_| name.clone())?;
        // A long name without a folder would come out a letter short.
        if *header.path_bytes() != *path.as_bytes() {
            return Err(name.clone());
        }
        header.set_mode(0o600);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        builder.append(&header, &bytes[..]).expect("writing to memory does not fail");
    }
    Ok(builder.into_inner().expect("writing to memory does not fail").into())
}

/// Gzip with nothing in it that differs from one run to the next.
pub(crate) fn gzip(bytes: &[u8]) -> Bytes {
    let mut encoder = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::new(6));
    encoder.write_all(bytes).expect("writing to memory does not fail");
    encoder.finish().expect("writing to memory does not fail").into()
}

/// Unpacks gzip, not a byte beyond the limits: what is counted is what comes out, not what a header promises.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn gunzip(gz: &[u8], limits: &Limits) -> Result<Bytes, String> {
    if gz.len() > limits.packed {
        return Err(format!("more than {} packed", mebibytes(limits.packed)));
    }
    // Headers and padding come on top of the contents.
    let most = limits.unpacked + (limits.files + 2) * 2 * BLOCK;
    let allowed = most.min(SMALL.max(gz.len().saturating_mul(RATIO)));
    let mut decoder = GzDecoder::new(gz);
    let mut out = Vec::new();
    let read = decoder.by_ref().take(allowed as u64 + 1).read_to_end(&mut out);
    if out.len() > allowed {
        return Err(if allowed < most {
            format!("unpacks to more than {RATIO} times its size")
        } else {
            format!("more than {} unpacked", mebibytes(limits.unpacked))
        });
    }
    read.map_err(|e| format!("not a whole gzip archive: {e}"))?;
    if !decoder.into_inner().is_empty() {
        return Err("something follows the gzip archive".to_owned());
    }
    Ok(out.into())
}

/// The entries of a tar, in their order and of every kind.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn read(tar: &Bytes, limits: &Limits) -> Result<Vec<Entry>, String> {
    let (mut entries, mut end, mut contents, mut files) = (Vec::new(), 0, 0, 0);
    let mut archive = tar::Archive::new(Cursor::new(&tar[..]));
    for entry in archive.entries().map_err(|e| e.to_string())?.raw(true) {
        let entry = entry.map_err(|e| format!("not a tar archive: {e}"))?;
        let start = usize::try_from(entry.raw_file_position()).expect("it lies in memory");
        let size = usize::try_from(entry.size()).unwrap_or(usize::MAX);
        let stop = start.checked_add(size).filter(|stop| *stop <= tar.len()).ok_or("an entry is cut off")?;
        let kind = entry.header().entry_type();
        contents += size;
        files += usize::from(kind == EntryType::Regular);
        if contents > limits.unpacked {
            return Err(format!("more than {} unpacked", mebibytes(limits.unpacked)));
        }
        if files > limits.files {
            return Err(format!("more than {} files", limits.files));
        }
        end = stop.next_multiple_of(BLOCK);
        let name = entry.header().path_bytes().into_owned();
        entries.push(Entry { name, kind, bytes: tar.slice(start..stop) });
    }
    let rest = tar.get(end..).unwrap_or_default();
    if rest.len() < 2 * BLOCK {
        return Err("a tar archive without an end".to_owned());
    }
    if rest.iter().any(|byte| *byte != 0) {
        return Err("something follows the end of the tar archive".to_owned());
    }
    Ok(entries)
}

fn mebibytes(bytes: usize) -> String {
    format!("{} MiB", bytes >> 20)
}
