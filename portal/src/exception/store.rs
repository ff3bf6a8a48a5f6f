use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Approval, Category, Detail, Exception, Number, Reached, Refusal, State, Wanted};
use crate::{
    Actor, Error, Id, Permission, Policy, Portal, Result, Scope,
    access::{Action, Everything, Target},
    audit::Event,
    environment, fleet,
    identity::Who,
    policy,
    report::{Package, Severity},
};

mod find;
mod list;
pub(crate) use find::find as by_words;
pub(crate) use list::of_period;
pub use list::{batch, chosen, exported, list, search, waiting, waiting_for};

struct Show;
impl Action for Show {
    type On = Number;
    const PERMISSION: Permission = Permission::SeeException;
}

pub(super) struct List;
impl Action for List {
    type On = Everything;
    const PERMISSION: Permission = Permission::SeeException;
}

struct Request;
impl Action for Request {
    type On = Id<Policy>;
    const PERMISSION: Permission = Permission::RequestException;
}

impl Target for Number {
    const NAME: &str = "exception";
    const SEE: Option<Permission> = Some(Permission::SeeException);
    /// An exception never moves to another policy, so its scope holds without a lock.
    async fn scope(&self, conn: &mut PgConnection) -> Result<Scope> {
        sqlx::query_scalar!("select policy_id from exception where number = $1", self.0)
            .fetch_optional(conn)
            .await?
            .map(|policy| Scope::Policy(policy.into()))
            .ok_or_else(no_such)
    }
}

/// Asks for leave from a rule of a policy.
pub async fn request(portal: &Portal, actor: &Actor, wanted: Wanted) -> Result<Exception> {
    let policy = {
        let mut view = portal.view::<List>(actor, Everything).await?;
        policy::by_package(view.conn(), &wanted.policy).await?
    };
    portal
        .change::<Request, _>(actor, policy.id, async |change| {
            let (by, at) = (change.answerable()?, change.at);
            let described = policy::described(change.conn(), &policy, &wanted.environments).await?;
            let policy = as_it_decides(policy, &described)?;
            let wanted = wanted.checked(&policy, at)?;
            for name in &wanted.environments {
                environment::place(change.conn(), name).await?;
            }
            let (id, number) = (Id::<Exception>::fresh(), next_number(change.conn()).await?);
            let environments: Vec<String> = wanted.environments.iter().map(ToString::to_string).collect();
            sqlx::query!(
                "insert into exception (id, number, policy_id, package, severity, rule, resources, environments,
                     justification, ticket, category, wanted_until, requested_by, requested_at, state)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'requested')",
                id.uuid(),
                number.0,
                policy.id.uuid(),
                policy.package,
                policy.severity.to_string(),
                wanted.rule,
                &wanted.resources,
                &environments,
                wanted.justification,
                wanted.ticket,
                wanted.category.to_string(),
                wanted.until,
                by.uuid(),
                at,
            )
            .execute(change.conn())
            .await?;
            let requested = find(change.conn(), number).await?;
            Ok((requested, Event::ExceptionRequested { id, number }))
        })
        .await
}

/// A policy as an exception from it is judged: by the highest severity and with the rules of all that decide.
///
/// What is in force may be more severe than the newest version, which anybody who writes policies can push.
fn as_it_decides(policy: Policy, described: &[Package]) -> Result<Policy, Refusal> {
    let Some(severity) = described.iter().map(|package| package.severity).max() else {
        return Err(Refusal::Removed(policy.package));
    };
    let mut rules: Vec<String> = described.iter().flat_map(|package| package.rules.clone()).collect();
    rules.sort();
    rules.dedup();
    Ok(Policy { severity, rules, excepts: described.iter().any(|package| package.excepts), ..policy })
}

