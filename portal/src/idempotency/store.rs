use super::{Answer, Claim, KEPT, Keyed};
use crate::{
    Actor, Permission, Portal, Result,
    access::{Action, Everything, Job},
};

/// What is kept of a request belongs to finding out who asks, and whether they have asked before: whoever asks
/// needs no right to their own key.
struct Claims;
impl Action for Claims {
    type On = Everything;
    const PERMISSION: Permission = Permission::OpenSession;
}

const SIGN_IN: Actor = Actor::Job(Job::SignIn);

/// Claims a key for its first request, or tells what became of that one.
pub async fn claim(portal: &Portal, keyed: &Keyed) -> Result<Claim> {
    portal
        .record::<Claims, _>(&SIGN_IN, Everything, async |record| {
            let at = record.at;
            // Its own first, then some of the others, so that the table stays small by itself.
            sqlx::query!(
                "delete from idempotency where at <= $1 and (actor = $2 and route = $3 and key = $4
                     or ctid = any (array(select ctid from idempotency where at <= $1 limit 100)))",
                at - KEPT,
                keyed.actor,
                keyed.route,
                keyed.key,
            )
            .execute(record.conn())
            .await?;
            let claimed = sqlx::query!(
                "insert into idempotency (actor, route, key, request, at) values ($1, $2, $3, $4, $5)
                 on conflict (actor, route, key) do nothing",
                keyed.actor,
                keyed.route,
                keyed.key,
                &keyed.request[..],
                at,
            )
            .execute(record.conn())
            .await?;
            if claimed.rows_affected() == 1 {
                return Ok(Claim::First);
            }
            let first = sqlx::query!(
                "select request, status, kind, location, body from idempotency
                 where actor = $1 and route = $2 and key = $3",
                keyed.actor,
                keyed.route,
                keyed.key,
            )
            .fetch_one(record.conn())
            .await?;
            Ok(match (first.status, first.kind, first.body) {
                _ if first.request != keyed.request => Claim::Another,
                (Some(status), Some(kind), Some(body)) => Claim::Answered(Answer {
                    status: status as u16,
                    kind,
                    location: first.location,
                    body: body.into(),
                }),
                _ => Claim::UnderWay,
            })
        })
        .await
}

/// Keeps what a claimed request was answered.
pub async fn answer(portal: &Portal, keyed: &Keyed, answer: &Answer) -> Result<()> {
    portal
        .record::<Claims, _>(&SIGN_IN, Everything, async |record| {
            sqlx::query!(
                "update idempotency set status = $4, kind = $5, location = $6, body = $7
                 where actor = $1 and route = $2 and key = $3 and status is null",
                keyed.actor,
                keyed.route,
                keyed.key,
                answer.status as i16,
                answer.kind,
                answer.location,
                &answer.body[..],
            )
            .execute(record.conn())
            .await?;
            Ok(())
        })
        .await
}

/// Gives a claim up that our own fault kept from being done, so that it may be sent again.
pub async fn give_up(portal: &Portal, keyed: &Keyed) -> Result<()> {
    portal
        .record::<Claims, _>(&SIGN_IN, Everything, async |record| {
            sqlx::query!(
                "delete from idempotency where actor = $1 and route = $2 and key = $3 and status is null",
                keyed.actor,
                keyed.route,
                keyed.key,
            )
            .execute(record.conn())
            .await?;
            Ok(())
        })
        .await
}
