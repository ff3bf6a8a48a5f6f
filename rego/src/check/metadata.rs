//! METADATA annotations, read from the source ourselves: the engine drops comments, and takes malformed ones.
//!
//! The form is OPA's ("Annotations" in its documentation): a comment line `# METADATA`, then comment lines that
//! are YAML, up to the first line that is none.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_yaml_ng::Value;

use super::fault::fault;
use crate::report::{Check, Fault, Severity};
use crate::worker::syntax::Module;

/// The blocks of one module, in its order.
#[derive(Debug, Default)]
pub(super) struct Annotations(Vec<Block>);

#[derive(Debug)]
pub(super) struct Block {
    /// Of the `# METADATA`, counted from 1.
    pub(super) line: u32,
    yaml: String,
    /// Whether the next thing in the file is its package clause.
    before_package: bool,
}

/// What a block may say that we read; the rest is the author's.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Annotation {
    scope: Option<String>,
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) custom: Value,
}

/// `custom` of a package.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Custom {
    pub(super) severity: Option<Severity>,
    pub(super) owner: Option<String>,
    pub(super) controls: Vec<String>,
    pub(super) library: bool,
    /// Findings by name, with what a person should know of them.
    pub(super) rules: BTreeMap<String, Value>,
}

impl Annotations {
    pub(super) fn of(text: &str) -> Self {
        let mut lines = text.lines().zip(1..).peekable();
        let mut blocks = Vec::<Block>::new();
        while let Some((first, line)) = lines.next() {
            let in_code = !first.trim_start().starts_with('#') && !first.trim().is_empty();
            if in_code && first.starts_with("package ") {
                blocks.last_mut().into_iter().for_each(|block| block.before_package = true);
            }
            if first.trim_start().strip_prefix('#').map(str::trim) == Some("METADATA") {
                let comment = |(line, _): &(&str, u32)| line.trim_start().starts_with('#');
                let block = std::iter::from_fn(|| lines.next_if(comment));
                // One space is the comment's, the rest the YAML's.
                let yaml = block.map(|(line, _)| {
                    line.trim_start()[1..].strip_prefix(' ').unwrap_or(&line.trim_start()[1..])
                });
                let yaml = yaml.collect::<Vec<_>>().join("\n");
                blocks.push(Block { line, yaml, before_package: false });
            }
        }
        Self(blocks)
    }

    pub(super) fn of_package(&self) -> impl Iterator<Item = &Block> {
        self.0.iter().filter(|block| block.is_of_package())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn check(&self, module: &Module) -> Vec<Fault> {
        self.0.iter().filter_map(|block| block.check(module).err()).collect()
    }
}

impl Block {
    fn is_of_package(&self) -> bool {
        match self.read().ok().and_then(|annotation| annotation.scope) {
            Some(scope) => scope == "package",
            None => self.before_package,
        }
    }

    pub(super) fn read(&self) -> Result<Annotation, serde_yaml_ng::Error> {
        if self.yaml.trim().is_empty() {
            return Ok(Annotation::default());
        }
        serde_yaml_ng::from_str(&self.yaml)
    }

    fn check(&self, module: &Module) -> Result<(), Fault> {
        const SCOPES: [&str; 4] = ["package", "subpackages", "document", "rule"];
        let refuse = |line, reason: String| fault(Check::Metadata, module, line, None, reason);
        let annotation = self.read().map_err(|error| {
            let line = error.location().map_or(0, |place| u32::try_from(place.line()).unwrap_or(0));
            refuse(self.line + line, format!("METADATA is not YAML of the known shape: {error}"))
        })?;
        if let Some(scope) = annotation.scope.as_deref().filter(|scope| !SCOPES.contains(scope)) {
            return Err(refuse(
                self.line,
                format!("METADATA has the scope {scope}, which is none of {}", SCOPES.join(", ")),
            ));
        }
        if self.is_of_package() {
            annotation.custom().map_err(|error| {
                refuse(
                    self.line,
                    format!("METADATA of the package: custom is not of the known shape: {error}"),
                )
            })?;
        }
        Ok(())
    }
}

impl Annotation {
    pub(super) fn custom(&self) -> Result<Custom, serde_yaml_ng::Error> {
        if self.custom.is_null() {
            Ok(Custom::default())
        } else {
            serde_yaml_ng::from_value(self.custom.clone())
        }
    }
}
