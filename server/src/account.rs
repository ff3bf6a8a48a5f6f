//! One's own sessions, and, for whoever manages people, everybody's: pages of plain forms, which run no scripts.

use app::PeoplePage;
use axum::{
    Extension, Form,
    extract::{
        Query, Request, State,
        rejection::{FormRejection, QueryRejection},
    },
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use portal::{
    Actor, Error, Id, Permission, Person, Scope,
    access::Role,
    environment,
    identity::{self, GroupRole, Opened},
};
use serde::Deserialize;

use crate::{api::unreadable_pairs, login::cookie, problem::Problem, site::Site};

/// Where somebody is signed in.
pub(crate) async fn sessions(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    let here = cookie(&parts.headers, &site.cookies.session).unwrap_or_default();
    match identity::my_sessions(&site.portal, &actor, &here).await {
        Ok(opened) => Html(app::sessions_page(parts, &actor, opened)).into_response(),
        Err(error) => Problem::from(error).into_response(),
    }
}

#[derive(Deserialize)]
pub(crate) struct End {
    session: Id<Opened>,
}

pub(crate) async fn end_session(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    form: Result<Form<End>, FormRejection>,
) -> Response {
    match form {
        Ok(Form(End { session })) => {
            done(identity::end_my_session(&site.portal, &actor, session).await, "/sessions")
        }
        Err(refused) => unreadable_pairs(&refused).into_response(),
    }
}

#[derive(Deserialize)]
pub(crate) struct From {
    after: Option<Id<Person>>,
}

/// Who is here, and by which right.
pub(crate) async fn people(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    from: Result<Query<From>, QueryRejection>,
    request: Request,
) -> Response {
    let after = match from {
        Ok(Query(From { after })) => after,
        Err(refused) => return unreadable_pairs(&refused).into_response(),
    };
    let (parts, _) = request.into_parts();
    match shown(&site, &actor, after).await {
        Ok(shown) => Html(app::people_page(parts, &actor, shown)).into_response(),
        Err(error) => Problem::from(error).into_response(),
    }
}

async fn shown(site: &Site, actor: &Actor, after: Option<Id<Person>>) -> portal::Result<PeoplePage> {
    let (people, more) = identity::people(&site.portal, actor, after).await?;
    let groups = identity::group_roles(&site.portal, actor).await?;
    let places = environment::list(&site.portal, actor).await?;
    let environments = places.into_iter().map(|place| place.environment).collect();
    let manages = actor.may(Permission::ManagePerson, &Scope::Portal);
    Ok(PeoplePage { people, groups, environments, more, manages })
}

/// What is to be done, and to whom or to which group.
#[derive(Deserialize)]
pub(crate) struct Act {
    act: String,
    person: Option<Id<Person>>,
    #[serde(default)]
    group: String,
    role: Option<Role>,
    #[serde(default)]
    scope: String,
}

pub(crate) async fn manage(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    form: Result<Form<Act>, FormRejection>,
) -> Response {
    let act = match form {
        Ok(Form(act)) => act,
        Err(refused) => return unreadable_pairs(&refused).into_response(),
    };
    let portal = &site.portal;
    let grant = match (app::scope_written(&act.scope), act.role) {
        (Some(scope), Some(role)) => Some(GroupRole { group: act.group.trim().to_owned(), role, scope }),
        _ => None,
    };
    let asked = match (act.act.as_str(), act.person, grant) {
        ("disable", Some(person), _) => identity::disable(portal, &actor, person).await,
        ("enable", Some(person), _) => identity::enable(portal, &actor, person).await,
        ("end", Some(person), _) => identity::end_sessions_of(portal, &actor, person).await.map(|_| ()),
        ("map", _, Some(grant)) => identity::map_group(portal, &actor, grant).await,
        ("unmap", _, Some(grant)) => identity::unmap_group(portal, &actor, grant).await,
        _ => {
            let why = "names nothing that can be done here";
            return Problem::field(StatusCode::UNPROCESSABLE_ENTITY, "act", why).into_response();
        }
    };
    done(asked, "/people")
}

fn done(asked: Result<(), Error>, page: &str) -> Response {
    match asked {
        Ok(()) => Redirect::to(page).into_response(),
        Err(error) => Problem::from(error).into_response(),
    }
}
