//! Decision logs (OPA's documentation, "Decision Log Service API").
//!
//! OPA sends again, for ever, whatever is not answered 2xx, blind to the status. So what is no decision is put
//! aside and acknowledged; only what cannot be stored is not.

use std::{collections::BTreeMap, time::Duration};

use axum::{
    Extension,
    extract::{Path, Request, State},
    http::StatusCode,
};
use portal::{
    Actor, Permission,
    decision::{self, Batch},
};

use super::{admit, upload};
use crate::{body::beginning, problem::Problem, site::Site};

/// Bytes of an upload as it comes.
const LARGEST_PACKED: usize = 16 << 20;
/// Events that are kept at once. What was kept of an upload is passed over when it comes again, so that one too
/// long to be kept in time is kept after a few.
const PART: usize = 1000;
/// For each part, so that OPA is told within a second that the database is away.
const PATIENCE: Duration = Duration::from_millis(800);

pub(crate) async fn logs(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    Path(path): Path<BTreeMap<String, String>>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let environment = path.get("environment").map(String::as_str).unwrap_or_default();
    let environment = admit(&site.portal, &actor, environment, Permission::ReportDecision)?;
    // No limit refuses it before: OPA would send it again for ever.
    let (body, length) = beginning(request.into_body(), LARGEST_PACKED).await.map_err(broken_off)?;
    let batch = if length > body.len() {
        too_long(&body, length)
    } else {
        // Up to 64 MiB of JSON: others are answered meanwhile.
        let read = tokio::task::spawn_blocking(move || upload::read(&body)).await;
        read.map_err(|broken| cannot_be_stored(&broken))?
    };
    for part in batch.parts(PART) {
        let kept = decision::keep(&site.portal, &actor, environment.clone(), &part);
        match tokio::time::timeout(PATIENCE, kept).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(cannot_be_stored(&error)),
            Err(_) => return Err(cannot_be_stored(&"the database did not answer in time")),
        }
    }
    Ok(StatusCode::OK)
}

fn broken_off(error: axum::Error) -> Problem {
    Problem::field(StatusCode::BAD_REQUEST, "body", error.to_string())
}

fn cannot_be_stored(why: &dyn std::fmt::Display) -> Problem {
    tracing::warn!(%why, "decisions could not be stored; OPA keeps them");
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "decisions cannot be stored just now; keep them and try again",
    )
}

fn too_long(beginning: &[u8], length: usize) -> Batch {
    let mut batch = Batch::default();
    batch.put_aside(beginning, format!("{length} bytes, where an upload may have {LARGEST_PACKED}"));
    batch
}
