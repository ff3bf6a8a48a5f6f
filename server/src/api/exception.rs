//! Exceptions: asked for, decided, ended.

use axum::{Extension, Json, extract::State, response::Response};
use chrono::{DateTime, Utc};
use portal::{
    Actor, Environment, Portal,
    exception::{
        self, Category, Detail, Exception, Filter, Number, Reached, Standing, State as Stands, Wanted,
    },
    identity::Who,
    report::Severity,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Operation, act, look,
    promotion::Nothing,
    read::{Asked, At, Body, flag},
    shown::{Decision, Page, created},
};
use crate::{problem::Problem, routes::Route, site::Site};

const ALL: &str = "/api/v1/exceptions";
const NO_NUMBER: &str = "an exception is numbered like EXC-001";

pub(super) fn routes(site: &Site) -> Vec<Route> {
    let all = Operation::new("Lists exceptions, newest first")
        .query::<Narrowed>()
        .lists("Exception", "50 at a time.");
    let one = Operation::new("Shows an exception, with what an approver must see of it").answers(
        200,
        "ExceptionDetail",
        "The exception, how far it has come, and `seen`: what an approval binds to.",
    );
    let ask = Operation::new("Asks for leave from one rule, for named resources, until a day")
        .takes::<Request>()
        .answers(201, "Exception", "It waits for an approver.");
    let told = "The exception as it stands now.";
    let approve = Operation::new("Approves a request, as it was when the approver saw it")
        .about(
            "Never one's own, and no token: it takes a person. It is in force in every OPA within seconds.",
        )
        .takes::<Approve>()
        .answers(200, "Exception", told);
    let deny = Operation::new("Turns a request down").takes::<Because>().answers(200, "Exception", told);
    let withdraw =
        Operation::new("Takes one's own request back").takes::<Nothing>().answers(200, "Exception", told);
    let revoke = Operation::new("Ends an exception before its time").takes::<Because>().answers(
        200,
        "Exception",
        told,
    );
    vec![
        look("list exceptions", ALL, list, site, all),
        act("request exception", ALL, request, site, ask),
        look("show exception", "/api/v1/exceptions/{number}", show, site, one),
        act("approve exception", "/api/v1/exceptions/{number}/approve", approve_it, site, approve),
        act("deny exception", "/api/v1/exceptions/{number}/deny", deny_it, site, deny),
        act("withdraw exception", "/api/v1/exceptions/{number}/withdraw", withdraw_it, site, withdraw),
        act("revoke exception", "/api/v1/exceptions/{number}/revoke", revoke_it, site, revoke),
    ]
}

#[derive(Deserialize, IntoParams)]
struct Narrowed {
    /// `requested`, `in-force`, `expiring`, `expired`, `denied`, `withdrawn`, `lapsed` or `revoked`. What is in force
    /// and ends soon is found by both of its names.
    #[param(value_type = Option<String>)]
    standing: Option<Standing>,
    /// Only those from this package.
    policy: Option<String>,
    /// Only those that hold in this environment.
    #[param(value_type = Option<String>)]
    environment: Option<Environment>,
    /// Found in resource, ticket, rule, justification or number.
    text: Option<String>,
    /// Only those that whoever asks has asked for.
    #[serde(default, deserialize_with = "flag")]
    mine: bool,
    /// Only those before this number.
    #[param(value_type = Option<String>)]
    before: Option<Number>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RequestException)]
struct Request {
    /// The package of the policy.
    #[schema(example = "aegis.provisioning.s3")]
    policy: String,
    #[schema(example = "deny_no_encryption")]
    rule: String,
    /// Names or addresses, each exactly one resource: patterns are refused.
    #[schema(min_items = 1, max_items = 100)]
    resources: Vec<String>,
    #[schema(value_type = Vec<String>, min_items = 1)]
    environments: Vec<Environment>,
    #[schema(min_length = 1, max_length = 4000)]
    justification: String,
    #[schema(min_length = 1, max_length = 200, example = "SEC-1234")]
    ticket: String,
    /// `waiver` or `mitigated`.
    #[schema(value_type = String)]
    category: Category,
    #[schema(value_type = String, format = DateTime)]
    until: DateTime<Utc>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ApproveException)]
struct Approve {
    /// `seen` of the exception that is approved; where it changed meanwhile, this is refused.
    seen: String,
    /// When it ends; at most 30 days from now where the policy is critical, 90 where high, else 365.
    #[schema(value_type = String, format = DateTime)]
    until: DateTime<Utc>,
    #[serde(default)]
    #[schema(max_length = 2000)]
    comment: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Reason)]
struct Because {
    #[schema(min_length = 1, max_length = 2000)]
    reason: String,
}

