//! Why somebody may do something, or may not.

use app::access::{Asked, WhyPage, scope_written, why_page};
use axum::{
    Extension,
    extract::{Query, Request, State, rejection::QueryRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use portal::{Actor, environment, identity, policy};
use serde::Deserialize;

use crate::{
    api::unreadable_pairs,
    render::{refused, written},
    site::Site,
};

/// What the form asks, as its address has it. Nonsense asks nothing: the page shows the form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Question {
    person: String,
    permission: String,
    scope: String,
}

impl Question {
    fn read(&self) -> Asked {
        Asked {
            person: self.person.parse().ok(),
            permission: self.permission.parse().ok(),
            scope: scope_written(&self.scope),
        }
    }
}

pub(crate) async fn why(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    asked: Result<Query<Question>, QueryRejection>,
    request: Request,
) -> Response {
    let asked = match asked {
        Ok(Query(question)) => question.read(),
        Err(refused) => return unreadable_pairs(&refused).into_response(),
    };
    let (parts, _) = request.into_parts();
    match shown(&site, &actor, asked).await {
        Ok(shown) => written(&site, &parts, StatusCode::OK, why_page(&actor, shown)).await,
        Err(error) => refused(&site, &parts, error).await,
    }
}

async fn shown(site: &Site, actor: &Actor, asked: Asked) -> portal::Result<WhyPage> {
    let portal = &site.portal;
    let (people, _) = identity::people(portal, actor, None).await?;
    let answer = match (asked.person, asked.permission, asked.scope.clone()) {
        (Some(person), Some(permission), Some(scope)) => {
            Some(identity::why(portal, actor, person, permission, scope).await?)
        }
        _ => None,
    };
    let mut people: Vec<_> = people.into_iter().map(|one| (one.id.to_string(), one.name)).collect();
    // They may stand on a later page of the list.
    if let Some(why) = &answer
        && !people.iter().any(|(id, _)| *id == why.who.id.to_string())
    {
        people.push((why.who.id.to_string(), why.who.name.clone()));
    }
    let places = environment::list(portal, actor).await?;
    let policies = policy::list(portal, actor).await?;
    Ok(WhyPage {
        asked,
        people,
        environments: places.into_iter().map(|place| place.environment).collect(),
        owners: policy::owners(portal, actor).await?,
        policies: policies.into_iter().map(|one| (one.id.to_string(), one.package)).collect(),
        answer,
    })
}
