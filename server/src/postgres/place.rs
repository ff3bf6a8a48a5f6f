//! Where the private Postgres keeps its files, and as whom it runs.
//!
//! ```text
//! DATA_DIR/postgres/          only its user may enter
//!     data/                   the cluster: what a backup must hold
//!     postgres.log            of this run, and postgres.log.1 of the one before
//!     lock                    held by the portal that runs here
//!     .s.PGSQL.5432           the socket
//! ```
//!
//! Postgres refuses to run as root, and the user it then runs as must be able to enter every folder above. Where
//! that is not so (a data folder below root's home, or one of mode 0700), `DATA_DIR/postgres` is a link to a
//! folder below `/var/lib/aegis-portal`. A socket's path may have 107 bytes; where the folder's is too long, or
//! would have to be escaped in a URL, the socket lies in a short folder for temporary files.

use std::{
    fs::{self, DirBuilder, File, Permissions, TryLockError},
    io::{ErrorKind, Read, Seek, SeekFrom},
    os::unix::{
        fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown, symlink},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use super::PORT;

const APART: &str = "/var/lib/aegis-portal";
/// `sun_path` of unix(7) has 108 bytes, the last of them zero.
const LONGEST_SOCKET: usize = 107;
const END_OF_LOG: u64 = 2048;

/// The files of one cluster. `socket` is made of letters, digits and `/._-` alone.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) base: PathBuf,
    pub(super) data: PathBuf,
    pub(super) socket: PathBuf,
    user: Option<User>,
}

/// Whom Postgres runs as when we are root.
#[derive(Debug, Clone, Copy, PartialEq)]
struct User {
    uid: u32,
    gid: u32,
}

impl Place {
    /// The place below that data folder; folders that are missing are made.
    pub(super) fn below(data_dir: &Path) -> Result<Self> {
        fs::create_dir_all(data_dir).with_context(|| format!("{} cannot be made", data_dir.display()))?;
        let data_dir = fs::canonicalize(data_dir)?;
        let user = if rustix::process::geteuid().is_root() { Some(user_postgres()?) } else { None };
        let base = match user {
            Some(user) => base_for(&data_dir, user)?,
            None => existing(&data_dir.join("postgres"))?,
        };
        own(&base, user)?;
        let socket = socket_folder(&base, user)?;
        Ok(Self { data: base.join("data"), base, socket, user })
    }

    /// The major version that made the data, if there is any.
    pub(super) fn version(&self) -> Result<Option<String>> {
        match fs::read_to_string(self.data.join("PG_VERSION")) {
            Ok(version) => Ok(Some(version.trim().to_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("{} cannot be read", self.data.display())),
        }
    }

    /// The file by which a running Postgres marks its data folder as taken.
    pub(super) fn mark(&self) -> PathBuf {
        self.data.join("postmaster.pid")
    }

    /// Whether the server that has made its mark takes connections: it says so in the eighth line (Postgres'
    /// `pidfile.h`, as `pg_ctl` reads it). Asking by a connection would fill the log with refusals.
    pub(super) fn says_ready(&self) -> bool {
        let mark = fs::read_to_string(self.mark()).unwrap_or_default();
        mark.lines().nth(7).is_some_and(|status| status.trim() == "ready")
    }

    /// Keeps every other portal process off this place for as long as the file is held. The kernel drops the lock
    /// with the process, so no kill leaves one behind.
    pub(super) fn lock(&self) -> Result<File> {
        let file = File::options().create(true).write(true).truncate(false).open(self.base.join("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                bail!(
                    "another aegis-portal runs on {}: give this one a DATA_DIR of its own",
                    self.base.display()
                )
            }
            Err(TryLockError::Error(error)) => Err(error).context("the data folder cannot be locked"),
        }
    }

    /// The command as Postgres' user, outside any folder of ours, without the caller's own Postgres settings.
    pub(super) fn dressed(&self, mut command: Command) -> Command {
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .current_dir("/");
        if let Some(user) = self.user {
            command.uid(user.uid).gid(user.gid);
        }
        command
    }

    /// An empty log; the last run's is kept beside it.
    pub(super) fn new_log(&self) -> Result<File> {
        let log = self.log();
        if log.exists() {
            fs::rename(&log, self.base.join("postgres.log.1"))?;
        }
        Ok(File::create(log)?)
    }

    /// What to show of a Postgres that did not start.
    pub(super) fn end_of_log(&self) -> String {
        let read = || -> std::io::Result<String> {
            let mut file = File::open(self.log())?;
            let length = file.metadata()?.len();
            file.seek(SeekFrom::Start(length.saturating_sub(END_OF_LOG)))?;
            let mut end = Vec::new();
            file.take(END_OF_LOG).read_to_end(&mut end)?;
            Ok(String::from_utf8_lossy(&end).into_owned())
        };
        read().unwrap_or_else(|error| format!("{}: {error}", self.log().display()))
    }

    fn log(&self) -> PathBuf {
        self.base.join("postgres.log")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.socket != self.base {
            // Empty once Postgres has stopped; else it is found and used again.
            let _ = fs::remove_dir(&self.socket);
        }
    }
}

/// The user that Debian's package makes; `/etc/passwd` as passwd(5) describes it.
fn user_postgres() -> Result<User> {
    let users = fs::read_to_string("/etc/passwd")?;
    user_named("postgres", &users).context(
        "we are root and there is no user `postgres` for Postgres to run as: apt-get install postgresql",
    )
}

