//! What the provider says of itself: its addresses and its keys (OpenID Connect Discovery 1.0).

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::{
    AdditionalProviderMetadata, IssuerUrl, ProviderMetadata,
    core::{
        CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType,
        CoreSubjectIdentifierType,
    },
    url::Url,
};
use serde::{Deserialize, Serialize};

use super::{Failure, Provider};

/// How long it is gone by: a provider changes its keys, and says so nowhere else.
const FRESH: TimeDelta = TimeDelta::hours(1);
/// How soon it is asked again after it failed, whoever wants to sign in meanwhile.
const AGAIN: TimeDelta = TimeDelta::seconds(2);
/// How often keys are read anew because one is not known: anybody can make a key's name up.
const UNKNOWN_KEY: TimeDelta = TimeDelta::minutes(1);

pub(super) type Metadata = ProviderMetadata<
    More,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// Beyond discovery itself.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct More {
    /// OpenID Connect RP-Initiated Logout 1.0.
    pub(super) end_session_endpoint: Option<Url>,
    /// RFC 9207: its answers say whose they are.
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for More {}

/// What is known, and when it was asked for last.
#[derive(Default)]
pub(super) struct Known {
    metadata: Option<Arc<Metadata>>,
    read_at: DateTime<Utc>,
    asked_at: Option<DateTime<Utc>>,
}

impl Provider {
    /// What the provider says of itself, not long ago.
    pub(super) async fn metadata(&self, now: DateTime<Utc>) -> Result<Arc<Metadata>, Failure> {
        // One asks at a time, and the others wait for what it finds.
        let mut known = self.known.lock().await;
        match &known.metadata {
            Some(metadata) if now < known.read_at + FRESH => return Ok(Arc::clone(metadata)),
            _ if known.asked_at.is_some_and(|asked| now < asked + AGAIN) => {}
            _ => self.read(&mut known, now).await,
        }
        known.metadata.clone().ok_or(Failure::Away)
    }

    /// The same, read anew because of a key that is not known; none where that was done a moment ago.
    pub(super) async fn metadata_anew(&self, now: DateTime<Utc>) -> Option<Arc<Metadata>> {
        let mut known = self.known.lock().await;
        if known.asked_at.is_some_and(|asked| now < asked + UNKNOWN_KEY) {
            return None;
        }
        self.read(&mut known, now).await;
        known.metadata.clone()
    }

    /// Asks. What was known stays so where there is no answer.
    async fn read(&self, known: &mut Known, now: DateTime<Utc>) {
        known.asked_at = Some(now);
        // As it was set: an issuer is compared letter by letter, and a parsed address may end otherwise.
        let issuer =
            IssuerUrl::new(self.settings.issuer_text.clone()).expect("the settings read it as an address");
        match Metadata::discover_async(issuer, &self.caller).await {
            Ok(metadata) if self.leads_safely(&metadata) => {
                self.tell_of_origins(&metadata);
                (known.metadata, known.read_at) = (Some(Arc::new(metadata)), now);
            }
            Ok(_) => tracing::error!("the identity provider names an address that is not https"),
            Err(error) => tracing::warn!(error = %told(&error), "the identity provider cannot be asked"),
        }
    }

    /// A browser stops where a form leads to what no page of ours named.
    fn tell_of_origins(&self, metadata: &Metadata) {
        let named = self.leads_to();
        for address in led_to(metadata) {
            let origin = address.origin().ascii_serialization();
            if !named.contains(&origin) {
                tracing::error!(origin, "browsers do not go on to there: add it to OIDC_ORIGINS");
            }
        }
    }

    /// Whether browsers are only led to addresses that nobody on the way can read along with.
    fn leads_safely(&self, metadata: &Metadata) -> bool {
        let schemes = [Some("https"), (self.settings.issuer.scheme() == "http").then_some("http")];
        led_to(metadata).all(|address| schemes.contains(&Some(address.scheme())))
    }
}

/// Where a browser is led to.
fn led_to(metadata: &Metadata) -> impl Iterator<Item = &Url> {
    let end = metadata.additional_metadata().end_session_endpoint.as_ref();
    [Some(metadata.authorization_endpoint().url()), end].into_iter().flatten()
}

/// An error with its causes.
pub(super) fn told(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |told, cause| format!("{told}: {cause}"))
}