/// One exception, with what an approver must see of it.
pub async fn show(portal: &Portal, actor: &Actor, number: Number) -> Result<Detail> {
    let mut view = portal.view::<Show>(actor, number).await?;
    let now = view.at;
    let exception = as_it_stands(view.conn(), number).await?;
    let reach = reach(view.conn(), &exception, now).await?;
    let overlaps = overlaps(view.conn(), &exception, now).await?;
    Ok(Detail { seen: exception.seen(), exception, now, reach, overlaps })
}

/// Takes it for the rest of the transaction: whoever else decides it waits, and then sees it decided.
pub(super) async fn take(conn: &mut PgConnection, number: Number) -> Result<Exception> {
    sqlx::query!("select id from exception where number = $1 for update", number.0)
        .fetch_optional(&mut *conn)
        .await?;
    as_it_stands(conn, number).await
}

/// While it waits, its policy may become more severe, and then it may last less long. It never becomes milder.
async fn as_it_stands(conn: &mut PgConnection, number: Number) -> Result<Exception> {
    let mut exception = find(conn, number).await?;
    if exception.state == State::Requested {
        let policy = policy::by_package(conn, &exception.package).await?;
        let described = policy::described(conn, &policy, &exception.environments).await?;
        let severities = described.iter().map(|package| package.severity);
        exception.severity = severities.fold(exception.severity, Severity::max);
    }
    Ok(exception)
}

async fn find(conn: &mut PgConnection, number: Number) -> Result<Exception> {
    let row = sqlx::query_as!(
        Row,
        r#"select exception.id, number, policy_id, package, severity, rule, resources, environments, justification,
                ticket, category, wanted_until, requested_by, requester.name as requester, requested_at, state,
                decided_by, decider.name as "decider?", decided_at, ends_at, decision,
                revoked_by, revoker.name as "revoker?", revoked_at, revocation
           from exception join person requester on requester.id = requested_by
           left join person decider on decider.id = decided_by left join person revoker on revoker.id = revoked_by
           where number = $1"#,
        number.0,
    )
    .fetch_optional(conn)
    .await?;
    row.map_or_else(|| Err(no_such()), Exception::try_from)
}

