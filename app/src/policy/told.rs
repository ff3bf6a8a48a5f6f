//! The list of policies, as its address asks for it.

use portal::{
    Actor, Policy, Portal,
    list::{Hits, List, Page},
    policy::{Filter, Order},
    report::{Engine, Severity},
};
use strum::VariantArray;

use super::list::engine;
use crate::list::{About, Asked, Listed, Part};

/// All that the address asks for: there are never so many that they need pages.
pub(super) async fn list(portal: &Portal, actor: &Actor, query: &str) -> portal::Result<Listed<Policy>> {
    let asked = Asked::<Filter, Order>::read(query);
    let mut policies = portal::policy::list(portal, actor).await?;
    policies.retain(|policy| asked.question.filter.takes(policy));
    asked.question.sort.sort(&mut policies);
    let hits = Hits(policies.len().try_into().unwrap_or(u32::MAX));
    let severities = Severity::VARIANTS.iter().rev().map(|one| (one.to_string(), one.to_string()));
    let engines = [Engine::External, Engine::Embedded].map(|one| (one.to_string(), engine(one).to_owned()));
    let about = About {
        list: List::Policies,
        label: "Filter policies",
        one: "policy",
        many: "policies",
        views: vec![
            ("All", String::new()),
            ("Critical", format!("severity={}", Severity::Critical)),
            ("External OPA", format!("engine={}", Engine::External)),
            ("Embedded", format!("engine={}", Engine::Embedded)),
        ],
        parts: vec![
            Part::text("text", "Package, title, owner or rule", "Text"),
            Part::choice("severity", "Severity", severities.collect()),
            Part::choice("engine", "Engine", engines.to_vec()),
        ],
        sorts: vec![
            ("Policy", (Order::Package, Order::PackageBackwards), Order::Package),
            ("Severity", (Order::LeastSevere, Order::MostSevere), Order::MostSevere),
        ],
        exports: false,
    };
    asked.listed(portal, actor, (Page::whole(policies), hits), about).await
}
