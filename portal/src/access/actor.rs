use serde::{Deserialize, Serialize};

use super::{Job, Permission, Role, TokenScope};
use crate::{Environment, Id, Person, Policy, Token};

/// Where a grant holds, and where the thing stands that something is done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    Portal,
    Policy(Id<Policy>),
    Environment(Environment),
}

impl Scope {
    pub fn covers(&self, other: &Self) -> bool {
        *self == Self::Portal || self == other
    }

    /// As rows have it: in a policy, in an environment, or (neither) in the whole portal. None where the environment
    /// is not known: such a row gives no rights.
    #[cfg(feature = "backend")]
    pub(crate) fn of_columns(policy: Option<uuid::Uuid>, environment: Option<String>) -> Option<Self> {
        match (policy, environment) {
            (Some(policy), _) => Some(Self::Policy(policy.into())),
            (None, Some(environment)) => Some(Self::Environment(environment.parse().ok()?)),
            (None, None) => Some(Self::Portal),
        }
    }
}

/// A role held in a scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    pub role: Role,
    pub scope: Scope,
}

/// Who is asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    Anonymous,
    Person {
        id: Id<Person>,
        name: String,
        grants: Vec<Grant>,
    },
    Token {
        id: Id<Token>,
        /// Answers for what it does: nobody decides what their own token asked for. An `opa` token has none:
        /// it belongs to its environment.
        owner: Option<Id<Person>>,
        scopes: Vec<TokenScope>,
        within: Scope,
    },
    Job(Job),
}

/// Who did something: an actor, less what it may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum By {
    Person(Id<Person>),
    Token { id: Id<Token>, owner: Option<Id<Person>> },
    Job(Job),
}

/// What of the policies a list may show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    Everything,
    Policies(Vec<Id<Policy>>),
}

impl Reach {
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Policies(these) if these.is_empty())
    }

    #[cfg(feature = "backend")]
    pub(crate) fn holds(&self, policy: Id<Policy>) -> bool {
        match self {
            Self::Everything => true,
            Self::Policies(these) => these.contains(&policy),
        }
    }

    /// As a list's `where` takes it: `($1::uuid[] is null or policy_id = any($1))`.
    #[cfg(feature = "backend")]
    pub(crate) fn policies(&self) -> Option<Vec<uuid::Uuid>> {
        match self {
            Self::Everything => None,
            Self::Policies(these) => Some(these.iter().map(|policy| policy.uuid()).collect()),
        }
    }
}

impl Actor {
    pub fn may(&self, permission: Permission, scope: &Scope) -> bool {
        self.held(permission).iter().any(|held| held.covers(scope))
    }

    /// Whether it has the permission anywhere at all: what a screen asks before it offers a page.
    pub fn may_somewhere(&self, permission: Permission) -> bool {
        !self.held(permission).is_empty()
    }

    /// The environments for which alone it has the permission.
    #[cfg(feature = "backend")]
    pub(crate) fn environments(&self, permission: Permission) -> Vec<Environment> {
        let environment = |held| match held {
            Scope::Environment(environment) => Some(environment),
            Scope::Portal | Scope::Policy(_) => None,
        };
        self.held(permission).into_iter().filter_map(environment).collect()
    }

    pub fn reach(&self, permission: Permission) -> Reach {
        let held = self.held(permission);
        if held.contains(&Scope::Portal) {
            return Reach::Everything;
        }
        Reach::Policies(
            held.into_iter()
                .filter_map(|held| match held {
                    Scope::Policy(policy) => Some(policy),
                    Scope::Portal | Scope::Environment(_) => None,
                })
                .collect(),
        )
    }

    /// What a page or an entry calls it.
    pub fn name(&self) -> String {
        match self {
            Self::Anonymous => "nobody".into(),
            Self::Person { name, .. } => name.clone(),
            Self::Token { id, .. } => format!("token {id}"),
            Self::Job(job) => format!("job {job}"),
        }
    }

    /// A stranger is nobody.
    pub fn by(&self) -> Option<By> {
        match *self {
            Self::Anonymous => None,
            Self::Person { id, .. } => Some(By::Person(id)),
            Self::Token { id, owner, .. } => Some(By::Token { id, owner }),
            Self::Job(job) => Some(By::Job(job)),
        }
    }

    /// Every scope in which this actor has the permission.
    fn held(&self, permission: Permission) -> Vec<Scope> {
        match self {
            Self::Anonymous => vec![],
            Self::Person { grants, .. } => grants
                .iter()
                .filter(|grant| grant.role.allows(permission))
                .map(|grant| grant.scope.clone())
                .collect(),
            Self::Token { scopes, within, .. } => scopes
                .iter()
                .any(|scope| scope.allows(permission))
                .then(|| within.clone())
                .into_iter()
                .collect(),
            Self::Job(job) => job.allows(permission).then_some(Scope::Portal).into_iter().collect(),
        }
    }
}

impl By {
    /// The person, where a person did it with their own hands.
    pub fn person(self) -> Option<Id<Person>> {
        match self {
            Self::Person(id) => Some(id),
            Self::Token { .. } | Self::Job(_) => None,
        }
    }

    /// The person who answers for it.
    pub fn answerable(self) -> Option<Id<Person>> {
        match self {
            Self::Person(id) => Some(id),
            Self::Token { owner, .. } => owner,
            Self::Job(_) => None,
        }
    }
}
