//! What the operator says of the identity provider.

use std::{fmt, net::IpAddr, path::PathBuf, str::FromStr};

use anyhow::{Context, Result, bail};
use clap::Args;
use openidconnect::url::{Host, Url};

/// What is missing to let people in from elsewhere.
pub(crate) const TO_SET: &str = "OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET (or OIDC_CLIENT_SECRET_FILE), PUBLIC_URL, and ADMIN_GROUP or ADMIN_SUBJECT";

/// A text that does not print itself.
#[derive(Clone)]
pub struct Hidden(pub(super) String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl FromStr for Hidden {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

/// Settings of the sign-in: all of them, or none for a demo on this machine.
#[derive(Debug, Clone, Default, Args)]
pub struct SignInSettings {
    /// The identity provider, by its issuer, such as `https://id.example.com`. Without one there are demo people, for
    /// this machine alone.
    #[arg(long, env = "OIDC_ISSUER")]
    pub oidc_issuer: Option<String>,
    /// What the provider calls this portal.
    #[arg(long, env = "OIDC_CLIENT_ID")]
    pub oidc_client_id: Option<String>,
    /// What the portal proves that with.
    #[arg(long, env = "OIDC_CLIENT_SECRET", hide_env_values = true)]
    pub oidc_client_secret: Option<Hidden>,
    /// The file that has it, instead.
    #[arg(long, env = "OIDC_CLIENT_SECRET_FILE")]
    pub oidc_client_secret_file: Option<PathBuf>,
    /// What to ask the provider for beside `openid`, by spaces apart. [default: profile email]
    #[arg(long, env = "OIDC_SCOPES")]
    pub oidc_scopes: Option<String>,
    /// The claim that has somebody's groups. [default: groups]
    #[arg(long, env = "OIDC_GROUPS_CLAIM")]
    pub oidc_groups_claim: Option<String>,
    /// Where else signing in leads browsers, by spaces apart: origins of the provider's other than its issuer's, and of
    /// providers that it passes people on to.
    #[arg(long, env = "OIDC_ORIGINS")]
    pub oidc_origins: Option<String>,
    /// Where browsers reach the portal, such as `https://aegis.example.com`.
    #[arg(long, env = "PUBLIC_URL")]
    pub public_url: Option<String>,
    /// A group of the provider's whose members are admins.
    #[arg(long, env = "ADMIN_GROUP")]
    pub admin_group: Option<String>,
    /// Somebody who is an admin, by their subject at the provider.
    #[arg(long, env = "ADMIN_SUBJECT")]
    pub admin_subject: Option<String>,
}

/// The same, read and found right.
#[derive(Debug, Clone)]
pub struct ProviderSettings {
    pub issuer: Url,
    /// As it was set: an issuer is compared letter by letter.
    pub(super) issuer_text: String,
    pub(super) client_id: String,
    pub(super) client_secret: Hidden,
    pub(super) scopes: Vec<String>,
    pub(super) groups_claim: String,
    /// Beside the issuer's.
    pub(super) origins: Vec<String>,
    pub public_url: Url,
    pub admin_group: Option<String>,
    pub(super) admin_subject: Option<String>,
}

impl SignInSettings {
    /// What to sign people in by; none where nothing of it is set.
    ///
    /// # Errors
    /// Where a part is missing or is not what it must be; the message names the setting.
    pub fn read(&self) -> Result<Option<ProviderSettings>> {
        let Some(issuer) = text(&self.oidc_issuer) else {
            if let Some(name) = self.any_set() {
                bail!("{name} is set, so OIDC_ISSUER has to be");
            }
            return Ok(None);
        };
        let missing = |name: &str| format!("OIDC_ISSUER is set, so {name} has to be");
        let address = secure("OIDC_ISSUER", issuer)?;
        let public_url = text(&self.public_url).with_context(|| missing("PUBLIC_URL"))?;
        let public_url = secure("PUBLIC_URL", public_url)?;
        if public_url.path() != "/" {
            bail!("PUBLIC_URL has a path, {}: the portal answers at the root of its host", public_url.path());
        }
        let (admin_group, admin_subject) = (text(&self.admin_group), text(&self.admin_subject));
        if admin_group.is_none() && admin_subject.is_none() {
            bail!(
                "{}: else nobody would be an admin",
                missing("ADMIN_GROUP (a group of the provider's) or ADMIN_SUBJECT (one person's subject)")
            );
        }
        Ok(Some(ProviderSettings {
            issuer: address,
            issuer_text: issuer.to_owned(),
            client_id: text(&self.oidc_client_id).with_context(|| missing("OIDC_CLIENT_ID"))?.to_owned(),
            client_secret: self.secret()?,
            scopes: self
                .oidc_scopes
                .as_deref()
                .unwrap_or("profile email")
                .split_whitespace()
                .filter(|scope| *scope != "openid")
                .map(str::to_owned)
                .collect(),
            groups_claim: text(&self.oidc_groups_claim).unwrap_or("groups").to_owned(),
            origins: self
                .oidc_origins
                .as_deref()
                .unwrap_or_default()
                .split_whitespace()
                .map(|origin| Ok(secure("OIDC_ORIGINS", origin)?.origin().ascii_serialization()))
                .collect::<Result<_>>()?,
            public_url,
            admin_group: admin_group.map(str::to_owned),
            admin_subject: admin_subject.map(str::to_owned),
        }))
    }

    fn secret(&self) -> Result<Hidden> {
        let set = self.oidc_client_secret.as_ref().filter(|secret| !secret.0.is_empty());
        match (set, &self.oidc_client_secret_file) {
            (Some(_), Some(_)) => {
                bail!("OIDC_CLIENT_SECRET and OIDC_CLIENT_SECRET_FILE are both set: one is enough")
            }
            (Some(secret), None) => Ok(secret.clone()),
            (None, Some(file)) => {
                let read = std::fs::read_to_string(file);
                let secret = read
                    .with_context(|| format!("OIDC_CLIENT_SECRET_FILE: {} cannot be read", file.display()))?;
                if secret.trim().is_empty() {
                    bail!("OIDC_CLIENT_SECRET_FILE: {} is empty", file.display());
                }
                Ok(Hidden(secret.trim().to_owned()))
            }
            (None, None) => {
                bail!("OIDC_ISSUER is set, so OIDC_CLIENT_SECRET or OIDC_CLIENT_SECRET_FILE has to be")
            }
        }
    }

    fn any_set(&self) -> Option<&'static str> {
        let set = [
            ("OIDC_CLIENT_ID", text(&self.oidc_client_id).is_some()),
            (
                "OIDC_CLIENT_SECRET",
                self.oidc_client_secret.as_ref().is_some_and(|secret| !secret.0.is_empty()),
            ),
            ("OIDC_CLIENT_SECRET_FILE", self.oidc_client_secret_file.is_some()),
            ("OIDC_SCOPES", text(&self.oidc_scopes).is_some()),
            ("OIDC_GROUPS_CLAIM", text(&self.oidc_groups_claim).is_some()),
            ("PUBLIC_URL", text(&self.public_url).is_some()),
            ("ADMIN_GROUP", text(&self.admin_group).is_some()),
            ("ADMIN_SUBJECT", text(&self.admin_subject).is_some()),
        ];
        set.into_iter().find(|(_, set)| *set).map(|(name, _)| name)
    }
}

/// What is set to nothing is not set.
fn text(set: &Option<String>) -> Option<&str> {
    set.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

/// An address that nobody on the way can read along with; on this machine there is no way.
fn secure(name: &str, address: &str) -> Result<Url> {
    let url = Url::parse(address).ok().filter(Url::has_host);
    let url = url.with_context(|| {
        format!("{name} is {address:?}, and takes an address such as https://id.example.com")
    })?;
    if url.scheme() != "https" && !(url.scheme() == "http" && is_here(&url)) {
        bail!("{name} is {address:?}, and has to begin with https://: http is for this machine alone");
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        bail!("{name} is {address:?}, and takes an address without a query, a fragment or a user");
    }
    Ok(url)
}

fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Hidden, SignInSettings};

    fn whole() -> SignInSettings {
        SignInSettings {
            oidc_issuer: Some("https://id.example".into()),
            oidc_client_id: Some("aegis".into()),
            oidc_client_secret: Some(Hidden("s3cret".into())),
            public_url: Some("https://aegis.example/".into()),
            admin_group: Some("aegis-admins".into()),
            ..SignInSettings::default()
        }
    }

    fn fault(settings: &SignInSettings) -> String {
        settings.read().expect_err("it is not whole").to_string()
    }

    #[test]
    fn nothing_set_is_a_demo_and_all_of_it_is_a_provider() {
        assert!(SignInSettings::default().read().unwrap().is_none());
        let read = whole().read().unwrap().unwrap();
        assert_eq!(read.scopes, ["profile", "email"]);
        assert_eq!(read.groups_claim, "groups");
        assert_eq!(read.issuer_text, "https://id.example");
        assert!(!format!("{read:?}").contains("s3cret"), "{read:?}");
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        type Spoil = fn(&mut SignInSettings);
        let cases: [(Spoil, &str); 12] = [
            (|s| s.oidc_issuer = None, "OIDC_CLIENT_ID is set, so OIDC_ISSUER has to be"),
            (|s| s.oidc_client_id = Some(" ".into()), "OIDC_ISSUER is set, so OIDC_CLIENT_ID has to be"),
            (|s| s.oidc_client_secret = None, "OIDC_CLIENT_SECRET or OIDC_CLIENT_SECRET_FILE"),
            (|s| s.oidc_client_secret_file = Some("x".into()), "both set"),
            (|s| s.public_url = None, "PUBLIC_URL has to be"),
            (|s| s.public_url = Some("https://aegis.example/portal".into()), "PUBLIC_URL has a path"),
            (|s| s.public_url = Some("http://aegis.example".into()), "PUBLIC_URL is"),
            (|s| s.oidc_issuer = Some("id.example".into()), "OIDC_ISSUER is"),
            (|s| s.oidc_issuer = Some("https://id.example?x=1".into()), "without a query"),
            (|s| s.oidc_issuer = Some("http://127.0.0.1.example".into()), "has to begin with https"),
            (
                |s| s.oidc_origins = Some("https://a.example b.example".into()),
                "OIDC_ORIGINS is \"b.example\"",
            ),
            (|s| s.admin_group = None, "ADMIN_GROUP"),
        ];
        for (spoil, says) in cases {
            let mut settings = whole();
            spoil(&mut settings);
            assert!(fault(&settings).contains(says), "{says}: {}", fault(&settings));
        }
        let mut here = whole();
        here.oidc_issuer = Some("http://127.0.0.1:9000".into());
        here.public_url = Some("http://localhost:3000".into());
        assert!(here.read().is_ok());
    }

    #[test]
    fn a_secret_is_read_from_its_file_less_the_line_end() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        let mut settings = whole();
        (settings.oidc_client_secret, settings.oidc_client_secret_file) = (None, Some(file.clone()));
        assert!(fault(&settings).contains("cannot be read"));
        std::fs::write(&file, "\n").unwrap();
        assert!(fault(&settings).contains("is empty"));
        std::fs::write(&file, "from a file\n").unwrap();
        assert_eq!(settings.read().unwrap().unwrap().client_secret.0, "from a file");
    }
}
