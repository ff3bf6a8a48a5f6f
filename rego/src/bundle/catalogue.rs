//! The bundles that there are, and what each owns of `data`. No two of them overlap, so that an OPA can hold all.

use super::Root;
use crate::report::Engine;

/// One bundle of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bundle {
    /// Its name in OPA's configuration, in status reports and decision logs.
    pub name: &'static str,
    /// The only part of `data` that it owns, slash-separated.
    pub root: &'static str,
    /// The first part of its keys in the object store.
    pub folder: &'static str,
    /// The engines that load it.
    pub engines: &'static [Engine],
}

/// Policies for what is provisioned: fleet.
pub const PROVISIONING: Bundle = Bundle {
    name: "aegis-provisioning",
    root: "aegis/provisioning",
    folder: "provisioning",
    engines: &[Engine::External],
};

/// Policies for AI agents: the portal's own engine.
pub const AI: Bundle =
    Bundle { name: "aegis-ai", root: "aegis/ai", folder: "ai", engines: &[Engine::Embedded] };

/// Exceptions in force, as data and nothing else: an approval must not wait for a version of the policies.
pub const EXCEPTIONS: Bundle = Bundle {
    name: "aegis-exceptions",
    root: "exceptions",
    folder: "exceptions",
    engines: &[Engine::External, Engine::Embedded],
};

/// What OPA masks and drops before it logs a decision.
pub const SYSTEM: Bundle =
    Bundle { name: "aegis-system", root: "system/log", folder: "system", engines: &[Engine::External] };

pub const CATALOGUE: [Bundle; 4] = [PROVISIONING, AI, EXCEPTIONS, SYSTEM];

impl Bundle {
    pub fn root(&self) -> Root {
        self.root.parse().expect("the catalogue's roots are paths of names")
    }
}

/// The bundle of that name.
pub fn bundle(name: &str) -> Option<&'static Bundle> {
    CATALOGUE.iter().find(|bundle| bundle.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_bundles_overlap() {
        for (n, bundle) in CATALOGUE.iter().enumerate() {
            assert!(CATALOGUE[..n].iter().all(|other| !other.root().overlaps(&bundle.root())));
            assert_eq!(super::bundle(bundle.name), Some(bundle));
        }
        assert_eq!(super::bundle("other"), None);
    }
}
