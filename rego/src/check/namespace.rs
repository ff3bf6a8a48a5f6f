//! Which engine decides for which packages.

use serde::{Deserialize, Serialize};

use super::fault::fault;
use crate::report::{Check, Engine, Fault};
use crate::worker::syntax::{Module, mentions};

/// Prefixes of packages, each with the engine that decides for them and the bundle they are built into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namespaces(pub Vec<Namespace>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namespace {
    /// `aegis.provisioning`: the package of this name, and all below it.
    pub prefix: String,
    pub engine: Engine,
    /// `aegis-provisioning`.
    pub bundle: String,
}

impl Default for Namespaces {
    fn default() -> Self {
        let namespace = |prefix: &str, engine, bundle: &str| Namespace {
            prefix: prefix.into(),
            engine,
            bundle: bundle.into(),
        };
        Self(vec![
            namespace("aegis.provisioning", Engine::External, "aegis-provisioning"),
            namespace("aegis.ai", Engine::Embedded, "aegis-ai"),
        ])
    }
}

impl Namespace {
    fn holds(&self, package: &str) -> bool {
        // The tests of a package called like the namespace itself lie beside it.
        let within = |rest: &str| rest.is_empty() || rest.starts_with('.') || rest == "_test";
        package.strip_prefix(&self.prefix).is_some_and(within)
    }

    fn engine_name(&self) -> &'static str {
        match self.engine {
            Engine::External => "OPA",
            Engine::Embedded => "the embedded engine",
        }
    }
}

impl Namespaces {
    /// The namespace that a package (`aegis.ai.pii`) lies in.
    pub fn of(&self, package: &str) -> Option<&Namespace> {
        self.0.iter().find(|namespace| namespace.holds(package))
    }

    /// Packages outside every namespace, and mentions of another namespace's: that one is another bundle, and
    /// a policy must not hang on it being there.
    pub(super) fn check(&self, modules: &[Module]) -> Vec<Fault> {
        modules.iter().flat_map(|module| self.check_module(module)).collect()
    }

    fn check_module(&self, module: &Module) -> Vec<Fault> {
        let package = module.package_name();
        let Some(home) = self.of(&package) else {
            let known: Vec<_> =
                self.0.iter().map(|n| format!("{} ({} decides)", n.prefix, n.engine_name())).collect();
            let reason = format!(
                "the package {package} lies in no namespace that an engine decides for; put it below {}",
                known.join(" or ")
            );
            return vec![fault(Check::Namespace, module, module.package_at.line, None, reason)];
        };
        let mut faults = Vec::new();
        for rule in &module.rules {
            for mention in mentions(module, rule) {
                let path = mention.path.join(".");
                if let Some(other) = self.of(&path).filter(|other| *other != home) {
                    let reason = format!(
                        "data.{path} is in the bundle {}, and this package in {}; a policy may not need both",
                        other.bundle, home.bundle
                    );
                    faults.push(fault(Check::Namespace, module, mention.at.line, Some(rule), reason));
                }
            }
        }
        faults.dedup();
        faults
    }
}
