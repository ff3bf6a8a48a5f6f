//! The keys of machines: listed, and revoked. How they are issued, borne and used stands beside.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{TOKEN_ENDS_SOON, Token, Who};
use crate::{
    Actor, Error, Id, Permission, Person, Portal, Result, Scope,
    access::{Action, Everything},
    audit::Event,
};

mod borne;
mod issue;
mod uses;

pub(crate) use borne::bearer;
pub use borne::{Void, who_has_token};
pub use issue::{WantedToken, issue};
pub(crate) use uses::Uses;
pub use uses::{keep_uses, note_use, write_down_uses};

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

const PAGE: usize = 100;
/// Tokens about to end that are told of at once.
const MOST_ENDING: i64 = 20;

/// Tokens, newest first, also those that opened something once; from the one before `before`, 100 at a time, and whether
/// there are more. All of them for whoever may see them, their own for others.
pub async fn list(portal: &Portal, actor: &Actor, before: Option<Id<Token>>) -> Result<(Vec<Token>, bool)> {
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
           where ($1::uuid is null or (issued_at, token.id) < (select issued_at, id from token last where last.id = $1))
             and ($3::uuid is null or owner_id = $3)
           order by issued_at desc, token.id desc limit $2"#,
        before.map(Id::uuid),
        PAGE as i64 + 1,
        of,
    )
    .fetch_all(view.conn())
    .await?;
    let more = rows.len() > PAGE;
    let tokens: Result<Vec<_>> = rows.into_iter().take(PAGE).map(Token::try_from).collect();
    Ok((tokens?, more))
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
