//! What somebody who has just started the demo is told.

use std::{fmt::Write, path::Path};

use super::Opa;

/// What the greeting names.
#[derive(Debug)]
pub struct Greeting<'a> {
    pub portal_url: &'a str,
    /// Whom one can sign in as: the name, and what that person does.
    pub people: &'a [(String, String)],
    pub opas: &'a [Opa],
    pub data_dir: &'a Path,
}

/// A request to the last OPA, production's, that the shipped policies deny.
const BUCKET: &str =
    r#"{"input":{"resource":{"type":"aws_s3_bucket","name":"my-bucket","attributes":{"acl":"private"}}}}"#;

/// The address, the people, the OPAs, and a request to try.
#[must_use]
pub fn greeting(about: &Greeting<'_>) -> String {
    let mut text = format!("\nAegis is up: {}\n\nSign in as\n", about.portal_url);
    let widest = about.people.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    for (name, what) in about.people {
        line(&mut text, format_args!("  {name:widest$}  {what}"));
    }
    text.push_str("\nOPA answers for\n");
    for opa in about.opas {
        line(&mut text, format_args!("  {:10}  http://127.0.0.1:{}", opa.environment, opa.port));
    }
    if let Some(production) = about.opas.last() {
        text.push_str("\nAsk it about a bucket without encryption: it denies\n");
        let address = format!("http://127.0.0.1:{}/v1/data/aegis/provisioning/s3/deny", production.port);
        line(&mut text, format_args!("  curl -s {address} -d '{BUCKET}'"));
    }
    line(
        &mut text,
        format_args!("\nEverything is kept in {}. Ctrl-C stops it all.", about.data_dir.display()),
    );
    text
}

fn line(text: &mut String, what: std::fmt::Arguments<'_>) {
    writeln!(text, "{what}").expect("a string takes everything");
}

#[cfg(test)]
mod tests {
    use super::{super::opas, *};

    #[test]
    fn a_newcomer_is_told_where_who_and_what_to_try() {
        let tokens = ["secret-s".to_owned(), "secret-p".to_owned()];
        let two = opas(Path::new("opa"), [8181, 8182], tokens, "http://127.0.0.1:3000", Path::new("/data"));
        let people =
            [("ann".to_owned(), "requester".to_owned()), ("bobby".to_owned(), "approver".to_owned())];
        let text = greeting(&Greeting {
            portal_url: "http://127.0.0.1:3000",
            people: &people,
            opas: &two,
            data_dir: Path::new("/data"),
        });
        assert!(text.contains("  ann    requester\n  bobby  approver\n"), "{text}");
        assert!(text.contains("staging     http://127.0.0.1:8181"), "{text}");
        assert!(
            text.contains("curl -s http://127.0.0.1:8182/v1/data/aegis/provisioning/s3/deny -d '{"),
            "{text}"
        );
        assert!(text.contains("kept in /data. Ctrl-C stops it all"), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }

    #[test]
    fn the_request_to_try_is_json_with_an_input() {
        let request: serde_json::Value = serde_json::from_str(BUCKET).unwrap();
        assert_eq!(request["input"]["resource"]["type"], "aws_s3_bucket");
    }
}
