//! What a command says, in words or in JSON, and how it ends.

use std::fmt::Write as _;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use clap::ValueEnum;
use rego::report::Fault;
use serde_json::{Value, json};

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}

/// The answer of a command.
pub(crate) struct Said {
    /// Whether something was found wrong.
    pub(crate) wrong: bool,
    /// Lines, each with its end.
    pub(crate) text: String,
    pub(crate) json: Value,
}

impl Said {
    /// That a folder could not be taken, and why.
    pub(crate) fn faults(faults: &[Fault]) -> Self {
        Self { wrong: true, text: faults.iter().map(line).collect(), json: json!({ "faults": faults }) }
    }

    /// That something is wrong, in one sentence.
    pub(crate) fn error(error: impl std::fmt::Display) -> Self {
        Self { wrong: true, text: format!("{error}\n"), json: json!({ "error": error.to_string() }) }
    }

    pub(crate) fn print(self, format: Format) -> anyhow::Result<ExitCode> {
        let text = match format {
            Format::Text => self.text,
            Format::Json => format!("{:#}\n", self.json),
        };
        match std::io::stdout().write_all(text.as_bytes()) {
            // Who stops reading has read enough.
            Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(e.into()),
            Ok(()) | Err(_) => Ok(ExitCode::from(u8::from(self.wrong))),
        }
    }
}

/// A fault as editors and CI know it: `file:line: reason`, with its end of line.
pub(crate) fn line(fault: &Fault) -> String {
    let mut place = if fault.file.is_empty() { "folder".to_owned() } else { fault.file.clone() };
    if let Some(line) = fault.line {
        write!(place, ":{line}").expect("writing to a string does not fail");
    }
    let rule = fault.rule.as_ref().map_or_else(String::new, |rule| format!(" [{rule}]"));
    format!("{place}: {}: {}{rule}\n", fault.check, fault.reason)
}