/// An exception as the API tells it.
#[derive(Serialize)]
struct Shown {
    number: Number,
    standing: Standing,
    /// The package of the policy.
    policy: String,
    severity: Severity,
    rule: String,
    resources: Vec<String>,
    environments: Vec<Environment>,
    justification: String,
    ticket: String,
    category: Category,
    wanted_until: DateTime<Utc>,
    requested_by: Who,
    requested_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<Decision>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation: Option<Decision>,
}

#[derive(Serialize)]
struct ShownWhole {
    #[serde(flatten)]
    exception: Shown,
    seen: String,
    reach: Vec<Reached>,
    overlaps: Vec<Number>,
}

impl Shown {
    fn of(exception: Exception, now: DateTime<Utc>) -> Self {
        let standing = exception.standing(now);
        let (ends_at, decision, revocation) = decided(exception.state);
        Self {
            number: exception.number,
            standing,
            policy: exception.package,
            severity: exception.severity,
            rule: exception.rule,
            resources: exception.resources,
            environments: exception.environments,
            justification: exception.justification,
            ticket: exception.ticket,
            category: exception.category,
            wanted_until: exception.wanted_until,
            requested_by: exception.requested_by,
            requested_at: exception.requested_at,
            ends_at,
            decision,
            revocation,
        }
    }
}

/// When it ends, what was decided, and whether that was taken back.
fn decided(state: Stands) -> (Option<DateTime<Utc>>, Option<Decision>, Option<Decision>) {
    let by = |by: Who, at, said| Some(Decision { by: Some(by), at, said });
    match state {
        Stands::Requested => (None, None, None),
        Stands::Withdrawn { at } => (None, Some(Decision { by: None, at, said: String::new() }), None),
        Stands::Denied { by: who, at, reason } => (None, by(who, at, reason), None),
        Stands::Approved(approval) => {
            (Some(approval.ends_at), by(approval.by, approval.at, approval.comment), None)
        }
        Stands::Revoked { approval, by: who, at, reason } => {
            // It ended when it was revoked.
            (Some(at), by(approval.by, approval.at, approval.comment), by(who, at, reason))
        }
    }
}

async fn list(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    Asked(asked): Asked<Narrowed>,
) -> Result<Json<Page<Shown>>, Problem> {
    let Narrowed { standing, policy, environment, text, mine, before } = asked;
    let filter = Filter { standing, package: policy, environment, text, mine, ..Filter::default() };
    let found = exception::list(&portal, &actor, filter, before).await?;
    let now = portal.now();
    let shown = found.into_iter().map(|exception| Shown::of(exception, now)).collect();
    Ok(Page::until(shown, |last: &Shown| last.number.to_string()))
}

async fn show(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    at: At,
) -> Result<Json<ShownWhole>, Problem> {
    let Detail { exception, seen, now, reach, overlaps } =
        exception::show(&portal, &actor, number(&at)?).await?;
    Ok(Json(ShownWhole { exception: Shown::of(exception, now), seen, reach, overlaps }))
}

async fn request(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    Body(wanted): Body<Request>,
) -> Result<Response, Problem> {
    let Request { policy, rule, resources, environments, justification, ticket, category, until } = wanted;
    let wanted = Wanted { policy, rule, resources, environments, justification, ticket, category, until };
    let asked = exception::request(&portal, &actor, wanted).await?;
    Ok(created(&format!("{ALL}/{}", asked.number), Shown::of(asked, portal.now())))
}

async fn approve_it(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    at: At,
    Body(Approve { seen, until, comment }): Body<Approve>,
) -> Result<Json<Shown>, Problem> {
    let approved = exception::approve(&portal, &actor, number(&at)?, &seen, until, &comment).await?;
    Ok(Json(Shown::of(approved, portal.now())))
}

async fn deny_it(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    at: At,
    Body(Because { reason }): Body<Because>,
) -> Result<Json<Shown>, Problem> {
    let denied = exception::deny(&portal, &actor, number(&at)?, &reason).await?;
    Ok(Json(Shown::of(denied, portal.now())))
}

async fn withdraw_it(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    at: At,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Shown>, Problem> {
    let withdrawn = exception::withdraw(&portal, &actor, number(&at)?).await?;
    Ok(Json(Shown::of(withdrawn, portal.now())))
}

async fn revoke_it(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    at: At,
    Body(Because { reason }): Body<Because>,
) -> Result<Json<Shown>, Problem> {
    let revoked = exception::revoke(&portal, &actor, number(&at)?, &reason).await?;
    Ok(Json(Shown::of(revoked, portal.now())))
}

fn number(at: &At) -> Result<Number, Problem> {
    at.read("number", NO_NUMBER)
}
