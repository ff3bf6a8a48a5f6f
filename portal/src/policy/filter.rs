use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray};

use super::{Bundle, Policy};
use crate::{
    list::{self, Query},
    report::{Engine, Severity},
};

/// What the list of policies is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Found in package, title, description, owner or a rule.
    pub text: Option<String>,
    pub severity: Option<Severity>,
    pub engine: Option<Engine>,
}

/// In which order policies go.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Display, EnumString, VariantArray,
)]
pub enum Order {
    #[default]
    #[serde(rename = "package")]
    #[strum(serialize = "package")]
    Package,
    #[serde(rename = "-package")]
    #[strum(serialize = "-package")]
    PackageBackwards,
    #[serde(rename = "-severity")]
    #[strum(serialize = "-severity")]
    MostSevere,
    #[serde(rename = "severity")]
    #[strum(serialize = "severity")]
    LeastSevere,
}

/// What the list of versions is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionFilter {
    pub bundle: Option<Bundle>,
    /// Only those that are in force somewhere.
    pub in_force: bool,
}

/// What the list of changesets is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangesetFilter {
    pub outcome: Option<Outcome>,
    /// Found in the note or the name of who brought it.
    pub text: Option<String>,
}

/// What the checks of a changeset came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, VariantArray)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Outcome {
    Passed,
    Refused,
}

impl Filter {
    pub fn takes(&self, policy: &Policy) -> bool {
        let text = self.text.as_deref().unwrap_or_default().to_lowercase();
        let places = [&policy.package, &policy.title, &policy.description];
        let found = places.into_iter().chain(&policy.owner).chain(&policy.rules);
        found.into_iter().any(|place| place.to_lowercase().contains(&text))
            && self.severity.is_none_or(|severity| severity == policy.severity)
            && self.engine.is_none_or(|engine| engine == policy.engine)
    }
}

impl Order {
    /// Puts policies, which come by package, in this order.
    pub fn sort(self, policies: &mut [Policy]) {
        match self {
            Self::Package => policies.sort_by(|a, b| a.package.cmp(&b.package)),
            Self::PackageBackwards => policies.sort_by(|a, b| b.package.cmp(&a.package)),
            Self::MostSevere => policies.sort_by_key(|policy| std::cmp::Reverse(policy.severity)),
            Self::LeastSevere => policies.sort_by_key(|policy| policy.severity),
        }
    }
}

impl list::Filter for Filter {
    fn read(query: &mut Query) -> Self {
        Self { text: query.text("text"), severity: query.take("severity"), engine: query.take("engine") }
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        let pairs = [
            ("text", self.text.clone()),
            ("severity", self.severity.map(|severity| severity.to_string())),
            ("engine", self.engine.map(|engine| engine.to_string())),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

impl list::Filter for VersionFilter {
    fn read(query: &mut Query) -> Self {
        Self { bundle: query.take("bundle"), in_force: query.is_set("in-force") }
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        let bundle = self.bundle.map(|bundle| ("bundle", bundle.to_string()));
        bundle.into_iter().chain(self.in_force.then(|| ("in-force", "yes".to_owned()))).collect()
    }
}

impl list::Filter for ChangesetFilter {
    fn read(query: &mut Query) -> Self {
        Self { outcome: query.take("outcome"), text: query.text("text") }
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        let outcome = self.outcome.map(|outcome| ("outcome", outcome.to_string()));
        outcome.into_iter().chain(self.text.clone().map(|text| ("text", text))).collect()
    }
}
