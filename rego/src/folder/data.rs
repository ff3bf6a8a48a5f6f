//! Data documents: `data.json` and `data.yaml`, each lying in `data` under the path of its folder.

use serde_yaml_ng::Value;

use crate::bundle::folder_of;
use crate::bundle::json::Json;
use crate::yaml;

/// Bytes of a document in YAML: its reader takes much more room than the text.
const LARGEST_YAML: usize = 4 << 20;

/// The bytes that a document comes to, aliases followed.
///
/// # Errors
/// The line, where it is known, and why it is too much.
pub(super) fn size(name: &str, bytes: &[u8]) -> Result<usize, (Option<u32>, String)> {
    if name.ends_with(".json") {
        return Ok(bytes.len());
    }
    if bytes.len() > LARGEST_YAML {
        return Err((None, "YAML beyond 4 MiB; write it as data.json".to_owned()));
    }
    yaml::size(text(bytes)?).map_err(|e| at(&e)).map(|size| size.max(bytes.len()))
}

/// Reads a document and lays it over those read before.
///
/// # Errors
/// The line, where it is known, and what is wrong.
pub(super) fn add(all: &mut Json, name: &str, bytes: &[u8]) -> Result<(), (Option<u32>, String)> {
    let text = text(bytes)?;
    let document = if name.ends_with(".json") { json(text)? } else { of_yaml(text)? };
    let folder = folder_of(name);
    if folder.is_empty() && !matches!(document, Json::Object(_)) {
        return Err((None, "data at the top must be an object".to_owned()));
    }
    all.merge(document.nested(&folder)).map_err(|at| (None, format!("another file has data at `{at}` too")))
}

fn json(text: &str) -> Result<Json, (Option<u32>, String)> {
    Json::parse(text).map_err(|fault| (Some(fault.line), fault.reason))
}

fn of_yaml(text: &str) -> Result<Json, (Option<u32>, String)> {
    let value: Value = serde_yaml_ng::from_str(text).map_err(|e| at(&e))?;
    plain(value).map_err(|reason| (None, reason.to_owned()))
}

fn text(bytes: &[u8]) -> Result<&str, (Option<u32>, String)> {
    std::str::from_utf8(bytes).map_err(|_| (None, "not UTF-8".to_owned()))
}

fn at(error: &serde_yaml_ng::Error) -> (Option<u32>, String) {
    let line = error.location().and_then(|at| u32::try_from(at.line()).ok());
    (line, error.to_string())
}

/// YAML that says the same in JSON; the rest is refused, as OPA's releases read it differently.
fn plain(value: Value) -> Result<Json, &'static str> {
    Ok(match value {
        Value::Null => Json::Plain("null".to_owned()),
        Value::Bool(truth) => Json::Plain(truth.to_string()),
        Value::Number(number) if number.as_f64().is_some_and(f64::is_finite) => {
            Json::Plain(number.to_string())
        }
        Value::Number(_) => return Err("a number that JSON does not have"),
        Value::String(text) => Json::Text(text),
        Value::Sequence(items) => Json::List(items.into_iter().map(plain).collect::<Result<_, _>>()?),
        Value::Mapping(members) => Json::Object(members.into_iter().map(member).collect::<Result<_, _>>()?),
        Value::Tagged(_) => return Err("a YAML tag"),
    })
}

fn member((name, value): (Value, Value)) -> Result<(String, Json), &'static str> {
    match name {
        Value::String(name) if name != "<<" => Ok((name, plain(value)?)),
        Value::String(_) => Err("a YAML merge key"),
        _ => Err("a name that is not a string; put it in quotes"),
    }
}
