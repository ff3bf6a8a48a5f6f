//! Environments: where a release is in force.
//!
//! They stand in an order, and versions move up it: development, staging, production by default.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Invalid;

#[cfg(feature = "backend")]
mod store;
#[cfg(feature = "backend")]
pub use store::list;
#[cfg(feature = "backend")]
pub(crate) use store::{before, place};

const LONGEST_NAME: usize = 40;

/// The name of an environment, as it stands in addresses: lower-case letters, digits and dashes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Environment(String);

/// One environment with its place in the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub environment: Environment,
    /// From 1; versions move from lower to higher.
    pub position: i32,
    /// Whether a second person must confirm what is promoted here.
    pub guarded: bool,
}

impl Environment {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The one that is meant where nobody names one.
    pub fn production() -> Self {
        Self("production".into())
    }

    pub fn staging() -> Self {
        Self("staging".into())
    }

    pub fn development() -> Self {
        Self("development".into())
    }
}

impl FromStr for Environment {
    type Err = Invalid;
    fn from_str(name: &str) -> Result<Self, Invalid> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(plain) {
            Ok(Self(name.into()))
        } else {
            Err(Invalid::new(
                "environment",
                "an environment's name is of lower-case letters, digits and dashes",
            ))
        }
    }
}

impl TryFrom<String> for Environment {
    type Error = Invalid;
    fn try_from(name: String) -> Result<Self, Invalid> {
        name.parse()
    }
}

impl From<Environment> for String {
    fn from(environment: Environment) -> Self {
        environment.0
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