/// Keeps the state that a decision led to.
pub(super) async fn save(conn: &mut PgConnection, exception: &Exception) -> Result<()> {
    let (by, at, ends_at, said) = match &exception.state {
        State::Requested => (None, None, None, ""),
        State::Withdrawn { at } => (None, Some(*at), None, ""),
        State::Denied { by, at, reason } => (Some(by.id), Some(*at), None, reason.as_str()),
        State::Approved(approval) | State::Revoked { approval, .. } => {
            (Some(approval.by.id), Some(approval.at), Some(approval.ends_at), approval.comment.as_str())
        }
    };
    let (revoked_by, revoked_at, revocation) = match &exception.state {
        State::Revoked { by, at, reason, .. } => (Some(by.id), Some(*at), reason.as_str()),
        _ => (None, None, ""),
    };
    sqlx::query!(
        "update exception set state = $2, decided_by = $3, decided_at = $4, ends_at = $5, decision = $6,
                revoked_by = $7, revoked_at = $8, revocation = $9, severity = $10
         where id = $1",
        exception.id.uuid(),
        exception.state.to_string(),
        by.map(Id::uuid),
        at,
        ends_at,
        said,
        revoked_by.map(Id::uuid),
        revoked_at,
        revocation,
        exception.severity.to_string(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn next_number(conn: &mut PgConnection) -> Result<Number> {
    let number =
        sqlx::query_scalar!(r#"select nextval('exception_number') as "number!""#).fetch_one(conn).await?;
    Ok(Number(number))
}

/// How far the newest change of an approved or revoked exception has come, an environment each.
async fn reach(conn: &mut PgConnection, exception: &Exception, now: DateTime<Utc>) -> Result<Vec<Reached>> {
    let since = match &exception.state {
        State::Approved(approval) => approval.at,
        State::Revoked { at, .. } => *at,
        _ => return Ok(vec![]),
    };
    let mut reach = Vec::new();
    for environment in &exception.environments {
        let first = sqlx::query!(
            "select sequence, revision from release
             where environment = $1 and bundle = 'aegis-exceptions' and released_at >= $2 order by sequence limit 1",
            environment.as_str(),
            since,
        )
        .fetch_optional(&mut *conn)
        .await?;
        let Some(first) = first else { continue };
        let (instances, converged) = fleet::reached(conn, environment, first.sequence, now).await?;
        reach.push(Reached {
            environment: environment.clone(),
            revision: first.revision,
            instances,
            converged,
        });
    }
    Ok(reach)
}

async fn overlaps(conn: &mut PgConnection, exception: &Exception, now: DateTime<Utc>) -> Result<Vec<Number>> {
    let numbers = sqlx::query_scalar!(
        "select number from exception
         where state = 'approved' and ends_at > $1 and package = $2 and rule = $3 and resources && $4 and number <> $5
         order by number limit 20",
        now,
        exception.package,
        exception.rule,
        &exception.resources,
        exception.number.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(numbers.into_iter().map(Number).collect())
}

fn no_such() -> Error {
    Error::NotFound(Number::NAME.into())
}

impl Refusal {
    /// The rule that a constraint of the table stands for.
    pub(crate) fn of_constraint(name: &str) -> Option<Self> {
        match name {
            "four_eyes" => Some(Self::OwnRequest),
            _ => None,
        }
    }
}

/// One row, flat as the table is.
struct Row {
    id: Uuid,
    number: i64,
    policy_id: Uuid,
    package: String,
    severity: String,
    rule: String,
    resources: Vec<String>,
    environments: Vec<String>,
    justification: String,
    ticket: String,
    category: String,
    wanted_until: DateTime<Utc>,
    requested_by: Uuid,
    requester: String,
    requested_at: DateTime<Utc>,
    state: String,
    decided_by: Option<Uuid>,
    decider: Option<String>,
    decided_at: Option<DateTime<Utc>>,
    ends_at: Option<DateTime<Utc>>,
    decision: String,
    revoked_by: Option<Uuid>,
    revoker: Option<String>,
    revoked_at: Option<DateTime<Utc>>,
    revocation: String,
}

impl TryFrom<Row> for Exception {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let (decider, revoker) =
            (policy::who(row.decided_by, row.decider), policy::who(row.revoked_by, row.revoker));
        let state = match (row.state.as_str(), decider, row.decided_at, row.ends_at, revoker, row.revoked_at)
        {
            ("requested", None, None, None, None, None) => State::Requested,
            ("withdrawn", None, Some(at), None, None, None) => State::Withdrawn { at },
            ("denied", Some(by), Some(at), None, None, None) => {
                State::Denied { by, at, reason: row.decision }
            }
            ("approved", Some(by), Some(at), Some(ends_at), None, None) => {
                State::Approved(Approval { by, at, ends_at, comment: row.decision })
            }
            ("revoked", Some(approver), Some(approved_at), Some(ends_at), Some(by), Some(at)) => {
                let approval = Approval { by: approver, at: approved_at, ends_at, comment: row.decision };
                State::Revoked { approval, by, at, reason: row.revocation }
            }
            other => unreachable!("the table's `a_state_knows_its_own` forbids {other:?}"),
        };
        Ok(Self {
            id: row.id.into(),
            number: Number(row.number),
            policy: row.policy_id.into(),
            package: row.package,
            severity: row.severity.parse().map_err(|_| Error::internal("severity", &row.severity))?,
            rule: row.rule,
            resources: row.resources,
            environments: row.environments.iter().map(|name| name.parse()).collect::<Result<_, _>>()?,
            justification: row.justification,
            ticket: row.ticket,
            category: row
                .category
                .parse::<Category>()
                .map_err(|_| Error::internal("category", &row.category))?,
            wanted_until: row.wanted_until,
            requested_by: Who { id: row.requested_by.into(), name: row.requester },
            requested_at: row.requested_at,
            state,
        })
    }
}
