use chrono::{DateTime, Utc};

use sqlx::PgConnection;
use uuid::Uuid;

use super::{LONGEST_TOKEN, Secret, SecretKind, Token, Who, digest};
use crate::{
    Actor, Environment, Error, Id, Invalid, Permission, Person, Portal, Result, Scope,
    access::{Action, Everything, Job, TokenScope},
    audit::Event,
};

struct Issue;
impl Action for Issue {
    type On = Everything;
    const PERMISSION: Permission = Permission::ManageToken;
}

struct Revoke;
impl Action for Revoke {
    type On = Everything;
    const PERMISSION: Permission = Permission::ManageToken;
}

struct List;
impl Action for List {
    type On = Everything;
    const PERMISSION: Permission = Permission::SeeToken;
}

struct Find;
impl Action for Find {
    type On = Everything;
    const PERMISSION: Permission = Permission::OpenSession;
}

const PAGE: i64 = 100;

/// Makes a key for a machine; its secret is told here and never again.
///
/// # Errors
/// Invalid where the end is out of reach, an `opa` token names no environment or another scope, or any
/// other token names no owner.
pub async fn issue(
    portal: &Portal,
    actor: &Actor,
    name: &str,
    owner: Option<Id<Person>>,
    environment: Option<Environment>,
    scopes: &[TokenScope],
    ends_at: DateTime<Utc>,
) -> Result<(Id<Token>, Secret)> {
    check(owner, environment.as_ref(), scopes)?;
    portal
        .change::<Issue, _>(actor, Everything, async |change| {
            let at = change.at;
            if ends_at <= at || ends_at > at + LONGEST_TOKEN {
                return Err(Invalid::new("ends_at", "a token ends within 365 days").into());
            }
            let (id, secret) = (Id::<Token>::fresh(), Secret::fresh(SecretKind::Token));
            let digest = digest(SecretKind::Token, secret.reveal()).expect("a fresh secret is well formed");
            let scopes: Vec<String> = scopes.iter().map(ToString::to_string).collect();
            sqlx::query!(
                "insert into token (id, digest, name, owner_id, environment, scopes, issued_at, ends_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8)",
                id.uuid(),
                &digest[..],
                name,
                owner.map(Id::uuid),
                environment.as_ref().map(Environment::as_str),
                &scopes,
                at,
                ends_at,
            )
            .execute(change.conn())
            .await?;
            change.wake_shelves().await?;
            Ok(((id, secret), Event::TokenIssued { id, name: name.into() }))
        })
        .await
}

fn check(
    owner: Option<Id<Person>>,
    environment: Option<&Environment>,
    scopes: &[TokenScope],
) -> Result<(), Invalid> {
    let for_opa = scopes.contains(&TokenScope::Opa);
    if scopes.is_empty() {
        return Err(Invalid::new("scopes", "a token carries at least one scope"));
    }
    if for_opa && (scopes.len() > 1 || environment.is_none()) {
        return Err(Invalid::new(
            "scopes",
            "an opa token carries no other scope, and belongs to one environment",
        ));
    }
    if !for_opa && owner.is_none() {
        return Err(Invalid::new("owner", "somebody answers for a token"));
    }
    Ok(())
}

/// All tokens, newest first, also those that opened something once; from the one before `before`, 100 at a time.
pub async fn list(portal: &Portal, actor: &Actor, before: Option<Id<Token>>) -> Result<Vec<Token>> {
    let mut view = portal.view::<List>(actor, Everything).await?;
    let rows = sqlx::query_as!(
        Row,
        r#"select token.id, token.name, owner_id, person.name as "owner?", environment, scopes, issued_at, ends_at,
                revoked_at
           from token left join person on person.id = owner_id
           where $1::uuid is null or token.id < $1 order by token.id desc limit $2"#,
        before.map(Id::uuid),
        PAGE,
    )
    .fetch_all(view.conn())
    .await?;
    rows.into_iter().map(Token::try_from).collect()
}

/// Makes a token nobody's, on every server as soon as it reads of it.
pub async fn revoke(portal: &Portal, actor: &Actor, id: Id<Token>) -> Result<Token> {
    portal
        .change::<Revoke, _>(actor, Everything, async |change| {
            let at = change.at;
            let revoked = take(change.conn(), id).await?.revoke(at)?;
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
                revoked_at
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
        })
    }
}

/// Who holds this token's secret; nobody where it is unknown, revoked, at its end, or its owner may not come in.
pub async fn who_has_token(portal: &Portal, secret: &str) -> Result<Actor> {
    let Some(digest) = digest(SecretKind::Token, secret) else { return Ok(Actor::Anonymous) };
    let mut view = portal.view::<Find>(&Actor::Job(Job::SignIn), Everything).await?;
    let now = view.at;
    let found = sqlx::query!(
        r#"select token.id, owner_id, environment, scopes from token left join person on person.id = owner_id
           where digest = $1 and revoked_at is null and ends_at > $2
             and person.disabled_at is null and (person.demo is not true or $3)"#,
        &digest[..],
        now,
        portal.parts.demo,
    )
    .fetch_optional(view.conn())
    .await?;
    Ok(found.map_or(Actor::Anonymous, |row| {
        bearer(row.id.into(), row.owner_id.map(Id::from), row.environment, &row.scopes)
    }))
}

/// The actor that a token's row stands for. A scope or environment that is not known gives no rights.
pub(crate) fn bearer(
    id: Id<Token>,
    owner: Option<Id<Person>>,
    environment: Option<String>,
    scopes: &[String],
) -> Actor {
    let within = match environment.map(|name| name.parse()) {
        None => Scope::Portal,
        Some(Ok(environment)) => Scope::Environment(environment),
        Some(Err(_)) => return Actor::Anonymous,
    };
    let scopes = scopes.iter().filter_map(|scope| scope.parse().ok()).collect();
    Actor::Token { id, owner, scopes, within }
}
