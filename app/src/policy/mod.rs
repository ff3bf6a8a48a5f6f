//! Policies on the screen: which there are, and one with its Rego, its tests and where it is in force.

use leptos::prelude::*;
use portal::{
    Policy, Version,
    policy::{Bundle, PolicyDetail},
};

use crate::Problem;
#[cfg(feature = "ssr")]
use crate::problem::{answer, caller};

mod list;
mod one;
mod source;

pub use list::*;
pub use one::*;

#[server(endpoint = "policy/list")]
pub async fn list_policies() -> Result<Vec<Policy>, Problem> {
    let (portal, actor) = caller();
    answer(portal::policy::list(&portal, &actor).await)
}

#[server(endpoint = "policy/show")]
pub async fn show_policy(package: String) -> Result<PolicyDetail, Problem> {
    let (portal, actor) = caller();
    answer(portal::policy::show(&portal, &actor, &package).await)
}

#[server(endpoint = "version/list")]
pub async fn list_versions(#[server(default)] bundle: Option<Bundle>) -> Result<Vec<Version>, Problem> {
    let (portal, actor) = caller();
    answer(portal::policy::versions(&portal, &actor, bundle).await)
}

/// The address of a policy's own page.
pub(crate) fn page(package: &str) -> String {
    format!("/policies/{package}")
}
