//! Tokens: the keys of machines.

use axum::{
    Extension, Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use portal::{
    Actor, Environment, Id, Person, Portal, Token,
    access::TokenScope,
    identity::{self, USUAL_TOKEN, WantedToken},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Operation, SMALL, act, ask, look,
    promotion::Nothing,
    read::{Asked, At, Body},
    shown::Page,
};
use crate::{problem::Problem, routes::Route, site::Site};

const ALL: &str = "/api/v1/tokens";

pub(super) fn routes(site: &Site) -> Vec<Route> {
    let issue = Operation::new("Issues a token; its secret is told here and never again")
        .about(
            "Everybody issues tokens of their own; admins issue anybody's, and those of OPAs. Its owner answers for what \
             a token does: it may nothing that they may not, and ends with them. A token of the scope `opa` carries no \
             other scope, and belongs to its environment. This takes no `Idempotency-Key`: the secret would have to be \
             kept.",
        )
        .takes::<Issue>()
        .answers(201, "IssuedToken", "The token and its secret.");
    let all = Operation::new("Lists tokens, newest first, without their secrets")
        .about("Also those that have ended or were revoked. Admins and auditors see all, others their own.")
        .query::<Narrowed>()
        .lists("Token", "100 at a time.");
    let revoke = Operation::new("Revokes a token")
        .about("It is refused from then on, on every server within two seconds, also where a poll is held for it.")
        .takes::<Nothing>()
        .answers(200, "Token", "It opens nothing any more.");
    vec![
        look("list tokens", ALL, list, site, all),
        // Not a change that can be answered again: nothing that was told is kept.
        ask("issue token", ALL, issue_it, SMALL, site, issue),
        act("revoke token", "/api/v1/tokens/{id}/revoke", revoke_it, site, revoke),
    ]
}

#[derive(Deserialize, IntoParams)]
struct Narrowed {
    /// Only tokens issued before this one.
    #[param(value_type = Option<String>)]
    before: Option<Id<Token>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IssueToken)]
struct Issue {
    /// What it is for, as the audit will call it.
    #[schema(min_length = 1, max_length = 100, example = "CI of payments")]
    name: String,
    /// `policy:manage`, `policy:read`, `policy:evaluate`, `decision:read`, `fleet:reload`, `gate:run`,
    /// `exception:request` or `opa`.
    #[schema(value_type = Vec<String>, min_items = 1)]
    scopes: Vec<TokenScope>,
    /// Where it holds; everywhere where this is left out.
    #[schema(value_type = Option<String>)]
    environment: Option<Environment>,
    /// Who answers for it; whoever issues it where this is left out.
    #[schema(value_type = Option<String>)]
    owner: Option<Id<Person>>,
    /// When it ends: within 365 days, and in 90 where this is left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<DateTime<Utc>>,
}

#[derive(Serialize)]
struct Issued {
    id: Id<Token>,
    secret: String,
}

async fn issue_it(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    Body(Issue { name, scopes, environment, owner, ends_at }): Body<Issue>,
) -> Result<Response, Problem> {
    let of_opa = scopes.contains(&TokenScope::Opa);
    let owner = owner.or_else(|| actor.by().and_then(|by| by.person()).filter(|_| !of_opa));
    let ends_at = ends_at.unwrap_or_else(|| portal.now() + USUAL_TOKEN);
    let wanted =
        WantedToken { id: Id::fresh(), name: name.trim().to_owned(), owner, environment, scopes, ends_at };
    let (id, secret) = identity::issue_token(&portal, &actor, wanted).await?;
    Ok((StatusCode::CREATED, Json(Issued { id, secret: secret.reveal().to_owned() })).into_response())
}

async fn list(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    Asked(Narrowed { before }): Asked<Narrowed>,
) -> Result<Json<Page<Token>>, Problem> {
    let (found, _) = identity::tokens(&portal, &actor, before).await?;
    Ok(Page::until(found, |last: &Token| last.id.to_string()))
}

async fn revoke_it(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    at: At,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Token>, Problem> {
    let id: Id<Token> = at.read("id", "an id is a UUID")?;
    Ok(Json(identity::revoke_token(&portal, &actor, id).await?))
}
