//! Finding a thing by what people call it: a number, a name, the beginning of a digest.
//!
//! Invariant: nobody finds what they may not see.

use serde::{Deserialize, Serialize};

use crate::{
    Environment, Id,
    exception::{self, Standing},
    fleet::Instance,
    policy::{self, Bundle},
};

#[cfg(feature = "backend")]
mod asked;
#[cfg(feature = "backend")]
mod store;
#[cfg(feature = "backend")]
pub use store::find;

/// A thing that was found, with what tells it from others of its kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hit {
    Exception {
        number: exception::Number,
        resources: Vec<String>,
        rule: String,
        standing: Standing,
    },
    Policy {
        package: String,
        title: String,
    },
    Version {
        bundle: Bundle,
        number: policy::Number,
        digest: String,
    },
    /// Of a bundle without versions: what it is called is its revision.
    Release {
        environment: Environment,
        bundle: Bundle,
        revision: String,
        digest: String,
    },
    Instance {
        id: Id<Instance>,
        name: String,
        environment: Environment,
    },
    Decision {
        id: String,
        path: String,
        environment: Environment,
    },
}
