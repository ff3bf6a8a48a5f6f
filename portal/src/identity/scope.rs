//! Scopes as rows have them: in a policy, in those of an owner, in an environment, or (none of these) in the whole
//! portal.

use uuid::Uuid;

use crate::{Environment, Scope};

pub(super) struct Columns<'a> {
    pub(super) policy: Option<Uuid>,
    pub(super) environment: Option<&'a str>,
    pub(super) owner: Option<&'a str>,
}

impl<'a> From<&'a Scope> for Columns<'a> {
    fn from(scope: &'a Scope) -> Self {
        let nowhere = Self { policy: None, environment: None, owner: None };
        match scope {
            Scope::Portal => nowhere,
            Scope::Policy(policy) => Self { policy: Some(policy.uuid()), ..nowhere },
            Scope::Owner(owner) => Self { owner: Some(owner), ..nowhere },
            Scope::Environment(environment) => Self { environment: Some(environment.as_str()), ..nowhere },
        }
    }
}

impl Scope {
    /// None where the environment is not known: such a row gives no rights.
    pub(super) fn of_columns(
        policy: Option<Uuid>,
        environment: Option<String>,
        owner: Option<String>,
    ) -> Option<Self> {
        match (policy, environment, owner) {
            (Some(policy), _, _) => Some(Self::Policy(policy.into())),
            (None, Some(environment), _) => Some(Self::Environment(environment.parse::<Environment>().ok()?)),
            (None, None, Some(owner)) => Some(Self::Owner(owner)),
            (None, None, None) => Some(Self::Portal),
        }
    }
}
