//! Tokens come into being.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::super::{
    LONGEST_TOKEN, Refusal, Secret, SecretKind, Token, digest, grant::grants_of, proven::cleaned,
    scope::is_there,
};
use crate::{
    Actor, Environment, Id, Invalid, Permission, Person, Portal, Result, Scope,
    access::{Action, Everything, TokenScope},
    audit::Event,
};

/// Tokens that somebody may hold at once.
const MOST_HELD: i64 = 100;
/// Characters of a token's name.
const LONGEST_NAME: usize = 100;

struct IssueAny;
impl Action for IssueAny {
    type On = Everything;
    const PERMISSION: Permission = Permission::ManageToken;
    const PROVEN: bool = true;
}

struct IssueOwn;
impl Action for IssueOwn {
    type On = Everything;
    const PERMISSION: Permission = Permission::KeepToken;
    const PROVEN: bool = true;
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedToken {
    /// Chosen by whoever asks: a form that is sent twice issues one token.
    pub id: Id<Token>,
    pub name: String,
    /// Who answers for it; nobody for one of an OPA.
    pub owner: Option<Id<Person>>,
    pub environment: Option<Environment>,
    pub scopes: Vec<TokenScope>,
    pub ends_at: DateTime<Utc>,
}

/// Makes a key for a machine; its secret is told here and never again. Whoever may manage tokens issues anybody's,
/// others their own.
///
/// # Errors
/// Refused where it was issued before.
/// Invalid where the end is out of reach, an `opa` token names no environment or another scope, any other token names
/// no owner, or a scope allows nothing that its owner may.
pub async fn issue(portal: &Portal, actor: &Actor, wanted: WantedToken) -> Result<(Id<Token>, Secret)> {
    check(&wanted)?;
    let own = wanted.owner.is_some() && wanted.owner == actor.by().and_then(|by| by.person());
    if own && !actor.may(Permission::ManageToken, &Scope::Portal) {
        issue_as::<IssueOwn>(portal, actor, wanted).await
    } else {
        issue_as::<IssueAny>(portal, actor, wanted).await
    }
}

async fn issue_as<A: Action<On = Everything>>(
    portal: &Portal,
    actor: &Actor,
    wanted: WantedToken,
) -> Result<(Id<Token>, Secret)> {
    portal
        .change::<A, _>(actor, Everything, async |change| {
            let at = change.at;
            let WantedToken { id, name, owner, environment, mut scopes, ends_at } = wanted;
            scopes.sort_unstable_by_key(ToString::to_string);
            scopes.dedup();
            if ends_at <= at || ends_at > at + LONGEST_TOKEN {
                return Err(Invalid::new("ends_at", "a token ends within 365 days").into());
            }
            if let Some(environment) = &environment {
                is_there(change.conn(), environment).await?;
            }
            if let Some(owner) = owner {
                has_room(change.conn(), owner, at).await?;
                scopes_are_theirs(change.conn(), owner, &scopes).await?;
            }
            let secret = Secret::fresh(SecretKind::Token);
            let digest = digest(SecretKind::Token, secret.reveal()).expect("a fresh secret is well formed");
            let scopes: Vec<String> = scopes.iter().map(ToString::to_string).collect();
            let new = sqlx::query!(
                "insert into token (id, digest, name, owner_id, environment, scopes, issued_at, ends_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do nothing",
                id.uuid(),
                &digest[..],
                &name,
                owner.map(Id::uuid),
                environment.as_ref().map(Environment::as_str),
                &scopes,
                at,
                ends_at,
            )
            .execute(change.conn())
            .await?;
            if new.rows_affected() == 0 {
                return Err(Refusal::AlreadyIssued.into());
            }
            change.wake_shelves().await?;
            Ok(((id, secret), Event::TokenIssued { id, name }))
        })
        .await
}

fn check(wanted: &WantedToken) -> Result<(), Invalid> {
    let WantedToken { name, owner, environment, scopes, .. } = wanted;
    let for_opa = scopes.contains(&TokenScope::Opa);
    if !(1..=LONGEST_NAME).contains(&name.trim().chars().count()) {
        return Err(Invalid::new("name", format!("takes 1 to {LONGEST_NAME} characters")));
    }
    if cleaned(name, LONGEST_NAME) != *name {
        return Err(Invalid::new("name", "takes one line of characters that show"));
    }
    if scopes.is_empty() {
        return Err(Invalid::new("scopes", "a token carries at least one scope"));
    }
    if for_opa && (scopes.len() > 1 || environment.is_none()) {
        return Err(Invalid::new(
            "scopes",
            "an opa token carries no other scope, and belongs to one environment",
        ));
    }
    if for_opa && owner.is_some() {
        return Err(Invalid::new("owner", "an opa token belongs to its environment, and to nobody"));
    }
    if !for_opa && owner.is_none() {
        return Err(Invalid::new("owner", "somebody answers for a token"));
    }
    Ok(())
}

/// # Errors
/// Invalid where somebody holds as many as they may.
async fn has_room(conn: &mut PgConnection, owner: Id<Person>, at: DateTime<Utc>) -> Result<()> {
    let held = sqlx::query_scalar!(
        r#"select count(*) as "count!" from token where owner_id = $1 and revoked_at is null and ends_at > $2"#,
        owner.uuid(),
        at,
    )
    .fetch_one(conn)
    .await?;
    if held >= MOST_HELD {
        let why = format!("holds {MOST_HELD} tokens already: revoke one that nothing uses");
        return Err(Invalid::new("owner", why).into());
    }
    Ok(())
}

/// A token never exceeds its owner, so a scope of which none of their roles allows anything would be a promise that
/// nothing keeps.
async fn scopes_are_theirs(conn: &mut PgConnection, owner: Id<Person>, scopes: &[TokenScope]) -> Result<()> {
    let owner = sqlx::query_scalar!("select id from person where id = $1", owner.uuid())
        .fetch_optional(&mut *conn)
        .await?
        .ok_or_else(|| Invalid::new("owner", "there is no such person"))?;
    let grants = grants_of(conn, &[owner]).await?.remove(&owner).unwrap_or_default();
    let allowed = |scope: &TokenScope| grants.iter().any(|grant| scope.has_something_of(grant.role));
    match scopes.iter().find(|scope| !allowed(scope)) {
        Some(scope) => {
            Err(Invalid::new("scopes", format!("none of the owner's roles allows what `{scope}` is for"))
                .into())
        }
        None => Ok(()),
    }
}
