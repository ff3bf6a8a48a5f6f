//! The discovery bundle: what an OPA of one environment fetches, from where, signed by whom, and what it reports.
//!
//! OPA evaluates `data.discovery.config` and merges the answer below its boot configuration
//! (<https://www.openpolicyagent.org/docs/management-discovery>). A document that it downloads and then refuses is
//! asked for again hundreds of times a second, so nothing that could be refused is ever built.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Archive, BundleError, Contents, KeyId, SCOPE, VerifyingKey, bundle};

const MODULE: &str = include_str!("discovery.rego");

/// What `discovery.decision` must be set to in OPA's boot configuration.
pub const DECISION: &str = "discovery/config";

/// What the OPAs of one environment are told.
#[derive(Debug, Clone, Copy)]
pub struct Discovery<'a> {
    pub environment: &'a str,
    /// Names out of the catalogue, each with the key that it is signed with.
    pub bundles: &'a [(&'a str, &'a KeyId)],
    /// All keys that OPA shall know.
    pub keys: &'a [VerifyingKey],
}

impl Discovery<'_> {
    /// Builds the bundle. Its revision comes of what it says, so that the same document is the same bytes.
    ///
    /// # Errors
    /// When the environment's name does not suit a URL, a key is there twice or missing, or a bundle is none of ours.
    pub fn archive(&self) -> Result<Archive, BundleError> {
        self.check()?;
        let settings = json!({
            "environment": self.environment,
            "keys": keys(self.keys),
            "bundles": self.bundles.iter().copied().collect::<BTreeMap<_, _>>(),
            // An OPA whose HOSTNAME is not exported reports the text as it stands, which counts as no name.
            "labels": {"environment": self.environment, "instance": "${HOSTNAME}"},
        });
        let files = BTreeMap::from([
            ("discovery.rego".to_owned(), MODULE.into()),
            ("discovery/settings/data.json".to_owned(), settings.to_string().into()),
        ]);
        let contents = Contents { roots: vec!["discovery".parse()?], files, ..Contents::default() };
        Archive::build(&contents.revised()?)
    }

    fn check(&self) -> Result<(), BundleError> {
        let refused = |reason: String| Err(BundleError::content("discovery", reason));
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !(1..=63).contains(&self.environment.len()) || !self.environment.chars().all(plain) {
            return refused(format!("`{}` is no name of an environment", self.environment));
        }
        if let Some((name, _)) = self.bundles.iter().find(|(name, _)| bundle(name).is_none()) {
            return refused(format!("there is no bundle `{name}`"));
        }
        let ids: BTreeSet<_> = self.keys.iter().map(VerifyingKey::keyid).collect();
        if ids.len() < self.keys.len() {
            return refused("two keys have one id".to_owned());
        }
        match self.bundles.iter().find(|(_, keyid)| !ids.contains(keyid)) {
            Some((name, keyid)) => refused(format!("`{name}` is signed with `{keyid}`, which is not there")),
            None => Ok(()),
        }
    }
}

fn keys(keys: &[VerifyingKey]) -> BTreeMap<String, Value> {
    let shown = |key: &VerifyingKey| json!({"algorithm": "ES256", "key": key.to_pem(), "scope": SCOPE});
    keys.iter().map(|key| (key.keyid().to_string(), shown(key))).collect()
}
