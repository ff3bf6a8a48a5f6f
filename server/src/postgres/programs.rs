//! Where Postgres' own programs are on this machine.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Result, bail};

/// Before this one, everybody may create tables in the schema `public`.
const OLDEST: u32 = 15;
/// Debian's layout: `/usr/lib/postgresql/15/bin`.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The folder that holds `postgres`, `initdb` and `psql` of one version.
#[derive(Debug)]
pub(super) struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// The programs for data of that major version, or the newest for data that is yet to be made.
    ///
    /// `PG_BINDIR` names a folder outright; then come Debian's folders, then `PATH`.
    pub(super) fn find(version: Option<&str>) -> Result<Self> {
        if let Some(folder) = env::var_os("PG_BINDIR") {
            return Ok(Self { folder: folder.into() });
        }
        let installed = installed_below(Path::new(DEBIAN));
        if let Some(folder) = choose(&installed, version)? {
            return Ok(Self { folder });
        }
        let path = env::var_os("PATH").unwrap_or_default();
        match env::split_paths(&path).find(|folder| folder.join("initdb").is_file()) {
            Some(folder) => Ok(Self { folder }),
            None => bail!(
                "there is no Postgres {OLDEST} or newer on this machine: install it (apt-get install postgresql), \
                 name its programs' folder in PG_BINDIR, or a database in DATABASE_URL"
            ),
        }
    }

    pub(super) fn path(&self, program: &str) -> PathBuf {
        self.folder.join(program)
    }
}

/// Every version below that folder with its programs, oldest first.
fn installed_below(root: &Path) -> Vec<(u32, PathBuf)> {
    let mut installed: Vec<_> = fs::read_dir(root)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(version, folder)| *version >= OLDEST && folder.join("initdb").is_file())
        .collect();
    installed.sort();
    installed
}

/// One version's data cannot be opened by another's programs.
fn choose(installed: &[(u32, PathBuf)], version: Option<&str>) -> Result<Option<PathBuf>> {
    let Some(version) = version else {
        return Ok(installed.last().map(|(_, folder)| folder.clone()));
    };
    match installed.iter().find(|(number, _)| number.to_string() == version) {
        Some((_, folder)) => Ok(Some(folder.clone())),
        None if installed.is_empty() => Ok(None),
        None => bail!(
            "the data folder was made by Postgres {version}, and only {:?} is installed: install postgresql-{version}, \
             or move the data by pg_dump",
            installed.iter().map(|(number, _)| number).collect::<Vec<_>>()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Vec<(u32, PathBuf)> {
        vec![(15, "/15/bin".into()), (17, "/17/bin".into())]
    }

    #[test]
    fn new_data_is_made_by_the_newest() {
        assert_eq!(choose(&two(), None).unwrap(), Some("/17/bin".into()));
    }

    #[test]
    fn data_is_opened_by_the_version_that_made_it() {
        assert_eq!(choose(&two(), Some("15")).unwrap(), Some("/15/bin".into()));
    }

    #[test]
    fn data_of_a_version_that_is_gone_is_refused_with_what_to_install() {
        let refused = choose(&two(), Some("16")).unwrap_err().to_string();
        assert!(refused.contains("install postgresql-16"), "{refused}");
    }
}
