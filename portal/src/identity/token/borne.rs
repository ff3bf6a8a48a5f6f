//! What a token opens that somebody sent, and why it opens nothing.

use chrono::{DateTime, Utc};

use super::super::{SecretKind, digest, grant::grants_of};
use crate::{
    Actor, Id, Permission, Person, Portal, Result, Scope, Token,
    access::{Action, Everything, Grant, Job},
};

struct Find;
impl Action for Find {
    type On = Everything;
    const PERMISSION: Permission = Permission::OpenSession;
}

/// Why a token opens nothing. Whoever holds its secret may know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Void {
    /// Told by its checksum, without asking anybody.
    #[error("this token is malformed: part of it is missing, or a character is wrong")]
    Malformed,
    #[error("this token is not known here")]
    Unknown,
    #[error("this token was revoked")]
    Revoked,
    #[error("this token ended at {}", .0.format("%Y-%m-%dT%H:%M:%SZ"))]
    Ended(DateTime<Utc>),
    #[error("the person who answers for this token may not come in")]
    OwnerOut,
}

/// Who holds this token's secret, or why that is nobody.
///
/// # Errors
/// Unavailable where the database has to be asked and is away.
pub async fn who_has_token(portal: &Portal, secret: &str) -> Result<Result<Actor, Void>> {
    let Some(digest) = digest(SecretKind::Token, secret) else { return Ok(Err(Void::Malformed)) };
    let mut view = portal.view::<Find>(&Actor::Job(Job::SignIn), Everything).await?;
    let now = view.at;
    let found = sqlx::query!(
        r#"select token.id, owner_id, environment, scopes, revoked_at, ends_at,
                  (person.disabled_at is null and (person.demo is not true or $2)) as "owner_may!"
           from token left join person on person.id = owner_id where digest = $1"#,
        &digest[..],
        portal.parts.demo,
    )
    .fetch_optional(view.conn())
    .await?;
    let Some(row) = found else { return Ok(Err(Void::Unknown)) };
    let void = match () {
        () if row.revoked_at.is_some() => Some(Void::Revoked),
        () if row.ends_at <= now => Some(Void::Ended(row.ends_at)),
        () if !row.owner_may => Some(Void::OwnerOut),
        () => None,
    };
    if let Some(void) = void {
        return Ok(Err(void));
    }
    let owners: Vec<_> = row.owner_id.into_iter().collect();
    let grants = grants_of(view.conn(), &owners).await?.into_values().next().unwrap_or_default();
    Ok(Ok(bearer(row.id.into(), row.owner_id.map(Id::from), row.environment, &row.scopes, grants)))
}

/// The actor that a token's row stands for. A scope or environment that is not known gives no rights.
pub(crate) fn bearer(
    id: Id<Token>,
    owner: Option<Id<Person>>,
    environment: Option<String>,
    scopes: &[String],
    grants: Vec<Grant>,
) -> Actor {
    let within = match environment.map(|name| name.parse()) {
        None => Scope::Portal,
        Some(Ok(environment)) => Scope::Environment(environment),
        Some(Err(_)) => return Actor::Anonymous,
    };
    let scopes = scopes.iter().filter_map(|scope| scope.parse().ok()).collect();
    Actor::Token { id, owner, scopes, within, grants, address: None }
}
