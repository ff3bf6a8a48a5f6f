//! `aegis eval`: one question.

use std::io::Read;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use rego::check::{Evaluation, evaluate};
use rego::worker::Failure;
use serde_json::{Value, json};

use crate::judge::{Folder, drafts, release};
use crate::said::{Said, line};

/// Bytes of an input.
const LARGEST: u64 = 64 << 20;

#[derive(Args)]
pub(crate) struct Eval {
    #[command(flatten)]
    folder: Folder,
    /// What to ask for: `aegis/provisioning/s3/deny` or `data.aegis.provisioning.s3.deny`
    #[arg(value_name = "QUESTION")]
    question: String,
    /// The input, as JSON in a file; `-` reads it from standard input
    #[arg(long, short, value_name = "FILE")]
    input: Option<PathBuf>,
}

impl Eval {
    pub(crate) async fn run(&self) -> anyhow::Result<Said> {
        let folder = match self.folder.read()? {
            Ok(folder) => folder,
            Err(faults) => return Ok(Said::faults(&faults)),
        };
        let input = self.input()?;
        let path = self
            .question
            .strip_prefix("data.")
            .map_or_else(|| self.question.clone(), |path| path.replace('.', "/"));
        if path.trim_matches('/').is_empty() || path.contains(char::is_whitespace) {
            bail!("`{}` is no path: ask for one such as aegis/provisioning/s3/deny", self.question);
        }
        match evaluate(release(&folder), path.trim_matches('/'), &input, &drafts()).await {
            Ok(evaluation) => answered(&evaluation),
            Err(failure @ (Failure::Busy | Failure::Unavailable | Failure::TooLarge { .. })) => {
                Err(failure.into())
            }
            Err(failure) => Ok(Said::error(failure)),
        }
    }

    fn input(&self) -> anyhow::Result<String> {
        let Some(path) = &self.input else { return Ok(String::new()) };
        let from: Box<dyn Read> = if path.as_os_str() == "-" {
            Box::new(std::io::stdin())
        } else {
            Box::new(std::fs::File::open(path).with_context(|| path.display().to_string())?)
        };
        let mut text = String::new();
        from.take(LARGEST + 1).read_to_string(&mut text).with_context(|| path.display().to_string())?;
        if text.len() as u64 > LARGEST {
            bail!("{}: more than {} MiB", path.display(), LARGEST >> 20);
        }
        Ok(text)
    }
}

/// A built-in that failed unseen is something wrong, whatever came of it.
fn answered(evaluation: &Evaluation) -> anyhow::Result<Said> {
    let result: Option<Value> = evaluation.result.as_deref().map(serde_json::from_str).transpose()?;
    let mut text: String = evaluation.prints.iter().map(|print| format!("{print}\n")).collect();
    text += &result.as_ref().map_or_else(|| "undefined\n".to_owned(), |value| format!("{value:#}\n"));
    text.extend(evaluation.strict_error.as_ref().map(line));
    let mut answer = json!({"prints": evaluation.prints, "strict_error": evaluation.strict_error});
    // As in OPA's answers, an undefined result is one that is not there.
    if let Some(value) = result {
        answer["result"] = value;
    }
    Ok(Said { wrong: evaluation.strict_error.is_some(), text, json: answer })
}
