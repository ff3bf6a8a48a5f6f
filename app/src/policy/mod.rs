//! Policies on the screen: which there are, and one with its Rego, its tests and where it is in force.

use leptos::prelude::*;
#[cfg(feature = "ssr")]
use portal::policy::PolicyDetail;
use portal::{Policy, Version, policy::InForce};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::problem::{answer, answer_page, caller};
use crate::{Problem, drawn::Drawn, list::Listed, sent::Sent, ui::CodeLines};

mod list;
mod one;
mod source;
#[cfg(feature = "ssr")]
mod tested;
#[cfg(feature = "ssr")]
mod told;

pub use list::*;
pub use one::*;

/// `query` is the query of the list's address.
#[server(endpoint = "policy/list")]
pub async fn list_policies(#[server(default)] query: String) -> Result<Sent<Listed<Policy>>, Problem> {
    let (portal, actor) = caller();
    answer_page(told::list(&portal, &actor, &query).await)
}

/// A policy, with its modules as they are shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyPage {
    pub policy: Policy,
    /// Its modules, then its tests.
    pub modules: Vec<Module>,
    /// Whether the lines that tests covered are known approximately.
    pub approximate: bool,
    pub tests: Drawn,
    pub health: Drawn,
    pub in_force: Vec<InForce>,
    /// Of its bundle, newest first.
    pub versions: Vec<Version>,
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
pub async fn show_policy(package: String) -> Result<Sent<PolicyPage>, Problem> {
    let (portal, actor) = caller();
    let mut detail = answer(portal::policy::show(&portal, &actor, &package).await)?;
    let modules = source::modules(&mut detail);
    let versions = portal::policy::versions(&portal, &actor, Some(detail.policy.bundle)).await;
    let (approximate, (tests, health)) = (detail.report.coverage.approximate, tested::drawn(&detail));
    let PolicyDetail { policy, in_force, .. } = detail;
    answer_page(versions.map(|versions| PolicyPage {
        policy,
        modules,
        approximate,
        tests,
        health,
        in_force,
        versions,
    }))
}

/// The address of a policy's own page.
pub(crate) fn page(package: &str) -> String {
    format!("/policies/{package}")
}
