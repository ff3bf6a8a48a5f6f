//! A query's names that a route does not know are refused, on every route: a filter that is misspelt would
//! else show everything.

use std::sync::Arc;

use axum::{
    extract::{Query, Request},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{Operation, read::wrong};

/// The names that a route knows.
#[derive(Clone)]
pub(super) struct Known(Arc<[String]>);

impl Known {
    pub(super) fn of(operation: &Operation) -> Self {
        Self(operation.query.iter().map(|known| known.name.clone()).collect())
    }

    /// Lets a request through whose query has no other names.
    pub(super) async fn alone(self, request: Request, next: Next) -> Response {
        let Some(name) = self.unknown(&request) else { return next.run(request).await };
        let known = if self.0.is_empty() { "no query".to_owned() } else { self.0.join(", ") };
        wrong(&name, format!("is not known here: this route takes {known}")).into_response()
    }

    fn unknown(&self, request: &Request) -> Option<String> {
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(request.uri());
        let Query(pairs) = pairs.unwrap_or_default();
        pairs.into_iter().map(|(name, _)| name).find(|name| !self.0.contains(name))
    }
}
