//! What somebody who asks for an exception has to say.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Category, Refusal, check_end};
use crate::{Environment, Error, Invalid, Policy};

pub const LONGEST_JUSTIFICATION: usize = 4000;
pub const LONGEST_TICKET: usize = 200;
const LONGEST_RESOURCE: usize = 1024;
pub(super) const MOST_RESOURCES: usize = 100;

/// A request as it comes from a form or a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// The package of the policy, `aegis.provisioning.s3`.
    pub policy: String,
    pub rule: String,
    pub resources: Vec<String>,
    pub environments: Vec<Environment>,
    pub justification: String,
    pub ticket: String,
    pub category: Category,
    pub until: DateTime<Utc>,
}

impl Wanted {
    /// The request as it is kept, or the first thing that is wrong with it.
    pub fn checked(self, policy: &Policy, now: DateTime<Utc>) -> Result<Self, Error> {
        if !policy.excepts {
            return Err(Refusal::CannotExcept(policy.package.clone()).into());
        }
        if !policy.rules.contains(&self.rule) {
            return Err(Refusal::NoSuchRule { package: policy.package.clone(), rule: self.rule }.into());
        }
        check_end(policy.severity, now, self.until)?;
        Ok(Self {
            resources: resources(self.resources)?,
            environments: environments(self.environments)?,
            justification: text("justification", &self.justification, LONGEST_JUSTIFICATION)?,
            ticket: text("ticket", &self.ticket, LONGEST_TICKET)?,
            ..self
        })
    }
}

fn resources(mut names: Vec<String>) -> Result<Vec<String>, Error> {
    names = names.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    names.sort();
    names.dedup();
    if !(1..=MOST_RESOURCES).contains(&names.len()) {
        return Err(Invalid::new("resources", format!("name 1 to {MOST_RESOURCES} resources")).into());
    }
    if let Some(long) = names.iter().find(|name| name.chars().count() > LONGEST_RESOURCE) {
        return Err(Invalid::new(
            "resources",
            format!("{}… is longer than {LONGEST_RESOURCE} characters", &start(long)),
        )
        .into());
    }
    match names.iter().find(|name| is_pattern(name)) {
        Some(pattern) => Err(Refusal::Pattern(pattern.clone()).into()),
        None => Ok(names),
    }
}

fn start(text: &str) -> String {
    text.chars().take(40).collect()
}

/// A glob's signs. Brackets are part of an address (`aws_s3_bucket.b["x"]`) and stay literal in the index.
pub fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?'])
}

fn environments(mut names: Vec<Environment>) -> Result<Vec<Environment>, Error> {
    names.sort();
    names.dedup();
    if names.is_empty() {
        return Err(Invalid::new("environments", "name at least one environment").into());
    }
    Ok(names)
}

fn text(field: &str, text: &str, longest: usize) -> Result<String, Error> {
    let text = text.trim();
    if !(1..=longest).contains(&text.chars().count()) {
        return Err(Invalid::new(field, format!("takes 1 to {longest} characters")).into());
    }
    Ok(text.to_owned())
}
