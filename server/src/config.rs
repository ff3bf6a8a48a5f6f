//! What the operator may set, all of it by variables of the environment.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use anyhow::{Context, Result, bail};
use clap::Args;
use portal::{
    Settings,
    key::Keys,
    object::{Bucket, Folder, ObjectStore, S3Settings},
};
use rego::{
    check::Namespaces,
    opa::Opa,
    worker::{Config as Workers, Drafts},
};

use crate::{
    provider::{ProviderSettings, SignInSettings, TO_SET},
    safe::LimitSettings,
};

/// Settings of the server.
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// The address to listen on. Without an identity provider it must be a loopback one.
    #[arg(long, env = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub address: IpAddr,
    /// The port to listen on; cookies are named by it, so that two portals of one machine do not share them.
    #[arg(long, env = "PORT", default_value_t = 3000)]
    pub port: u16,
    /// Where keys, archives and the private Postgres live.
    #[arg(long, env = "DATA_DIR", default_value = "data")]
    pub data_dir: PathBuf,
    /// A Postgres to use instead of a private one: a role that owns nothing.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, requires = "database_owner_url")]
    pub database_url: Option<String>,
    /// The role that owns that database's tables; it migrates.
    #[arg(long, env = "DATABASE_OWNER_URL", hide_env_values = true, requires = "database_url")]
    pub database_owner_url: Option<String>,
    /// A bucket to keep archives in instead of a folder.
    #[arg(long, env = "S3_BUCKET")]
    pub s3_bucket: Option<String>,
    /// The S3 server that has the bucket, where it is not Amazon's own.
    #[arg(long, env = "S3_ENDPOINT")]
    pub s3_endpoint: Option<String>,
    /// The bucket's region.
    #[arg(long, env = "AWS_REGION", default_value = "us-east-1")]
    pub s3_region: String,
    /// Who signs requests to the bucket.
    #[arg(long, env = "AWS_ACCESS_KEY_ID", hide_env_values = true)]
    pub s3_access_key: Option<String>,
    /// What they sign with.
    #[arg(long, env = "AWS_SECRET_ACCESS_KEY", hide_env_values = true)]
    pub s3_secret_key: Option<String>,
    /// Where signing keys are, if not in the data folder; all servers are given the same ones.
    #[arg(long, env = "KEYS_DIR")]
    pub keys_dir: Option<PathBuf>,
    /// The client's files, as the build writes them.
    #[arg(long, env = "SITE_ROOT", default_value = "target/site")]
    pub site_root: PathBuf,
    #[command(flatten, next_help_heading = "Sign-in")]
    pub sign_in: SignInSettings,
    #[command(flatten, next_help_heading = "Limits")]
    pub limits: LimitSettings,
}

impl Config {
    pub fn socket(&self) -> SocketAddr {
        SocketAddr::new(self.address, self.port)
    }

    /// Where this machine's programs reach the portal.
    pub fn url(&self) -> String {
        format!("http://{}", self.socket())
    }

    /// What people sign in by; none for a demo on this machine. It says what is wrong before anything is started.
    ///
    /// # Errors
    /// Where a setting of the sign-in is missing or wrong, or strangers could sign in as the demo's people.
    pub fn provider(&self) -> Result<Option<ProviderSettings>> {
        let provider = self.sign_in.read()?;
        if provider.is_none() && !self.address.is_loopback() {
            bail!(
                "ADDRESS is {}, and without an identity provider anybody who reaches the portal could sign in: \
                 set {TO_SET}, or use a loopback address, such as 127.0.0.1",
                self.address
            );
        }
        Ok(provider)
    }

    /// What the portal works with: keys, object store, workers, `opa`.
    pub fn settings(&self, program: PathBuf, demo: bool) -> Result<Settings> {
        let keys_dir = self.keys_dir.clone().unwrap_or_else(|| self.data_dir.join("keys"));
        let keys =
            Keys::open(&keys_dir).with_context(|| format!("the signing keys in {}", keys_dir.display()))?;
        let opa = opa();
        if opa.is_none() {
            tracing::warn!(
                "there is no `opa` here: its checks will not be run, and production requires them"
            );
        }
        Ok(Settings {
            objects: self.objects()?,
            keys,
            drafts: Drafts::new(Workers { program, ..Workers::drafts() }),
            opa,
            namespaces: Namespaces::default(),
            demo,
        })
    }

    fn objects(&self) -> Result<ObjectStore> {
        let Some(bucket) = self.s3_bucket.clone() else {
            return Ok(ObjectStore::Folder(Folder::new(self.data_dir.join("bundles"))));
        };
        let missing = |name: &str| format!("S3_BUCKET is set, so {name} has to be");
        Ok(ObjectStore::Bucket(Bucket::new(S3Settings {
            endpoint: self.s3_endpoint.clone(),
            region: self.s3_region.clone(),
            bucket,
            access_key: self.s3_access_key.clone().with_context(|| missing("AWS_ACCESS_KEY_ID"))?,
            secret_key: self.s3_secret_key.clone().with_context(|| missing("AWS_SECRET_ACCESS_KEY"))?,
        })))
    }
}

/// The `opa` that set-up built, unless `OPA_BIN` names another.
pub fn opa() -> Option<Opa> {
    Opa::find(rego::opa::place_in_cache().as_deref())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::Config;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        config: Config,
    }

    #[test]
    fn without_a_provider_only_a_loopback_address_is_listened_on() {
        let url = "postgres://x";
        let common = ["aegis-portal", "--database-url", url, "--database-owner-url", url, "--address"];
        let config = |address: &str| Cli::parse_from(common.into_iter().chain([address])).config;
        for here in ["127.0.0.1", "127.9.9.9", "::1"] {
            assert!(config(here).provider().unwrap().is_none(), "{here}");
        }
        for elsewhere in ["0.0.0.0", "::", "10.0.0.1"] {
            let refused = config(elsewhere).provider().unwrap_err().to_string();
            for setting in [
                "ADDRESS",
                "OIDC_ISSUER",
                "OIDC_CLIENT_ID",
                "OIDC_CLIENT_SECRET",
                "PUBLIC_URL",
                "ADMIN_GROUP",
            ] {
                assert!(refused.contains(setting), "{setting} is missing in {refused}");
            }
        }
    }
}
