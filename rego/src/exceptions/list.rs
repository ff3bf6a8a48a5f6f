//! The YAML list of exceptions, `exceptions.yaml`, as the runbook has it and conftest takes it by `--data`.

use serde::Deserialize;

use super::{Entry, Refused, ends};
use crate::yaml;

/// Bytes of a list. Larger ones belong into the index.
const LARGEST: usize = 8 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    exceptions: Vec<serde_yaml_ng::Value>,
}

/// One item. The portal asks for justification and approver itself; here they are for people.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    id: String,
    policy: String,
    rule: String,
    resource: String,
    expires: String,
    #[serde(default)]
    ticket: String,
    #[serde(default = "waiver")]
    category: String,
    #[serde(default, rename = "justification")]
    _justification: String,
    #[serde(default, rename = "approved_by")]
    _approved_by: String,
}

fn waiver() -> String {
    "waiver".to_owned()
}

/// Reads a list. Each item covers from the beginning of time, as the list has no start.
///
/// # Errors
/// All items that cannot be read: a field that is missing or unknown, an end that is no date and no RFC 3339.
pub fn list(yaml: &[u8]) -> Result<Vec<Entry>, Vec<Refused>> {
    let whole = |reason: String| vec![Refused { id: "list".to_owned(), reason }];
    if yaml.len() > LARGEST {
        return Err(whole(format!("more than {} MiB", LARGEST >> 20)));
    }
    let text = std::str::from_utf8(yaml).map_err(|_| whole("not UTF-8".to_owned()))?;
    yaml::size(text).map_err(|e| whole(e.to_string()))?;
    let list: List = serde_yaml_ng::from_str(text).map_err(|e| whole(e.to_string()))?;
    let (mut entries, mut refused) = (Vec::new(), Vec::new());
    for (n, item) in list.exceptions.into_iter().enumerate() {
        match entry(item, n) {
            Ok(entry) => entries.push(entry),
            Err(reason) => refused.push(reason),
        }
    }
    if refused.is_empty() { Ok(entries) } else { Err(refused) }
}

fn entry(item: serde_yaml_ng::Value, n: usize) -> Result<Entry, Refused> {
    let id = item.get("id").and_then(|id| id.as_str()).map_or_else(|| format!("#{}", n + 1), str::to_owned);
    let refused = |reason: String| Refused { id: id.clone(), reason };
    let item: Item = serde_yaml_ng::from_value(item).map_err(|e| refused(e.to_string()))?;
    let expires_ns = ends(&item.expires)
        .ok_or_else(|| refused(format!("`{}` is no date and no RFC 3339 timestamp", item.expires)))?;
    let entry = Entry {
        id: item.id,
        policy: item.policy,
        rule: item.rule,
        resources: vec![item.resource],
        starts_ns: 0,
        expires_ns,
        ticket: item.ticket,
        category: item.category,
    };
    entry.check()?;
    Ok(entry)
}
