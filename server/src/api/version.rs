//! Versions of policy bundles, and their archives.

use axum::{
    Extension, Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use portal::{
    Actor, Portal, Version,
    policy::{self, Bundle, Number},
    release,
};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use super::{
    Operation, look,
    read::{Asked, At},
    shown::Page,
};
use crate::{problem::Problem, routes::Route, site::Site};

pub(super) const NO_BUNDLE: &str = "a bundle is aegis-provisioning, aegis-ai or aegis-exceptions";

pub(super) fn routes(site: &Site) -> Vec<Route> {
    let all = Operation::new("Lists versions, newest first")
        .about("The newest hundred.")
        .query::<Narrowed>()
        .lists("Version", "Versions of policy bundles.");
    let one = Operation::new("Shows a version, or sends its archive")
        .about(
            "`v1.2.0` is the version as JSON, with what its checks found and what it changed; `v1.2.0.tar.gz` is the \
             signed archive, byte for byte as OPA is served it.",
        )
        .answers(200, "VersionDetail", "The version, or its archive.")
        .answers_with(200, "application/gzip", json!({ "type": "string", "format": "binary" }), "")
        .refuses("409", "The archive is not stored whole.");
    vec![
        look("list versions", "/api/v1/versions", list, site, all),
        look("show version", "/api/v1/bundles/{bundle}/versions/{version}", show, site, one),
    ]
}

#[derive(Deserialize, IntoParams)]
struct Narrowed {
    /// Only those of this bundle.
    #[param(value_type = Option<String>)]
    bundle: Option<Bundle>,
}

async fn list(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    Asked(asked): Asked<Narrowed>,
) -> Result<Json<Page<Version>>, Problem> {
    Ok(Page::whole(policy::versions(&portal, &actor, asked.bundle).await?))
}

async fn show(
    State(portal): State<Portal>,
    Extension(actor): Extension<Actor>,
    at: At,
) -> Result<Response, Problem> {
    let bundle: Bundle = at.read("bundle", NO_BUNDLE)?;
    let name = at.text("version");
    if let Some(number) = name.strip_suffix(".tar.gz") {
        return archive(&portal, &actor, bundle, number.parse()?).await;
    }
    Ok(Json(policy::version_by_number(&portal, &actor, bundle, name.parse()?).await?).into_response())
}

/// The archive as OPA is served it: a version never changes, so neither do its bytes.
async fn archive(
    portal: &Portal,
    actor: &Actor,
    bundle: Bundle,
    number: Number,
) -> Result<Response, Problem> {
    let bytes = release::archive(portal, actor, bundle, number).await?;
    let name = format!("attachment; filename=\"{bundle}-{number}.tar.gz\"");
    let kind = (header::CONTENT_TYPE, "application/gzip".to_owned());
    Ok(([kind, (header::CONTENT_DISPOSITION, name)], bytes).into_response())
}
