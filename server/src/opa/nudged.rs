//! Which instances had their environment's held polls answered for their sake.

use std::{collections::HashMap, sync::Mutex};

use portal::{Environment, fleet::Reported, policy::Bundle};

use super::status::ours;

/// A fleet is smaller than this. Beyond it all are forgotten, and may be helped once more.
const MOST: usize = 20_000;

/// Environment, name and process.
type Instance = (Environment, String, String);
/// Bundles of ours, with their revisions.
type Runs = Vec<(Bundle, String)>;

/// What each instance ran when it was last helped.
#[derive(Default)]
pub(crate) struct Nudged(Mutex<HashMap<Instance, Runs>>);

impl Nudged {
    /// Whether this instance has not been helped yet with what it runs; it counts as helped from now on.
    pub(super) fn is_first(&self, reported: &Reported) -> bool {
        let key = (reported.environment.clone(), reported.name.clone(), reported.process.clone());
        let runs: Runs = ours(reported).map(|(bundle, revision)| (bundle, revision.to_owned())).collect();
        let mut helped = self.0.lock().expect("nothing panics while it holds this lock");
        if helped.get(&key) == Some(&runs) {
            return false;
        }
        if helped.len() >= MOST {
            helped.clear();
        }
        helped.insert(key, runs);
        true
    }
}

#[cfg(test)]
mod tests {
    use portal::{Environment, fleet::Reported};

    use super::Nudged;

    fn reported(process: &str, revision: &str, other: &str) -> Reported {
        let bundle = |name: &str, revision: &str| (name.to_owned(), revision.to_owned(), "stale".to_owned());
        Reported {
            environment: Environment::staging(),
            name: "opa-1".into(),
            process: process.into(),
            opa_version: "1.22.2".into(),
            bundles: vec![bundle("aegis-provisioning", revision), bundle("theirs", other)],
            dropped: 0,
            ready: false,
            at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn an_instance_is_helped_once_for_each_process_and_revision_of_ours() {
        let nudged = Nudged::default();
        assert!(nudged.is_first(&reported("a", "v1.0.0", "1")));
        assert!(!nudged.is_first(&reported("a", "v1.0.0", "2")));
        assert!(nudged.is_first(&reported("a", "v1.1.0", "2")));
        assert!(nudged.is_first(&reported("b", "v1.1.0", "2")), "a process that started anew");
        assert!(!nudged.is_first(&reported("b", "v1.1.0", "3")));
    }
}
