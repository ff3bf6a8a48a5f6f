//! The demo of `make run`: two real OPAs beside the portal, and what a newcomer is told.
//!
//! The main program starts the portal, makes the people, the tokens and the first releases; what stands here
//! takes those as plain data: [`opas`] describes the two, [`start`] runs one, [`greeting()`] says what to try, and
//! [`told_to_stop`] returns when it is over. Everything that was started ends with this process, however it ends.

mod clock;
mod greeting;
mod opa;

use std::path::Path;

use anyhow::{Context, Result, bail};
use tokio::signal::unix::{SignalKind, signal};

pub use self::{
    clock::WoundClock,
    greeting::{Greeting, greeting},
    opa::{Opa, Running, boot_config, start},
};

/// Which environments the demo has an OPA in, in the order of `OPA_PORTS`.
pub const ENVIRONMENTS: [&str; 2] = ["staging", "production"];

/// The two ports that `OPA_PORTS` names, such as `8181,8182`.
///
/// # Errors
/// When they are not two different ports.
pub fn ports(text: &str) -> Result<[u16; 2]> {
    let ports: Vec<u16> = text
        .split(',')
        .map(|port| port.trim().parse().with_context(|| format!("OPA_PORTS: {port:?} is not a port")))
        .collect::<Result<_>>()?;
    match ports[..] {
        [staging, production] if staging != production && staging != 0 && production != 0 => {
            Ok([staging, production])
        }
        _ => bail!("OPA_PORTS takes two different ports, staging's and production's, such as 8181,8182"),
    }
}

/// The demo's OPAs: one an environment, each with a token of that environment and a folder below the data folder.
#[must_use]
pub fn opas(bin: &Path, ports: [u16; 2], tokens: [String; 2], portal_url: &str, data_dir: &Path) -> [Opa; 2] {
    let [staging, production] = tokens;
    [(0, staging), (1, production)].map(|(at, token)| Opa {
        bin: bin.to_owned(),
        port: ports[at],
        environment: ENVIRONMENTS[at].to_owned(),
        token,
        portal_url: portal_url.to_owned(),
        folder: data_dir.join("opa").join(ENVIRONMENTS[at]),
    })
}

/// Returns when somebody presses Ctrl-C, closes the terminal, or sends SIGTERM.
///
/// # Errors
/// When the process may not listen for signals.
pub async fn told_to_stop() -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_ports_are_taken_and_nothing_else() {
        assert_eq!(ports("8181,8182").unwrap(), [8181, 8182]);
        assert_eq!(ports(" 1 , 65535 ").unwrap(), [1, 65535]);
        for wrong in ["", "8181", "8181,8181", "8181,8182,8183", "0,8182", "8181,65536", "8181;8182", "a,b"] {
            assert!(ports(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn each_environment_has_its_own_opa() {
        let tokens = ["s".to_owned(), "p".to_owned()];
        let [staging, production] =
            opas(Path::new("opa"), [1, 2], tokens, "http://127.0.0.1:3000", Path::new("/data"));
        assert_eq!((staging.environment.as_str(), staging.port, staging.token.as_str()), ("staging", 1, "s"));
        assert_eq!(production.folder, Path::new("/data/opa/production"));
    }
}
