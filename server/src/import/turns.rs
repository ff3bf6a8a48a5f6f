//! Folders are taken in by turns: each fills some 140 MiB while it is read, unpacked and checked.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension,
    body::{Body, Bytes},
    extract::{FromRequest, Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use portal::{Actor, policy};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::unreadable;
use crate::{body::beginning, problem::Problem, site::Site};

/// How many folders are taken in at once, and how long each may wait.
pub struct Turns {
    turns: Arc<Semaphore>,
    /// How long a folder waits for its turn. Checks take seconds.
    patience: Duration,
    /// How long a folder may take to arrive: one that stalls would keep its turn for ever.
    arrival: Duration,
}

impl Default for Turns {
    fn default() -> Self {
        Self::new(3, Duration::from_secs(15), Duration::from_secs(60))
    }
}

impl Turns {
    pub fn new(at_once: usize, patience: Duration, arrival: Duration) -> Self {
        Self { turns: Arc::new(Semaphore::new(at_once)), patience, arrival }
    }

    async fn next(&self) -> Option<Turn> {
        let turn = timeout(self.patience, Arc::clone(&self.turns).acquire_owned()).await.ok()?;
        Some(Turn(Arc::new(turn.expect("nobody closes it"))))
    }
}

/// A folder's turn, which lasts until the last clone of it goes.
#[derive(Clone)]
pub(super) struct Turn(#[expect(dead_code, reason = "it is only held")] Arc<OwnedSemaphorePermit>);

/// Reads a folder when its turn has come, and hands the turn on with it.
pub(crate) async fn in_turn(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    request: Request,
    next: Next,
) -> Response {
    // Whoever may not push takes no turn from those who may.
    if let Err(error) = policy::may_push(&site.portal, &actor).await {
        return Problem::from(error).into_response();
    }
    let Some(turn) = site.imports.next().await else {
        _ = timeout(site.imports.arrival, beginning(request.into_body(), 0)).await;
        let why = "too many folders are being checked just now; push this one again in a few seconds";
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, why).into_response();
    };
    match arrived(request, site.imports.arrival).await {
        Ok(mut request) => {
            request.extensions_mut().insert(turn);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// The request with its body read whole.
async fn arrived(request: Request, arrival: Duration) -> Result<Request, Problem> {
    let (parts, body) = request.into_parts();
    // The limit stands among the parts.
    let reading = Bytes::from_request(Request::from_parts(parts.clone(), body), &());
    let late = |_| unreadable(StatusCode::REQUEST_TIMEOUT, "it took too long to arrive".into());
    let bytes = timeout(arrival, reading).await.map_err(late)?;
    let bytes = bytes.map_err(|refused| unreadable(refused.status(), refused.body_text()))?;
    Ok(Request::from_parts(parts, Body::from(bytes)))
}