fn user_named(name: &str, passwd: &str) -> Option<User> {
    let fields =
        passwd.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| fields[0] == name)?;
    Some(User { uid: fields.get(2)?.parse().ok()?, gid: fields.get(3)?.parse().ok()? })
}

/// The folder where it is wanted, or the one that a link there leads to.
fn base_for(data_dir: &Path, user: User) -> Result<PathBuf> {
    let wanted = data_dir.join("postgres");
    if wanted.is_symlink() || can_enter(data_dir, user)? {
        return existing(&wanted);
    }
    let apart = new_folder_apart(data_dir)?;
    if wanted.exists() {
        // It could be entered when it was made.
        fs::rename(&wanted, &apart)
            .with_context(|| format!("Postgres' user cannot enter {0}: chmod a+x {0}", data_dir.display()))?;
    }
    symlink(&apart, &wanted)?;
    Ok(apart)
}

/// A link that leads nowhere is refused: an empty database in its place would look like a loss of everything.
fn existing(wanted: &Path) -> Result<PathBuf> {
    if !wanted.is_symlink() {
        fs::create_dir_all(wanted)?;
    }
    fs::canonicalize(wanted)
        .with_context(|| format!("the database's folder is gone: {} is a link to nowhere", wanted.display()))
}

/// Named after the data folder, so that a person finds it; never one that is there already, whoever's it was.
fn new_folder_apart(data_dir: &Path) -> Result<PathBuf> {
    DirBuilder::new().recursive(true).mode(0o755).create(APART)?;
    let digest = short_digest(data_dir);
    for number in 1.. {
        let folder = Path::new(APART).join(format!("{digest}-{number}"));
        match fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| format!("{} cannot be made", folder.display())),
        }
    }
    unreachable!("there is always a next number")
}

/// Whether that user may pass through the folder and all above it, by their plain modes.
fn can_enter(folder: &Path, user: User) -> Result<bool> {
    for above in folder.ancestors() {
        let it = fs::metadata(above)?;
        let mode = it.mode();
        let enters = match () {
            () if it.uid() == user.uid => mode & 0o100 != 0,
            () if it.gid() == user.gid => mode & 0o010 != 0,
            () => mode & 0o001 != 0,
        };
        if !enters {
            return Ok(false);
        }
    }
    Ok(true)
}

fn own(folder: &Path, user: Option<User>) -> Result<()> {
    if let Some(User { uid, gid }) = user {
        chown(folder, Some(uid), Some(gid))?;
    }
    Ok(fs::set_permissions(folder, Permissions::from_mode(0o700))?)
}

/// The place's own folder where that is short and plain, else one for temporary files that is nobody else's.
fn socket_folder(base: &Path, user: Option<User>) -> Result<PathBuf> {
    if fits(base) {
        return Ok(base.to_owned());
    }
    let folder = std::env::temp_dir().join(format!("aegis-{}", short_digest(base)));
    let folder =
        if fits(&folder) { folder } else { Path::new("/tmp").join(folder.file_name().expect("it has one")) };
    let owner = user.map_or(rustix::process::geteuid().as_raw(), |user| user.uid);
    match DirBuilder::new().mode(0o700).create(&folder) {
        Ok(()) => own(&folder, user)?,
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error.into()),
        Err(_) => {}
    }
    let it = fs::symlink_metadata(&folder)?;
    if !it.is_dir() || it.uid() != owner || it.mode() & 0o077 != 0 {
        bail!("{} should be a private folder of Postgres' user and is not: remove it", folder.display());
    }
    Ok(folder)
}

fn fits(folder: &Path) -> bool {
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte));
    let longest = LONGEST_SOCKET - format!("/.s.PGSQL.{PORT}").len();
    folder.to_str().is_some_and(|text| text.len() <= longest && plain(text))
}

fn short_digest(path: &Path) -> String {
    hex::encode(&Sha256::digest(path.as_os_str().as_encoded_bytes())[..6])
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str =
        "root:x:0:0:root:/root:/bin/bash\npostgres:x:104:110:,,,:/var/lib/postgresql:/bin/bash\n";

    #[test]
    fn a_user_is_found_by_name() {
        assert_eq!(user_named("postgres", PASSWD), Some(User { uid: 104, gid: 110 }));
        assert_eq!(user_named("postgre", PASSWD), None);
        assert_eq!(user_named("bad", "bad:x:one"), None);
    }

    #[test]
    fn a_socket_lies_in_its_place_up_to_the_longest_path_that_there_is() {
        let longest = format!("/{}", "a".repeat(LONGEST_SOCKET - "/.s.PGSQL.5432".len() - 1));
        assert!(fits(Path::new(&longest)));
        assert!(!fits(Path::new(&format!("{longest}a"))));
    }

    #[test]
    fn a_path_that_a_url_would_escape_holds_no_socket() {
        for path in ["/srv/my data", "/srv/a&b", "/srv/ä", "/srv/50%"] {
            assert!(!fits(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn a_folder_is_entered_only_when_each_above_it_can_be() {
        let top = tempfile::tempdir().unwrap();
        let inner = top.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let stranger = User { uid: 4_000_000, gid: 4_000_000 };
        fs::set_permissions(top.path(), Permissions::from_mode(0o700)).unwrap();
        assert!(!can_enter(&inner, stranger).unwrap());
        fs::set_permissions(top.path(), Permissions::from_mode(0o711)).unwrap();
        assert!(can_enter(&inner, stranger).unwrap());
    }
}
