//! The manifest of a bundle: what OPA reads from `/.manifest`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::BundleError;

pub(crate) const NAME: &str = ".manifest";

/// A part of `data` that a bundle owns, such as `aegis/provisioning`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Root(String);

/// What a bundle says of itself. Fields of OPA's format that are not ours are not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// What OPA reports as `active_revision`.
    #[serde(default)]
    pub revision: String,
    /// Absent means all of data, as OPA has it; our own always name their roots.
    #[serde(default = "all_of_data")]
    pub roots: Vec<String>,
    /// 1 in all bundles of ours, so that OPA reads them alike whatever it was started with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rego_version: Option<u8>,
    /// Free; OPA shows it under `data.system.bundles`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
}

impl Root {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names of its path.
    pub fn names(&self) -> Vec<&str> {
        self.0.split('/').collect()
    }

    /// Whether a package or data path lies within it.
    pub fn covers<S: AsRef<str>>(&self, path: &[S]) -> bool {
        let names = self.names();
        path.len() >= names.len() && names.iter().zip(path).all(|(name, step)| *name == step.as_ref())
    }

    /// Whether one of the two lies within the other.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.covers(&other.names()) || other.covers(&self.names())
    }
}

impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Root {
    type Err = BundleError;

    /// Slashes around it do not count. The empty root, which owns everything, is none of ours.
    fn from_str(text: &str) -> Result<Self, BundleError> {
        let trimmed = text.trim_matches('/');
        let good =
            |name: &str| !name.is_empty() && !name.contains(|c: char| c.is_control() || "\\\"".contains(c));
        if trimmed.len() <= 200 && trimmed.split('/').all(good) {
            Ok(Self(trimmed.to_owned()))
        } else {
            Err(BundleError::Root(text.to_owned()))
        }
    }
}

impl TryFrom<String> for Root {
    type Error = BundleError;

    fn try_from(text: String) -> Result<Self, BundleError> {
        text.parse()
    }
}

impl From<Root> for String {
    fn from(root: Root) -> Self {
        root.0
    }
}

fn all_of_data() -> Vec<String> {
    vec![String::new()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(text: &str) -> Root {
        text.parse().unwrap()
    }

    #[test]
    fn roots_overlap_by_whole_names() {
        assert!(root("aegis").overlaps(&root("/aegis/ai/")));
        assert!(root("aegis/ai").overlaps(&root("aegis")));
        assert!(root("aegis/ai").overlaps(&root("aegis/ai")));
        assert!(!root("aegis/ai").overlaps(&root("aegis/aix")));
    }

    #[test]
    fn a_root_is_a_path_of_names() {
        for text in ["", "/", "a//b", "a\nb", "a\\b"] {
            assert_eq!(text.parse::<Root>(), Err(BundleError::Root(text.into())));
        }
    }
}
