//! Data by its keys: what a line tells badly, a path tells well.

use portal::policy::FileChange;
use serde_json::Value;

use crate::ui::{DataChange, DataFile};

/// As many paths of one file as a page shows.
const MOST: usize = 500;
/// The longest value that is shown whole, in characters.
const LONGEST: usize = 200;

/// The changed paths of a file of data; none where it is no JSON, before or after.
pub(super) fn of_file(file: &FileChange) -> Option<DataFile> {
    if !file.path.ends_with(".json") {
        return None;
    }
    let parse = |text: &Option<String>| match text {
        Some(text) => serde_json::from_str::<Value>(text).ok().map(Some),
        None => Some(None),
    };
    let (old, new) = (parse(&file.old)?, parse(&file.new)?);
    let mut changes = vec![];
    compare(&mut changes, String::new(), old.as_ref(), new.as_ref());
    let more = changes.len().saturating_sub(MOST);
    changes.truncate(MOST);
    Some(DataFile { path: file.path.clone(), changes, more })
}

fn compare(out: &mut Vec<DataChange>, path: String, old: Option<&Value>, new: Option<&Value>) {
    match (old, new) {
        (Some(old), Some(new)) if old == new => {}
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let mut keys: Vec<&String> = old.keys().chain(new.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                compare(out, below(&path, key), old.get(key), new.get(key));
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            for at in 0..old.len().max(new.len()) {
                compare(out, format!("{path}[{at}]"), old.get(at), new.get(at));
            }
        }
        (old, new) => {
            out.push(DataChange { path, before: old.map(shown), after: new.map(shown) });
        }
    }
}

/// As Rego would write it: `limits.tokens`, `teams["a b"]`.
fn below(path: &str, key: &str) -> String {
    let plain = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !key.is_empty();
    match (plain, path.is_empty()) {
        (true, true) => key.to_owned(),
        (true, false) => format!("{path}.{key}"),
        (false, _) => format!("{path}[{}]", Value::from(key)),
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
