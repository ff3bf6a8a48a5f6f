//! Policies on the screen: which there are, and one with its Rego, its tests and where it is in force.

use leptos::prelude::*;
use portal::{
    Policy, Version,
    policy::{Bundle, PolicyDetail},
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::problem::{answer, caller};
use crate::{Problem, ui::CodeLines};

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

/// A policy, with its modules as they are shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyPage {
    /// With the names of its files, and without their texts.
    pub detail: PolicyDetail,
    /// Its modules, then its tests.
    pub modules: Vec<Module>,
}

/// A module in colours, with what tests covered of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Module {
    pub path: String,
    pub lines: CodeLines,
    /// Whether its coverage is known.
    pub measured: bool,
}

#[server(endpoint = "policy/show")]
pub async fn show_policy(package: String) -> Result<PolicyPage, Problem> {
    let (portal, actor) = caller();
    let mut detail = answer(portal::policy::show(&portal, &actor, &package).await)?;
    let modules = source::modules(&mut detail);
    Ok(PolicyPage { detail, modules })
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
