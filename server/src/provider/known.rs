//! What the provider says of itself: its addresses and its keys (OpenID Connect Discovery 1.0).

use std::{sync::Arc, time::Duration};

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
use tokio::time::timeout;

use super::{Failure, Provider};

/// How long it is gone by: a provider changes its keys, and says so nowhere else.
const FRESH: TimeDelta = TimeDelta::hours(1);
/// How long it is taken to be there after it answered. Whoever is led to where nobody listens is told nothing by us; so
/// this is short, and long enough that a crowd that signs in asks it once.
const THERE: TimeDelta = TimeDelta::seconds(5);
/// How long somebody who wants to sign in waits for what it says.
const SAYS_WITHIN: Duration = Duration::from_secs(3);
/// How soon it is asked again after it failed, whoever wants to sign in meanwhile. Not sooner than it has had its time,
/// or those who wait would wait for each other.
const AGAIN: TimeDelta = TimeDelta::seconds(3);
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

/// What is known, and when it was asked for last: by whomever, and because of a key.
#[derive(Default)]
pub(super) struct Known {
    metadata: Option<Arc<Metadata>>,
    read_at: DateTime<Utc>,
    asked_at: Option<DateTime<Utc>>,
    unknown_key_at: Option<DateTime<Utc>>,
}

impl Known {
    fn was_read_within(&self, time: TimeDelta, now: DateTime<Utc>) -> bool {
        now < self.read_at + time
    }

    fn was_asked_for_within(&self, time: TimeDelta, now: DateTime<Utc>) -> bool {
        self.asked_at.is_some_and(|asked| now < asked + time)
    }
}

impl Provider {
    /// What the provider says of itself, if it is there: it answered a moment ago, or does now.
    pub(super) async fn metadata_if_there(&self, now: DateTime<Utc>) -> Result<Arc<Metadata>, Failure> {
        let mut known = self.known.lock().await;
        if !known.was_read_within(THERE, now) && !known.was_asked_for_within(AGAIN, now) {
            self.read(&mut known, now).await;
        }
        let there = known.was_read_within(THERE, now);
        known.metadata.clone().filter(|_| there).ok_or(Failure::Away)
    }

    /// What the provider says of itself, not long ago.
    pub(super) async fn metadata(&self, now: DateTime<Utc>) -> Result<Arc<Metadata>, Failure> {
        // One asks at a time, and the others wait for what it finds.
        let mut known = self.known.lock().await;
        if !known.was_read_within(FRESH, now) && !known.was_asked_for_within(AGAIN, now) {
            self.read(&mut known, now).await;
        }
        known.metadata.clone().ok_or(Failure::Away)
    }

    /// The same, read anew because of a key that is not known; none where that was done in the last minute, or it was
    /// asked a moment ago.
    pub(super) async fn metadata_anew(&self, now: DateTime<Utc>) -> Option<Arc<Metadata>> {
        let mut known = self.known.lock().await;
        let lately = known.unknown_key_at.is_some_and(|at| now < at + UNKNOWN_KEY);
        if lately || known.was_asked_for_within(THERE, now) {
            return None;
        }
        known.unknown_key_at = Some(now);
        self.read(&mut known, now).await;
        known.metadata.clone()
    }

    /// Asks. What was known stays so where there is no answer.
    async fn read(&self, known: &mut Known, now: DateTime<Utc>) {
        // As it was set: an issuer is compared letter by letter, and a parsed address may end otherwise.
        let issuer =
            IssuerUrl::new(self.settings.issuer_text.clone()).expect("the settings read it as an address");
        match timeout(SAYS_WITHIN, Metadata::discover_async(issuer, &self.caller)).await {
            Ok(Ok(metadata)) if self.leads_safely(&metadata) => {
                self.tell_of_origins(&metadata);
                (known.metadata, known.read_at) = (Some(Arc::new(metadata)), now);
            }
            Ok(Ok(_)) => tracing::error!("the identity provider names an address that is not https"),
            Ok(Err(error)) => tracing::warn!(error = %told(&error), "the identity provider cannot be asked"),
            Err(_late) => tracing::warn!(within = ?SAYS_WITHIN, "the identity provider does not answer"),
        }
        // Not before: whoever hangs up meanwhile has found out nothing for others.
        known.asked_at = Some(now);
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
