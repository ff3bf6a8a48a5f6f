use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Job, Permission, Role, TokenScope};
#[cfg(feature = "backend")]
use crate::identity::PROVEN;
use crate::{Environment, Id, Person, Policy, Token};

/// Where a grant holds, and where the thing stands that something is done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    Portal,
    Policy(Id<Policy>),
    /// All policies that name this owner in their METADATA, now and later.
    Owner(String),
    Environment(Environment),
}

impl Scope {
    pub fn covers(&self, other: &Self) -> bool {
        *self == Self::Portal || self == other
    }

    /// Where both hold.
    fn meet(&self, other: &Self) -> Option<Self> {
        if self.covers(other) {
            return Some(other.clone());
        }
        other.covers(self).then(|| self.clone())
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
        /// When they last proved who they are; none where their provider does not say.
        proven_at: Option<DateTime<Utc>>,
        /// From where they ask; none where it is not known, as behind a proxy that does not tell.
        address: Option<IpAddr>,
    },
    /// Whoever comes to sign in or out, before it is known who they are: the job of that name does it for them.
    Visitor {
        address: Option<IpAddr>,
    },
    Token {
        id: Id<Token>,
        /// Answers for what it does: nobody decides what their own token asked for. An `opa` token has none:
        /// it belongs to its environment.
        owner: Option<Id<Person>>,
        scopes: Vec<TokenScope>,
        within: Scope,
        /// What its owner was granted: it may do nothing that they may not.
        grants: Vec<Grant>,
        /// From where it is used.
        address: Option<IpAddr>,
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

/// Who did something, from where, and how well they were known by then: what the audit keeps of an actor.
#[cfg(feature = "backend")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hand {
    pub by: By,
    pub address: Option<IpAddr>,
    /// When the person had last proved who they are.
    pub proven_at: Option<DateTime<Utc>>,
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

    /// Whether it has the permission on each of these; of none, anywhere at all.
    #[cfg(feature = "backend")]
    pub(crate) fn may_on_each(&self, permission: Permission, scopes: &[Scope]) -> bool {
        match scopes {
            [] => self.may_somewhere(permission),
            scopes => scopes.iter().all(|scope| self.may(permission, scope)),
        }
    }

    /// Whether it has the permission anywhere at all: what a screen asks before it offers a page.
    pub fn may_somewhere(&self, permission: Permission) -> bool {
        !self.held(permission).is_empty()
    }

    /// Whether it is known well enough for what most depends on who does it: a person has to have proved lately who
    /// they are. Whatever holds a secret of its own proves it by each request.
    #[cfg(feature = "backend")]
    pub(crate) fn is_proven(&self, now: DateTime<Utc>) -> bool {
        match self {
            Self::Person { proven_at, .. } => proven_at.is_some_and(|at| now <= at + PROVEN),
            Self::Anonymous | Self::Visitor { .. } | Self::Token { .. } | Self::Job(_) => true,
        }
    }

    /// The environments for which alone it has the permission.
    #[cfg(feature = "backend")]
    pub(crate) fn environments(&self, permission: Permission) -> Vec<Environment> {
        let environment = |held| match held {
            Scope::Environment(environment) => Some(environment),
            Scope::Portal | Scope::Policy(_) | Scope::Owner(_) => None,
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
                    Scope::Portal | Scope::Owner(_) | Scope::Environment(_) => None,
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
            Self::Visitor { .. } => format!("job {}", Job::SignIn),
            Self::Job(job) => format!("job {job}"),
        }
    }

    /// The same, asking from this address.
    #[must_use]
    pub fn coming_from(mut self, from: Option<IpAddr>) -> Self {
        match &mut self {
            Self::Person { address, .. } | Self::Visitor { address } | Self::Token { address, .. } => {
                *address = from
            }
            Self::Anonymous | Self::Job(_) => {}
        }
        self
    }

    /// A stranger is nobody.
    pub fn by(&self) -> Option<By> {
        match *self {
            Self::Anonymous => None,
            Self::Person { id, .. } => Some(By::Person(id)),
            Self::Token { id, owner, .. } => Some(By::Token { id, owner }),
            Self::Visitor { .. } => Some(By::Job(Job::SignIn)),
            Self::Job(job) => Some(By::Job(job)),
        }
    }

    /// A stranger has no hand in anything.
    #[cfg(feature = "backend")]
    pub fn hand(&self) -> Option<Hand> {
        let by = self.by()?;
        let (address, proven_at) = match *self {
            Self::Person { address, proven_at, .. } => (address, proven_at),
            Self::Visitor { address } | Self::Token { address, .. } => (address, None),
            Self::Anonymous | Self::Job(_) => (None, None),
        };
        Some(Hand { by, address, proven_at })
    }

    /// Every scope in which this actor has the permission.
    fn held(&self, permission: Permission) -> Vec<Scope> {
        match self {
            Self::Anonymous => vec![],
            // Also whoever holds no role looks after their own sessions.
            Self::Person { .. } if permission == Permission::EndSession => vec![Scope::Portal],
            Self::Person { grants, .. } => granted(grants, permission).cloned().collect(),
            Self::Token { scopes, .. } if !scopes.iter().any(|scope| scope.allows(permission)) => vec![],
            Self::Token { owner: None, within, .. } => vec![within.clone()],
            Self::Token { within, grants, .. } => {
                granted(grants, permission).filter_map(|scope| scope.meet(within)).collect()
            }
            Self::Visitor { .. } => allowed(Job::SignIn, permission),
            Self::Job(job) => allowed(*job, permission),
        }
    }
}

fn allowed(job: Job, permission: Permission) -> Vec<Scope> {
    job.allows(permission).then_some(Scope::Portal).into_iter().collect()
}

/// Where these allow it.
fn granted(grants: &[Grant], permission: Permission) -> impl Iterator<Item = &Scope> {
    let allowing = grants.iter().filter(move |grant| grant.role.allows(permission));
    allowing.map(move |grant| if permission.is_unconfined() { &Scope::Portal } else { &grant.scope })
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
