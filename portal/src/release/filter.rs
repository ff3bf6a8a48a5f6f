use serde::{Deserialize, Serialize};

use super::How;
use crate::{
    Environment,
    list::{self, Query},
    policy::Bundle,
};

/// What the history of releases is narrowed to; all of it stands in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    pub environment: Option<Environment>,
    pub bundle: Option<Bundle>,
    pub how: Option<How>,
    /// Found in the revision, the reason or the name of who released it.
    pub text: Option<String>,
}

impl list::Filter for Filter {
    fn read(query: &mut Query) -> Self {
        Self {
            environment: query.take("environment"),
            bundle: query.take("bundle"),
            how: query.take("how"),
            text: query.text("text"),
        }
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        let pairs = [
            ("environment", self.environment.as_ref().map(ToString::to_string)),
            ("bundle", self.bundle.map(|bundle| bundle.to_string())),
            ("how", self.how.map(|how| how.to_string())),
            ("text", self.text.clone()),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}
