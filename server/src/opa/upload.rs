//! What one upload of decisions holds.

use std::{collections::BTreeMap, fmt, io::Read};

use flate2::read::MultiGzDecoder;
use portal::decision::{Batch, Event};
use serde::{
    Deserialize, Deserializer,
    de::{SeqAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

use crate::body::holds_nul;

/// Bytes of an upload when unpacked. OPA packs at most 32 KiB, which can hold a hundred times as much.
const LARGEST: u64 = 64 << 20;
/// Events of an upload. OPA packs some hundreds; a small upload of very short ones holds millions.
const MOST: usize = 20_000;
/// Bytes of what is beyond them that are looked at again.
const BEYOND: usize = 64 << 10;

/// What is read of an event; all of it is kept.
#[derive(Deserialize)]
struct Head {
    decision_id: String,
    timestamp: chrono::DateTime<chrono::Utc>,
    #[serde(default)]
    path: String,
    #[serde(default)]
    labels: BTreeMap<String, Value>,
}

/// The events of an upload, as they stand in it.
#[derive(Default)]
struct Events<'a> {
    events: Vec<&'a RawValue>,
    /// How many come after those, and the beginning of them.
    beyond: (usize, String),
}

impl<'de> Deserialize<'de> for Events<'de> {
    fn deserialize<D: Deserializer<'de>>(upload: D) -> Result<Self, D::Error> {
        upload.deserialize_seq(Collect)
    }
}

struct Collect;

impl<'de> Visitor<'de> for Collect {
    type Value = Events<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut upload: A) -> Result<Events<'de>, A::Error> {
        let mut read = Events::default();
        while let Some(event) = upload.next_element::<&RawValue>()? {
            if read.events.len() < MOST {
                read.events.push(event);
                continue;
            }
            let (count, beginning) = &mut read.beyond;
            *count += 1;
            if beginning.len() < BEYOND {
                beginning.push_str(event.get());
                beginning.push('\n');
            }
        }
        Ok(read)
    }
}

/// Reads an upload, and puts aside what is no decision.
pub(super) fn read(body: &[u8]) -> Batch {
    let mut batch = Batch::default();
    let mut text = Vec::new();
    // By the bytes themselves, which no header can belie: no JSON begins like this.
    let unpacked = if body.starts_with(b"\x1f\x8b") {
        unpack(body, &mut text).map(|()| text.as_slice())
    } else {
        Ok(body)
    };
    let read =
        unpacked.and_then(|text| serde_json::from_slice::<Events>(text).map_err(|error| error.to_string()));
    match read {
        Ok(Events { events, beyond: (count, beginning) }) => {
            for event in events {
                match read_event(event) {
                    Ok(event) => batch.events.push(event),
                    Err(reason) => batch.put_aside(event.get().as_bytes(), reason),
                }
            }
            if count > 0 {
                let reason = format!("{count} events more than the {MOST} that an upload may have");
                batch.put_aside(beginning.as_bytes(), reason);
            }
        }
        Err(reason) => batch.put_aside(body, reason),
    }
    batch
}

fn unpack(body: &[u8], text: &mut Vec<u8>) -> Result<(), String> {
    let read =
        MultiGzDecoder::new(body).take(LARGEST + 1).read_to_end(text).map_err(|error| error.to_string())?;
    if read as u64 > LARGEST { Err(format!("more than {LARGEST} bytes when unpacked")) } else { Ok(()) }
}

fn read_event(event: &RawValue) -> Result<Event, String> {
    let head: Head = serde_json::from_str(event.get()).map_err(|error| error.to_string())?;
    // Postgres takes deeper nesting and larger numbers than whoever reads the decision again.
    serde_json::from_str::<Value>(event.get()).map_err(|error| error.to_string())?;
    // Postgres keeps no NUL in a text.
    if holds_nul(event.get().as_bytes()) {
        return Err("it holds a NUL character".into());
    }
    if !(1..=200).contains(&head.decision_id.len()) {
        return Err("its decision_id is empty or too long".into());
    }
    let label = |name: &str| head.labels.get(name).and_then(Value::as_str);
    let instance = label("instance").filter(|name| !name.contains("${")).or_else(|| label("id"));
    Ok(Event {
        instance: instance.unwrap_or_default().chars().take(200).collect(),
        path: head.path.trim_start_matches('/').chars().take(1000).collect(),
        decision_id: head.decision_id,
        at: head.timestamp,
        event: event.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::{LARGEST, MOST, read};

    const EVENT: &str = r#"{"decision_id":"5b7c","timestamp":"2026-11-20T10:00:05.123456789Z","labels":{"id":"8d1c"},"path":"/aegis/x"}"#;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
        gz.write_all(text).unwrap();
        gz.finish().unwrap()
    }

    #[test]
    fn a_decision_is_read_and_what_is_none_is_put_aside() {
        let body = format!(r#"[{EVENT},{{"decision_id":1}},{{}},{EVENT}]"#);
        let batch = read(&packed(body.as_bytes()));
        assert_eq!((batch.events.len(), batch.quarantined.len()), (2, 2));
        assert_eq!((batch.events[0].path.as_str(), batch.events[0].instance.as_str()), ("aegis/x", "8d1c"));
    }

    #[test]
    fn an_empty_upload_is_one() {
        let batch = read(b"[]");
        assert!(batch.events.is_empty() && batch.quarantined.is_empty());
    }

    #[test]
    fn what_cannot_be_read_at_all_is_put_aside_whole() {
        for body in
            [&b"not gzip"[..], b"\x1f\x8bnot gzip either", &packed(b"{}"), &packed(b"[{]"), &packed(b"[")]
        {
            let batch = read(body);
            assert_eq!((batch.events.len(), batch.quarantined.len()), (0, 1));
        }
    }

    #[test]
    fn what_could_not_be_read_again_is_put_aside() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for result in [deep.as_str(), "1e999"] {
            let event = EVENT.replacen('{', &format!(r#"{{"result":{result},"#), 1);
            let batch = read(format!("[{event},{EVENT}]").as_bytes());
            assert_eq!((batch.events.len(), batch.quarantined.len()), (1, 1), "{result}");
        }
    }

    #[test]
    fn a_small_upload_may_not_become_a_large_one() {
        let bomb = packed(&vec![b' '; LARGEST as usize + 1]);
        assert!(bomb.len() < 1 << 20);
        let batch = read(&bomb);
        assert!(batch.quarantined[0].1.contains("when unpacked"));
    }

    #[test]
    fn a_small_upload_of_very_many_costs_no_more_than_the_most_there_may_be() {
        let body = packed(format!("[{}1]", "1,".repeat(1 << 20)).as_bytes());
        assert!(body.len() < 1 << 15, "{}", body.len());
        let batch = read(&body);
        assert_eq!((batch.events.len(), batch.quarantined.len()), (0, MOST + 1));
        let (beginning, reason) = batch.quarantined.last().unwrap();
        let beyond = (1 << 20) + 1 - MOST;
        assert!(
            beginning.starts_with(b"1\n1\n") && reason.starts_with(&format!("{beyond} events more")),
            "{reason}"
        );
    }

    #[test]
    fn a_decision_may_speak_of_the_escape_that_it_may_not_hold() {
        let with = |path: &str| format!("[{}]", EVENT.replace("/aegis/x", path));
        assert_eq!(read(with(r"/a\\u0000").as_bytes()).events.len(), 1);
        assert_eq!(read(with(r"/a\\\u0000").as_bytes()).quarantined.len(), 1);
    }
}
