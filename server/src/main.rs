//! `aegis-portal`: the server, and the demo around it.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result, bail};
use axum::serve::ListenerExt;
use clap::{Args, Parser, Subcommand};
use leptos::prelude::LeptosOptions;
use portal::{
    Portal,
    clock::{Clock, SystemClock},
    id::counted,
};
use server::{
    Site,
    config::{self, Config},
    demo::{self, Greeting, WoundClock},
    postgres::Postgres,
    provider::Provider,
    set_up,
};
use tokio::net::TcpListener;

// An evaluation is mostly allocation, and a worker is this same binary: a quarter faster with this one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The Aegis Policy Portal: a control plane for Open Policy Agent.
#[derive(Parser)]
#[command(name = "aegis-portal", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the portal.
    Serve(Config),
    /// Serves the portal with demo people, the shipped policies in force, and an OPA each for staging and
    /// production.
    Demo(Demo),
    /// Records that an older state of the database was restored, and lets a portal that is read-only go on. A portal
    /// that has its own Postgres is stopped meanwhile.
    Restore(Restore),
}

#[derive(Args)]
struct Restore {
    #[command(flatten)]
    config: Config,
    /// Why, as the audit will tell it.
    #[arg(long)]
    reason: String,
}

#[derive(Args)]
struct Demo {
    #[command(flatten)]
    config: Config,
    /// Ports of the two OPAs: staging's, then production's.
    #[arg(long, env = "OPA_PORTS", default_value = "8181,8182")]
    opa_ports: String,
    /// The folder of policies to put in force where nothing is.
    #[arg(long, env = "POLICIES_DIR", default_value = "policies")]
    policies: PathBuf,
    /// A file that tells the time, which then stands still until the file is another, and ids are counted instead
    /// of drawn: two runs show the same. For pictures.
    #[arg(long, env = "DEMO_CLOCK")]
    clock: Option<PathBuf>,
}

fn main() -> ExitCode {
    rego::worker::become_worker_if_asked();
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        // The causes, and no back trace: what goes wrong here is the operator's to mend.
        Err(error) => {
            eprintln!("aegis-portal: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| "info,sqlx=warn,tower_http=warn".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    let command = Cli::parse().command;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        match command {
            Command::Serve(config) => serve(config).await,
            Command::Demo(demo) => run_demo(demo).await,
            Command::Restore(restored) => restore(restored).await,
        }
    })
}

/// A portal that serves, and the Postgres below it if that is ours.
struct Started {
    site: Site,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
    postgres: Option<Postgres>,
}

async fn serve(config: Config) -> Result<()> {
    let started = start(&config, SystemClock).await?;
    tracing::info!(url = config.url(), "serving");
    demo::told_to_stop().await?;
    started.stop()
}

async fn start(config: &Config, clock: impl Clock) -> Result<Started> {
    let provider = config.provider()?.map(Provider::new).transpose()?;
    std::fs::create_dir_all(&config.data_dir)
        .with_context(|| format!("the data folder {} cannot be made", config.data_dir.display()))?;
    // The port first: it is the likeliest thing to be taken, and costs nothing to find out.
    let listener = TcpListener::bind(config.socket())
        .await
        .with_context(|| format!("port {} is taken: choose another by PORT", config.port))?;
    let program = PathBuf::from("/proc/self/exe");
    let (portal, postgres) = open(config, clock, program.clone(), provider.is_none()).await?;
    if portal::audit::log::look(&portal).await.is_ok_and(|read_only| read_only) {
        tracing::error!("{}", portal::Error::ReadOnly);
    }
    match &provider {
        None => set_up::people(&portal).await?,
        Some(provider) => set_up::admins(&portal, provider.admin_group()).await?,
    }
    let options = LeptosOptions::builder()
        .output_name("app")
        .site_root(config.site_root.display().to_string())
        .site_addr(config.socket())
        .build();
    let site = Site::new(portal, options, program).limited_by(&config.limits);
    let site = match provider {
        None => site,
        Some(provider) => site.signing_in_by(provider),
    };
    site.run();
    // A page is written in several pieces: without this each waits for the one before to be received.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let router = server::router(&site).into_make_service_with_connect_info::<SocketAddr>();
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(Started { site, serving, postgres })
}

