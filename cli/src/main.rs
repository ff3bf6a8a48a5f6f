//! `aegis`: what authors, CI and auditors do with policies on their own machine.
//!
//! Ends with 0 when all is well, 1 when something was found wrong, 2 when it could not be found out.

mod audit;
mod bundle;
mod check;
mod coverage;
mod eval;
mod judge;
mod said;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use said::{Format, Said};

#[derive(Parser)]
#[command(
    name = "aegis",
    version,
    about = "Check, test, cover, evaluate and bundle policies; verify the audit"
)]
#[command(
    after_help = "Ends with 0 when all is well, 1 when something was found wrong, 2 when it could not be found out.\n\
    The opa program is the one that OPA_BIN names, or the one that set-up installed, or the first on the PATH."
)]
struct Aegis {
    /// How to answer
    #[arg(long, value_enum, global = true, default_value_t = Format::Text)]
    format: Format,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run every check that a folder must pass before it becomes a version
    Check(judge::Folder),
    /// Run the tests of a folder in the embedded engine
    Test(judge::Folder),
    /// Show which rules and lines the tests of a folder never reached
    Coverage(judge::Folder),
    /// Ask the embedded engine one question of a folder's policies
    Eval(eval::Eval),
    /// Build, sign, verify and inspect bundles
    #[command(subcommand)]
    Bundle(bundle::Command),
    /// Verify what was taken out of a portal's audit
    #[command(subcommand)]
    Audit(audit::Command),
}

fn main() -> ExitCode {
    rego::worker::become_worker_if_asked();
    let aegis = Aegis::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let said = match runtime {
        Ok(runtime) => runtime.block_on(answer(aegis.command)),
        Err(e) => Err(e.into()),
    };
    match said.and_then(|said| said.print(aegis.format)) {
        Ok(code) => code,
        Err(e) => {
            eprintln!("aegis: {e:#}");
            ExitCode::from(2)
        }
    }
}

async fn answer(command: Command) -> anyhow::Result<Said> {
    match command {
        Command::Check(folder) => check::run(&folder).await,
        Command::Test(folder) => test::run(&folder).await,
        Command::Coverage(folder) => coverage::run(&folder).await,
        Command::Eval(eval) => eval.run().await,
        Command::Bundle(command) => command.run(),
        Command::Audit(command) => command.run(),
    }
}
