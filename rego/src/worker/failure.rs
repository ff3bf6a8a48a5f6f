//! Why there is no answer.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Failure {
    #[error("took longer than allowed")]
    Time,
    #[error("needed more memory than allowed")]
    Memory,
    #[error("overflowed the stack")]
    Stack,
    #[error("the worker crashed: {0}")]
    Crash(String),
    #[error("input is not usable JSON: {0}")]
    Parse(String),
    #[error("evaluation failed: {0}")]
    Rego(String),
    #[error("policy does not load: {0}")]
    Policy(String),
    #[error("{path}: brackets nested deeper than {limit}")]
    Nested { path: String, limit: usize },
    #[error("rules depend on themselves: {}", .0.join(", "))]
    Recursive(Vec<String>),
    #[error("data would override the rule {0}")]
    Overridden(String),
    #[error("{length} bytes, at most {limit} allowed")]
    TooLarge { length: usize, limit: usize },
    #[error("this input overran twice and is refused for a while")]
    Refused,
    #[error("too many requests are waiting")]
    Busy,
    #[error("no worker is ready")]
    Unavailable,
}

impl Failure {
    /// Whether the request used up a limit, as opposed to being merely wrong.
    pub fn is_overrun(&self) -> bool {
        matches!(self, Self::Time | Self::Memory | Self::Stack | Self::Crash(_))
    }
}
