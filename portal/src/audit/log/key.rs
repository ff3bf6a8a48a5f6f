//! The log's own key, in a file beside the others: what signs checkpoints signs nothing else.

use std::{fs, io::Write, os::unix::fs::PermissionsExt, path::Path};

use evidence::LogKey;
use tempfile::NamedTempFile;

/// Its private and its public half, a line each.
const FILE: &str = "audit.key";
/// A key file has some 200 bytes; what is larger is something else.
const LARGEST: u64 = 64 << 10;

/// Reads the log's key, and makes one where there is none.
///
/// A key is made with the log's name, which is of this installation alone: the origin of all its checkpoints.
pub(crate) fn open(folder: &Path) -> Result<LogKey, String> {
    let file = folder.join(FILE);
    if !file.exists() {
        make(folder, &file).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    load(&file).map_err(|error| format!("{}: {error}", file.display()))
}

fn load(file: &Path) -> Result<LogKey, String> {
    let told = |error: std::io::Error| error.to_string();
    let about = fs::metadata(file).map_err(told)?;
    if about.permissions().mode() & 0o077 != 0 {
        return Err("others may read it; make it mode 0600".into());
    }
    if about.len() > LARGEST {
        return Err("too large for a key".into());
    }
    let text = fs::read_to_string(file).map_err(told)?;
    let (private, public) = text.trim().split_once('\n').ok_or("it has not the two lines of a log's key")?;
    LogKey::read(private, public).map_err(|error| error.to_string())
}

/// Whole or not at all, and never in the place of one that another server has made meanwhile.
fn make(folder: &Path, file: &Path) -> std::io::Result<()> {
    let name = format!("aegis-policy-portal/{}", hex::encode(rand::random::<[u8; 8]>()));
    let key = LogKey::generate(&name);
    let mut written = NamedTempFile::new_in(folder)?;
    writeln!(written, "{}\n{}", key.private(), key.public())?;
    written.as_file().sync_all()?;
    match written.persist_noclobber(file) {
        Err(error) if !file.exists() => Err(error.error),
        _ => fs::File::open(folder)?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::{FILE, open};

    #[test]
    fn the_key_stays_and_is_nobody_elses_to_read() {
        let folder = tempfile::tempdir().unwrap();
        let made = open(folder.path()).unwrap();
        assert_eq!(open(folder.path()).unwrap().private(), made.private());
        let file = folder.path().join(FILE);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(open(folder.path()).err().unwrap().contains("0600"));
    }

    #[test]
    fn no_two_installations_have_one_name() {
        let name = || open(tempfile::tempdir().unwrap().path()).unwrap().public().name().to_owned();
        assert_ne!(name(), name());
    }
}
