//! A JSON document as lines, those marked whose value is not what the policy was given.

use serde_json::Value;

use super::JsonLine;

/// Lines of a document; what is longer is cut, and says so.
const MOST: usize = 5000;

/// The lines of a value that stands at `root` in its event, such as `/input`.
pub(super) fn lines(value: &Value, root: &str, masked: &[String]) -> Vec<JsonLine> {
    let mut lines = Vec::new();
    write(value, root, "", "", 0, masked, &mut lines);
    if lines.len() >= MOST {
        lines.truncate(MOST);
        lines.push(JsonLine { text: format!("… and more: only {MOST} lines are shown"), masked: false });
    }
    lines
}

fn write(
    value: &Value,
    path: &str,
    before: &str,
    after: &str,
    depth: usize,
    masked: &[String],
    lines: &mut Vec<JsonLine>,
) {
    if lines.len() >= MOST {
        return;
    }
    let indent = "  ".repeat(depth);
    let mut line = |text: String, masked| lines.push(JsonLine { text: format!("{indent}{text}"), masked });
    let is_masked = masked.iter().any(|one| one == path);
    let (open, close, count) = match value {
        Value::Object(all) if !all.is_empty() => ("{", "}", all.len()),
        Value::Array(all) if !all.is_empty() => ("[", "]", all.len()),
        plain => return line(format!("{before}{plain}{after}"), is_masked),
    };
    line(format!("{before}{open}"), is_masked);
    let comma = |at: usize| if at + 1 < count { "," } else { "" };
    match value {
        Value::Object(all) => {
            for (at, (name, value)) in all.iter().enumerate() {
                let step = name.replace('~', "~0").replace('/', "~1");
                let before = format!("{}: ", Value::from(name.as_str()));
                write(value, &format!("{path}/{step}"), &before, comma(at), depth + 1, masked, lines);
            }
        }
        Value::Array(all) => {
            for (at, value) in all.iter().enumerate() {
                write(value, &format!("{path}/{at}"), "", comma(at), depth + 1, masked, lines);
            }
        }
        _ => {}
    }
    if lines.len() < MOST {
        lines.push(JsonLine { text: format!("{indent}{close}{after}"), masked: false });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{MOST, lines};

    #[test]
    fn lines_read_as_the_document_and_what_was_masked_is_marked() {
        let input = json!({"resource": {"tags": {"a/b": "***"}, "names": ["x", 1, null], "none": {}}});
        let shown = lines(&input, "/input", &["/input/resource/tags/a~1b".into()]);
        let text: Vec<&str> = shown.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(serde_json::from_str::<Value>(&text.join("\n")).expect("it is JSON"), input);
        let marked: Vec<&str> =
            shown.iter().filter(|line| line.masked).map(|line| line.text.trim()).collect();
        assert_eq!(marked, [r#""a/b": "***""#]);
    }

    #[test]
    fn a_document_without_end_is_cut() {
        let shown = lines(&json!(vec![0; 100_000]), "/input", &[]);
        assert_eq!(shown.len(), MOST + 1);
        assert!(shown.last().expect("a last one").text.contains("only 5000 lines"));
    }
}
