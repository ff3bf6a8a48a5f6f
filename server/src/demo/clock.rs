//! The time as a file tells it: for those who take pictures of the demo, and wind it by hand.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use portal::clock::Clock;

/// A clock that stands still until its file, which holds a moment such as `2026-05-20T12:30:00Z`, is another.
#[derive(Debug)]
pub struct WoundClock {
    file: PathBuf,
    last: Mutex<DateTime<Utc>>,
}

impl WoundClock {
    /// # Errors
    /// When the file cannot be read, or holds no moment.
    pub fn open(file: &Path) -> Result<Self> {
        let last = read(file)?;
        Ok(Self { file: file.to_owned(), last: Mutex::new(last) })
    }
}

/// While the file is written it may be empty; time goes on as it was.
impl Clock for WoundClock {
    fn now(&self) -> DateTime<Utc> {
        let mut last = self.last.lock().expect("nobody panics while reading the clock");
        *last = read(&self.file).unwrap_or(*last);
        *last
    }
}

fn read(file: &Path) -> Result<DateTime<Utc>> {
    let text = fs::read_to_string(file).with_context(|| format!("the clock in {}", file.display()))?;
    let told: DateTime<Utc> =
        text.trim().parse().with_context(|| format!("{} tells no time: {text:?}", file.display()))?;
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_tells_what_the_file_says_and_never_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("clock");
        assert!(WoundClock::open(&file).is_err());
        fs::write(&file, "soon").unwrap();
        assert!(WoundClock::open(&file).is_err());
        fs::write(&file, "2026-05-20T12:30:00Z\n").unwrap();
        let clock = WoundClock::open(&file).unwrap();
        assert_eq!(clock.now().to_rfc3339(), "2026-05-20T12:30:00+00:00");
        fs::write(&file, "2026-05-21T12:30:00Z").unwrap();
        assert_eq!(clock.now().to_rfc3339(), "2026-05-21T12:30:00+00:00");
        fs::write(&file, "").unwrap();
        assert_eq!(clock.now().to_rfc3339(), "2026-05-21T12:30:00+00:00");
    }
}
