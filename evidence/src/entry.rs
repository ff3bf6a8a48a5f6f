//! The canonical text of an entry, and its leaf.

use serde_json::{Map, Number, Value};
use tlog_tiles::{Hash, record_hash};

/// The largest whole number that every reader of JSON holds exactly (RFC 8785, section 3.2.2.3).
const EXACT: i64 = (1 << 53) - 1;

/// One line of the audit as the portal keeps it: each column of its row, and its place in the log.
///
/// A column that is added later has to be absent from what was written before, or the leaves of that would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the log, from 0.
    pub index: u64,
    /// Its number in the portal's own list, which has gaps.
    pub seq: i64,
    /// When, in UTC, as RFC 3339 has it, to the microsecond.
    pub at: String,
    pub person: Option<String>,
    pub token: Option<String>,
    pub job: Option<String>,
    pub permission: String,
    /// What happened, as the JSON that is kept.
    pub event: String,
    /// From where it was asked for, as RFC 5952 writes it. Entries have this and the next since they are kept.
    pub address: Option<String>,
    /// When whoever did it had last proved who they are, written as `at`.
    pub proven_at: Option<String>,
}

impl Entry {
    /// The text that is hashed: JSON in the form of RFC 8785.
    ///
    /// That form holds numbers as doubles do, so that two kept numbers may become one. An event with a number that a
    /// double does not hold exactly stands in it as a text, under another name, and no two entries have the same form.
    pub fn canonical(&self) -> Vec<u8> {
        let mut text = Map::new();
        text.insert("index".into(), number(i64::try_from(self.index).unwrap_or(i64::MAX)));
        text.insert("seq".into(), number(self.seq));
        text.insert("at".into(), self.at.as_str().into());
        let present = [
            ("person", &self.person),
            ("token", &self.token),
            ("job", &self.job),
            ("address", &self.address),
            ("proven_at", &self.proven_at),
        ];
        for (name, value) in present {
            if let Some(value) = value {
                text.insert(name.into(), value.as_str().into());
            }
        }
        text.insert("permission".into(), self.permission.as_str().into());
        match serde_json::from_str(&self.event) {
            Ok(event) if is_exact(&event) => text.insert("event".into(), event),
            _ => text.insert("event_text".into(), self.event.as_str().into()),
        };
        serde_json_canonicalizer::to_vec(&text).expect("texts and whole numbers are JSON")
    }
}

/// The leaf of an entry's text.
pub fn leaf(text: &[u8]) -> Hash {
    record_hash(text)
}

fn number(number: i64) -> Value {
    if (-EXACT..=EXACT).contains(&number) { number.into() } else { number.to_string().into() }
}

fn is_exact(value: &Value) -> bool {
    let whole = |number: &Number| number.as_i64().is_some_and(|number| (-EXACT..=EXACT).contains(&number));
    match value {
        Value::Number(number) => whole(number),
        Value::Array(values) => values.iter().all(is_exact),
        Value::Object(members) => members.values().all(is_exact),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Entry;

    fn entry(event: &str) -> Entry {
        Entry {
            index: 3,
            seq: 5,
            at: "2026-05-20T09:00:00.000000Z".into(),
            person: Some("0190".into()),
            token: None,
            job: None,
            permission: "exception.decide".into(),
            event: event.into(),
            address: None,
            proven_at: None,
        }
    }

    #[test]
    fn the_text_of_an_entry_is_sorted_and_leaves_out_what_is_not_there() {
        let text = entry(r#"{"reason": "é\n", "kind": "x", "number": 7}"#).canonical();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            r#"{"at":"2026-05-20T09:00:00.000000Z","event":{"kind":"x","number":7,"reason":"é\n"},"#
                .to_owned()
                + r#""index":3,"permission":"exception.decide","person":"0190","seq":5}"#
        );
    }

    #[test]
    fn no_two_entries_have_the_same_text() {
        let numbers =
            ["1", "1.0", "1.00000000000000000000001", "9007199254740993", "9007199254740992", "\"1\""];
        let mut texts: Vec<_> =
            numbers.iter().map(|number| entry(&format!(r#"{{"n": {number}}}"#)).canonical()).collect();
        texts.push(entry("no JSON at all").canonical());
        texts.push(entry(r#"{"n": null}"#).canonical());
        texts.push(entry("{}").canonical());
        let plain = entry("{}");
        texts.extend([
            Entry { index: 4, ..plain.clone() }.canonical(),
            Entry { seq: i64::MAX, ..plain.clone() }.canonical(),
            Entry { seq: i64::MAX - 1, ..plain.clone() }.canonical(),
            Entry { at: "2026-05-20T09:00:00.000001Z".into(), ..plain.clone() }.canonical(),
            Entry { person: None, token: Some("0190".into()), ..plain.clone() }.canonical(),
            Entry { person: None, job: Some("0190".into()), ..plain.clone() }.canonical(),
            Entry { permission: "x".into(), ..plain.clone() }.canonical(),
            Entry { address: Some("10.0.0.1".into()), ..plain.clone() }.canonical(),
            Entry { proven_at: Some("10.0.0.1".into()), ..plain }.canonical(),
        ]);
        assert_eq!(texts.iter().collect::<HashSet<_>>().len(), texts.len());
    }
}
