use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray};

use super::Standing;
use crate::{Environment, list::Query, report::Severity};

/// What a list is narrowed to; all of it stands in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// What is in force is that to its end: those that end soon are among them, and can be asked for alone.
    pub standing: Option<Standing>,
    pub package: Option<String>,
    pub environment: Option<Environment>,
    pub severity: Option<Severity>,
    /// Found in resource, ticket, package, rule, justification or number.
    pub text: Option<String>,
    pub mine: bool,
    /// Only requests that whoever asks may answer.
    pub for_me: bool,
}

/// In which order a list of exceptions goes.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Display, EnumString, VariantArray,
)]
pub enum Order {
    #[default]
    #[serde(rename = "-number")]
    #[strum(serialize = "-number")]
    Newest,
    #[serde(rename = "number")]
    #[strum(serialize = "number")]
    Oldest,
    /// By when it ends, as approved or else as asked.
    #[serde(rename = "ends")]
    #[strum(serialize = "ends")]
    EndsFirst,
    #[serde(rename = "-ends")]
    #[strum(serialize = "-ends")]
    EndsLast,
    #[serde(rename = "-severity")]
    #[strum(serialize = "-severity")]
    MostSevere,
    #[serde(rename = "severity")]
    #[strum(serialize = "severity")]
    LeastSevere,
}

impl crate::list::Filter for Filter {
    fn read(query: &mut Query) -> Self {
        Self {
            standing: query.take("standing"),
            package: query.text("package"),
            environment: query.take("environment"),
            severity: query.take("severity"),
            text: query.text("text"),
            mine: query.is_set("mine"),
            for_me: query.is_set("for-me"),
        }
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        let pairs = [
            ("standing", self.standing.map(|standing| standing.to_string())),
            ("package", self.package.clone()),
            ("environment", self.environment.as_ref().map(ToString::to_string)),
            ("severity", self.severity.map(|severity| severity.to_string())),
            ("text", self.text.clone()),
            ("mine", self.mine.then(|| "yes".to_owned())),
            ("for-me", self.for_me.then(|| "yes".to_owned())),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

impl Order {
    /// The other way round.
    pub fn reversed(self) -> Self {
        match self {
            Self::Newest => Self::Oldest,
            Self::Oldest => Self::Newest,
            Self::EndsFirst => Self::EndsLast,
            Self::EndsLast => Self::EndsFirst,
            Self::MostSevere => Self::LeastSevere,
            Self::LeastSevere => Self::MostSevere,
        }
    }
}
