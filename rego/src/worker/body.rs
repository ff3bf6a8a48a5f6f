//! The input within a request's body of OPA's shape, `{"input": …}`.

use regorus::Value;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Failure;

/// The input as text (a part of `body`) and parsed; none at all is undefined, as in OPA.
pub(super) fn input(body: &str) -> Result<(&str, Value), Failure> {
    // Nearly every body is exactly {"input": …}. If what is between is one whole JSON value, then it is the
    // input, and the body need not be gone through twice.
    let between =
        after_all(body.trim_ascii_end(), ["{", "\"input\"", ":"]).and_then(|rest| rest.strip_suffix('}'));
    if let Some(text) = between.map(str::trim_ascii)
        && let Ok(value) = parse(text)
    {
        return Ok((text, value));
    }
    match skim(body)? {
        Some(raw) => Ok((raw.get(), parse(raw.get())?)),
        None => Ok((&body[..0], Value::Undefined)),
    }
}

fn parse(text: &str) -> Result<Value, Failure> {
    Value::from_json_str(text).map_err(|e| Failure::Parse(e.to_string()))
}

fn skim(body: &str) -> Result<Option<&RawValue>, Failure> {
    #[derive(Deserialize)]
    struct Body<'a> {
        #[serde(borrow)]
        input: Option<&'a RawValue>,
    }
    let start = body.trim_ascii_start();
    if start.is_empty() {
        return Ok(None);
    }
    // serde reads a struct out of an array as well.
    if start.starts_with('[') {
        return Err(Failure::Parse("the body is no object".into()));
    }
    Ok(serde_json::from_str::<Body<'_>>(body).map_err(|e| Failure::Parse(e.to_string()))?.input)
}

/// What follows these tokens, with any space between them.
fn after_all<'a>(text: &'a str, tokens: [&str; 3]) -> Option<&'a str> {
    tokens.iter().try_fold(text, |rest, token| rest.trim_ascii_start().strip_prefix(token))
}
