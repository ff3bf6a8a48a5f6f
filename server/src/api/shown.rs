//! Shapes that several rooms' answers share.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use portal::identity::Who;
use serde::Serialize;

/// One page of a list.
#[derive(Serialize)]
pub(super) struct Page<T> {
    items: Vec<T>,
    /// What `before` takes to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl<T> Page<T> {
    /// A list that is told whole.
    pub(super) fn whole(items: impl IntoIterator<Item = impl Into<T>>) -> Json<Self> {
        Json(Self { items: items.into_iter().map(Into::into).collect(), next: None })
    }

    /// A list that goes on after `next`: where nothing comes any more, there is no `next` either.
    pub(super) fn until(items: Vec<T>, next: impl Fn(&T) -> String) -> Json<Self> {
        let next = items.last().map(next);
        Json(Self { items, next })
    }
}

/// Who decided, when, and what they said.
#[derive(Serialize)]
pub(super) struct Decision {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) by: Option<Who>,
    pub(super) at: DateTime<Utc>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) said: String,
}

/// Something new, and where it stands.
pub(super) fn created(at: &str, what: impl Serialize) -> Response {
    (StatusCode::CREATED, [(header::LOCATION, at)], Json(what)).into_response()
}