/// The portal on its database, which is brought up to date first.
async fn open(
    config: &Config,
    clock: impl Clock,
    program: PathBuf,
    demo: bool,
) -> Result<(Portal, Option<Postgres>)> {
    let (urls, postgres) = match (&config.database_owner_url, &config.database_url) {
        (Some(owner), Some(serving)) => ((owner.clone(), serving.clone()), None),
        _ => {
            let data_dir = config.data_dir.clone();
            let postgres = tokio::task::spawn_blocking(move || Postgres::start(&data_dir)).await??;
            ((postgres.owner_url(), postgres.server_url()), Some(postgres))
        }
    };
    portal::migrate(&urls.0).await.context("the database could not be brought up to date")?;
    Ok((Portal::open(&urls.1, clock, config.settings(program, demo)?)?, postgres))
}

async fn restore(Restore { config, reason }: Restore) -> Result<()> {
    let demo = config.provider()?.is_none();
    let (portal, postgres) = open(&config, SystemClock, PathBuf::from("/proc/self/exe"), demo).await?;
    let restored = portal::audit::log::restore(&portal, &reason).await;
    postgres.map_or(Ok(()), Postgres::stop)?;
    let restored = restored.context("the restore was not recorded")?;
    println!(
        "recorded: the audit's log goes on as branch {} with {} entries",
        restored.branch, restored.size
    );
    Ok(())
}

impl Started {
    /// Held polls are cut: OPA asks again, and goes on with what it has meanwhile.
    fn stop(self) -> Result<()> {
        self.serving.abort();
        self.postgres.map_or(Ok(()), Postgres::stop)
    }
}

async fn run_demo(demo: Demo) -> Result<()> {
    if demo.config.provider()?.is_some() {
        bail!("OIDC_ISSUER is set, and the demo has people of its own: start `aegis-portal serve`");
    }
    let ports = demo::ports(&demo.opa_ports)?;
    let opa =
        config::opa().context("there is no `opa` here: run scripts/setup run, or name one by OPA_BIN")?;
    let data_dir = absolute(&demo.config.data_dir)?;
    let started = match &demo.clock {
        None => start(&demo.config, SystemClock).await?,
        Some(file) => {
            let clock = WoundClock::open(file)?;
            counted::begin();
            start(&demo.config, clock).await?
        }
    };
    let portal = &started.site.portal;
    set_up::policies(portal, &demo.policies).await?;
    let (mut ids, mut tokens) = (Vec::new(), Vec::new());
    for environment in demo::ENVIRONMENTS {
        let (id, token) = set_up::opa_token(portal, environment.parse()?).await?;
        ids.push(id);
        tokens.push(token);
    }
    let tokens = <[String; 2]>::try_from(tokens).expect("there are two environments");
    let opas = demo::opas(opa.program(), ports, tokens, &demo.config.url(), &data_dir);
    let mut running = opas.iter().map(demo::start).collect::<Result<Vec<_>>>()?;
    for opa in &mut running {
        opa.wait_until_loaded().await?;
    }
    set_up::revoke_earlier_tokens(portal, &ids).await?;
    let people: Vec<_> =
        set_up::PEOPLE.iter().map(|(name, about, _)| (name.to_string(), about.to_string())).collect();
    let greeting =
        Greeting { portal_url: &demo.config.url(), people: &people, opas: &opas, data_dir: &data_dir };
    println!("{}", demo::greeting(&greeting));
    demo::told_to_stop().await?;
    println!("stopping");
    for opa in running {
        opa.stop()?;
    }
    started.stop()
}

fn absolute(path: &std::path::Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("{} is no path", path.display()))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{Cli, Command};

    #[test]
    fn only_a_demo_has_a_clock_that_can_be_wound() {
        let url = "postgres://x";
        let common = ["--database-url", url, "--database-owner-url", url, "--clock", "moment"];
        let clock = |command| Cli::try_parse_from(["aegis-portal", command].into_iter().chain(common));
        assert!(matches!(clock("demo").unwrap().command, Command::Demo(demo) if demo.clock.is_some()));
        assert!(clock("serve").is_err());
    }
}
