//! Scopes as rows have them: in a policy, in those of an owner, in an environment, or (none of these) in the whole
//! portal.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::{Environment, Invalid, Result, Scope};

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

/// # Errors
/// Invalid where there is no such environment.
pub(super) async fn is_there(conn: &mut PgConnection, environment: &Environment) -> Result<()> {
    let name = environment.as_str();
    let found =
        sqlx::query_scalar!(r#"select exists (select from environment where name = $1) as "there!""#, name)
            .fetch_one(conn)
            .await?;
    if found { Ok(()) } else { Err(Invalid::new("environment", "there is no such environment").into()) }
}

/// # Errors
/// Invalid where the scope is of a policy or an environment that is not there.
pub(super) async fn holds_somewhere(conn: &mut PgConnection, scope: &Scope) -> Result<()> {
    match scope {
        Scope::Environment(environment) => is_there(conn, environment).await,
        Scope::Policy(policy) => {
            let found = sqlx::query_scalar!(
                r#"select exists (select from policy where id = $1) as "there!""#,
                policy.uuid()
            );
            let found = found.fetch_one(conn).await?;
            if found { Ok(()) } else { Err(Invalid::new("scope", "there is no such policy").into()) }
        }
        Scope::Portal | Scope::Owner(_) => Ok(()),
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
