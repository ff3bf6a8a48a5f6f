//! The keys of machines: issued, listed, revoked.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    LONGEST_TOKEN, Secret, SecretKind, TOKEN_ENDS_SOON, Token, Who, digest, grant::grants_of,
    proven::cleaned, scope::is_there,
};
use crate::{
    Actor, Environment, Error, Id, Invalid, Permission, Person, Portal, Result, Scope,
    access::{Action, Everything, TokenScope},
    audit::Event,
};

mod borne;
mod uses;

pub(crate) use borne::bearer;
pub use borne::{Void, who_has_token};
pub(crate) use uses::Uses;
pub use uses::{keep_uses, note_use, write_down_uses};

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

struct RevokeAny;
impl Action for RevokeAny {
    type On = Everything;
    const PERMISSION: Permission = Permission::ManageToken;
}

struct RevokeOwn;
impl Action for RevokeOwn {
    type On = Everything;
    const PERMISSION: Permission = Permission::KeepToken;
}

struct ListAll;
impl Action for ListAll {
    type On = Everything;
    const PERMISSION: Permission = Permission::SeeToken;
}

struct ListOwn;
impl Action for ListOwn {
    type On = Everything;
    const PERMISSION: Permission = Permission::KeepToken;
}

const PAGE: i64 = 100;
/// Tokens about to end that are told of at once.
const MOST_ENDING: i64 = 20;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedToken {
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
            let WantedToken { name, owner, environment, mut scopes, ends_at } = wanted;
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
            let (id, secret) = (Id::<Token>::fresh(), Secret::fresh(SecretKind::Token));
            let digest = digest(SecretKind::Token, secret.reveal()).expect("a fresh secret is well formed");
            let scopes: Vec<String> = scopes.iter().map(ToString::to_string).collect();
            sqlx::query!(
                "insert into token (id, digest, name, owner_id, environment, scopes, issued_at, ends_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8)",
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

/// Tokens that somebody may hold at once.
const MOST_HELD: i64 = 100;

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

/// Characters of a token's name.
const LONGEST_NAME: usize = 100;

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

/// Tokens, newest first, also those that opened something once; from the one before `before`, 100 at a time. All of
/// them for whoever may see them, their own for others.
pub async fn list(portal: &Portal, actor: &Actor, before: Option<Id<Token>>) -> Result<Vec<Token>> {
    let (mut view, of) = if actor.may(Permission::SeeToken, &Scope::Portal) {
        (portal.view::<ListAll>(actor, Everything).await?, None)
    } else {
        let own = actor.by().and_then(|by| by.person());
        let own = own.ok_or(Error::Forbidden(Permission::SeeToken))?;
        (portal.view::<ListOwn>(actor, Everything).await?, Some(own.uuid()))
    };
    let rows = sqlx::query_as!(
        Row,
        r#"select token.id, token.name, owner_id, person.name as "owner?", environment, scopes, issued_at, ends_at,
                revoked_at, used_at
           from token left join person on person.id = owner_id
           where ($1::uuid is null or token.id < $1) and ($3::uuid is null or owner_id = $3)
           order by token.id desc limit $2"#,
        before.map(Id::uuid),
        PAGE,
        of,
    )
    .fetch_all(view.conn())
    .await?;
    rows.into_iter().map(Token::try_from).collect()
}

/// The tokens that end within a fortnight, the next one first, 20 at most: of all, or of one's own. None for whoever may
/// see none.
pub async fn ending(portal: &Portal, actor: &Actor) -> Result<Vec<Token>> {
    let own = actor.by().and_then(|by| by.person());
    let (mut view, of) = match own {
        _ if actor.may(Permission::SeeToken, &Scope::Portal) => {
            (portal.view::<ListAll>(actor, Everything).await?, None)
        }
        Some(own) if actor.may_somewhere(Permission::KeepToken) => {
            (portal.view::<ListOwn>(actor, Everything).await?, Some(own.uuid()))
        }
        _ => return Ok(vec![]),
    };
    let (now, soon) = (view.at, view.at + TOKEN_ENDS_SOON);
    let rows = sqlx::query_as!(
        Row,
        r#"select token.id, token.name, owner_id, person.name as "owner?", environment, scopes, issued_at, ends_at,
                revoked_at, used_at
           from token left join person on person.id = owner_id
           where revoked_at is null and ends_at > $1 and ends_at <= $2 and ($4::uuid is null or owner_id = $4)
             and (person.demo is not true or $5)
           order by ends_at, token.id limit $3"#,
        now,
        soon,
        MOST_ENDING,
        of,
        portal.parts.demo,
    )
    .fetch_all(view.conn())
    .await?;
    rows.into_iter().map(Token::try_from).collect()
}

/// Makes a token nobody's, on every server as soon as it reads of it.
///
/// # Errors
/// Not found where there is none, or it is another's and whoever asks may manage none but their own.
pub async fn revoke(portal: &Portal, actor: &Actor, id: Id<Token>) -> Result<Token> {
    if actor.may(Permission::ManageToken, &Scope::Portal) {
        return revoke_as::<RevokeAny>(portal, actor, id, None).await;
    }
    match actor.by().and_then(|by| by.person()) {
        Some(own) => revoke_as::<RevokeOwn>(portal, actor, id, Some(own)).await,
        None => revoke_as::<RevokeAny>(portal, actor, id, None).await,
    }
}

async fn revoke_as<A: Action<On = Everything>>(
    portal: &Portal,
    actor: &Actor,
    id: Id<Token>,
    of: Option<Id<Person>>,
) -> Result<Token> {
    portal
        .change::<A, _>(actor, Everything, async |change| {
            let at = change.at;
            let token = take(change.conn(), id).await?;
            if of.is_some() && token.owner.as_ref().map(|owner| owner.id) != of {
                return Err(Error::NotFound("token".into()));
            }
            let revoked = token.revoke(at)?;
            sqlx::query!("update token set revoked_at = $2 where id = $1", id.uuid(), at)
                .execute(change.conn())
                .await?;
            change.wake_shelves().await?;
            let event = Event::TokenRevoked { id, name: revoked.name.clone() };
            Ok((revoked, event))
        })
        .await
}

async fn take(conn: &mut PgConnection, id: Id<Token>) -> Result<Token> {
    let row = sqlx::query_as!(
        Row,
        r#"select token.id, token.name, owner_id, person.name as "owner?", environment, scopes, issued_at, ends_at,
                revoked_at, used_at
           from token left join person on person.id = owner_id
           where token.id = $1 for update of token"#,
        id.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    row.map_or_else(|| Err(Error::NotFound("token".into())), Token::try_from)
}

struct Row {
    id: Uuid,
    name: String,
    owner_id: Option<Uuid>,
    owner: Option<String>,
    environment: Option<String>,
    scopes: Vec<String>,
    issued_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
    used_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Token {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let owner = row.owner_id.zip(row.owner).map(|(id, name)| Who { id: id.into(), name });
        Ok(Self {
            id: row.id.into(),
            name: row.name,
            owner,
            environment: row.environment.map(|name| name.parse()).transpose()?,
            // A scope that is not known gives no rights.
            scopes: row.scopes.iter().filter_map(|scope| scope.parse().ok()).collect(),
            issued_at: row.issued_at,
            ends_at: row.ends_at,
            revoked_at: row.revoked_at,
            used_at: row.used_at,
        })
    }
}
