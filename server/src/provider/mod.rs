//! The identity provider: how somebody proves there who they are (OpenID Connect Core 1.0, authorization code flow).
//!
//! A sign-in is of one browser: `state`, `nonce` and the PKCE verifier (RFC 7636, S256) are kept for the browser that
//! began it, and taken once. An answer counts only if it is of this issuer, for this client, signed by a key of the
//! provider's and of this sign-in. Whatever else comes is refused with one of a few sentences, and logged with its cause.

mod caller;
mod known;
mod logout;
mod settings;
mod verified;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::{
    AuthType, AuthenticationFlow, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenFields, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, StandardErrorResponse,
    StandardTokenResponse,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim,
        CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreResponseType,
        CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
    },
    url::Url,
};
use portal::identity::{Attempt, Proven, SESSION};
use serde::Deserialize;
use tokio::sync::Mutex;

pub(crate) use self::settings::TO_SET;
pub use self::settings::{Hidden, ProviderSettings, SignInSettings};
use self::{
    caller::{Caller, NotCalled},
    known::{Known, Metadata, told},
    verified::Extra,
};

/// How far the provider's clock may be from ours. What lies between is logged.
pub(crate) const LEEWAY: TimeDelta = TimeDelta::minutes(5);
/// How long ago somebody may have proved to the provider who they are: as long as a session lasts here.
const LONGEST: Duration = Duration::from_secs(SESSION.num_seconds().unsigned_abs());
/// How a provider may sign: with a key that it keeps to itself. By a shared secret whoever has ours could, too, and
/// a public key must never pass for one (RFC 8725, section 2.1).
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

type Fields = IdTokenFields<
    Extra,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Tokens = StandardTokenResponse<Fields, CoreTokenType>;
type Client = openidconnect::Client<
    Extra,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The provider, as it was set.
pub struct Provider {
    settings: ProviderSettings,
    caller: Caller,
    known: Mutex<Known>,
}

/// Why somebody was not signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It does not answer, or not as a provider does: it may in a while.
    Away,
    /// What came does not prove anything; why, in a sentence of ours.
    Refused(&'static str),
}

/// What the provider has the browser bring back.
#[derive(Default, Deserialize)]
pub(crate) struct Answer {
    code: Option<String>,
    pub(crate) state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

impl Provider {
    /// Nothing is asked of it yet: it may come up after the portal.
    pub fn new(settings: ProviderSettings) -> anyhow::Result<Self> {
        let caller = Caller::new(&settings.issuer)?;
        Ok(Self { settings, caller, known: Mutex::default() })
    }

    /// Whether browsers reach the portal by https.
    pub(crate) fn is_secure(&self) -> bool {
        self.settings.public_url.scheme() == "https"
    }

    /// What browsers say of a request that a page of the portal's sent.
    pub(crate) fn portals_origin(&self) -> String {
        self.settings.public_url.origin().ascii_serialization()
    }

    /// The origins that signing in and out lead a browser through.
    pub(crate) fn leads_to(&self) -> Vec<String> {
        let provider = self.settings.issuer.origin().ascii_serialization();
        std::iter::once(provider).chain(self.settings.origins.iter().cloned()).collect()
    }

    /// A group whose members are admins.
    #[must_use]
    pub fn admin_group(&self) -> Option<&str> {
        self.settings.admin_group.as_deref()
    }

    /// Begins a sign-in: where to lead the browser, and what to know again when it comes back.
    ///
    /// With `anew` the provider is to ask them, whether or not it knows them still. The age is asked for in any case:
    /// only then does it have to say when it last did (OpenID Connect Core 1.0, section 3.1.2.1).
    pub(crate) async fn begin(
        &self,
        leads_to: String,
        kept: Option<String>,
        anew: bool,
        now: DateTime<Utc>,
    ) -> Result<(Url, Attempt), Failure> {
        let client = self.client(&*self.metadata_if_there(now).await?)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
        let scopes = self.settings.scopes.iter().cloned().map(Scope::new);
        let mut asked = client
            .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
            .set_pkce_challenge(challenge)
            .add_scopes(scopes)
            .set_max_age(if anew { Duration::ZERO } else { LONGEST });
        if anew {
            // Some providers know one of the two alone.
            asked = asked.add_prompt(CoreAuthPrompt::Login);
        }
        let (address, state, nonce) = asked.url();
        let attempt = Attempt {
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            pkce_verifier: verifier.into_secret(),
            leads_to,
            kept,
            anew,
            begun_at: now,
        };
        Ok((address, attempt))
    }

    /// What the answer proves, once the code in it was exchanged for tokens. That it is of this browser was seen to.
    pub(crate) async fn finish(
        &self,
        answer: Answer,
        attempt: &Attempt,
        now: DateTime<Utc>,
    ) -> Result<Proven, Failure> {
        let metadata = self.metadata(now).await?;
        self.check_issuer(&answer, &metadata)?;
        if let Some(error) = &answer.error {
            return Err(Failure::Refused(refused_there(error)));
        }
        let code = answer.code.ok_or(Failure::Refused("its answer has no code"))?;
        let exchange = self.client(&metadata)?;
        let exchange = exchange
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|_| Failure::Refused("it has no token endpoint"))?
            .set_pkce_verifier(PkceCodeVerifier::new(attempt.pkce_verifier.clone()));
        let tokens = exchange.request_async(&self.caller).await.map_err(|error| not_exchanged(&error))?;
        let proven = self.verified(&tokens, &Nonce::new(attempt.nonce.clone()), &metadata, now).await?;
        check_proof(attempt, proven.session.proven_at)?;
        Ok(proven)
    }

    /// A browser that talks to two providers must not bring one's answer for the other's (RFC 9207).
    fn check_issuer(&self, answer: &Answer, metadata: &Metadata) -> Result<(), Failure> {
        let always = metadata.additional_metadata().authorization_response_iss_parameter_supported;
        match &answer.iss {
            Some(issuer) if *issuer != self.settings.issuer_text => {
                Err(Failure::Refused("the answer is of another provider"))
            }
            None if always => Err(Failure::Refused("the answer does not say of which provider it is")),
            _ => Ok(()),
        }
    }

    /// Where the browser signs out of the provider too; none where it has no such place, or is away.
    pub(crate) async fn end_of_session(&self, id_token: Option<&str>, now: DateTime<Utc>) -> Option<Url> {
        let metadata = self.metadata_if_there(now).await.ok()?;
        let mut address = metadata.additional_metadata().end_session_endpoint.clone()?;
        let mut query = address.query_pairs_mut();
        if let Some(token) = id_token {
            query.append_pair("id_token_hint", token);
        }
        query.append_pair("client_id", &self.settings.client_id);
        query.append_pair("post_logout_redirect_uri", self.address("/sign-in").as_str());
        drop(query);
        Some(address)
    }

    fn client(&self, metadata: &Metadata) -> Result<Client, Failure> {
        let settings = &self.settings;
        let (id, secret) = (ClientId::new(settings.client_id.clone()), settings.client_secret.0.clone());
        // Basic is the default, and some offer the other way alone (OpenID Connect Core 1.0, section 9).
        let offered = metadata.token_endpoint_auth_methods_supported().map_or(&[][..], Vec::as_slice);
        let only_in_body = offered.contains(&CoreClientAuthMethod::ClientSecretPost)
            && !offered.contains(&CoreClientAuthMethod::ClientSecretBasic);
        let auth = if only_in_body { AuthType::RequestBody } else { AuthType::BasicAuth };
        let client = Client::from_provider_metadata(metadata.clone(), id, Some(ClientSecret::new(secret)));
        let back = RedirectUrl::from_url(self.address("/sign-in/callback"));
        Ok(client.set_redirect_uri(back).set_auth_type(auth))
    }

    fn address(&self, path: &str) -> Url {
        let mut address = self.settings.public_url.clone();
        address.set_path(path);
        address
    }
}

/// Whoever was to prove anew who they are has done so since (OpenID Connect Core 1.0, section 3.1.3.7, step 13): a
/// provider that led them back unasked has proved nothing.
fn check_proof(attempt: &Attempt, proven_at: Option<DateTime<Utc>>) -> Result<(), Failure> {
    match proven_at {
        Some(at) if at < attempt.begun_at - SESSION - LEEWAY => {
            Err(Failure::Refused("it asked you too long ago who you are"))
        }
        _ if !attempt.anew => Ok(()),
        Some(at) if at >= attempt.begun_at - LEEWAY => Ok(()),
        Some(_) => Err(Failure::Refused("it did not ask you anew who you are")),
        None => Err(Failure::Refused("it does not say when it last asked you who you are")),
    }
}

/// What the provider said in place of an answer, as far as it is a word of the protocol (RFC 6749, section 4.1.2.1;
/// OpenID Connect Core 1.0, section 3.1.2.6).
fn refused_there(error: &str) -> &'static str {
    match error {
        "access_denied" => "it denied access (access_denied)",
        "login_required" => "it wants a sign-in there first (login_required)",
        "interaction_required" | "consent_required" | "account_selection_required" => {
            "it wants something of you there first"
        }
        "server_error" | "temporarily_unavailable" => "it is in trouble itself; try again in a while",
        "invalid_request" | "unauthorized_client" | "unsupported_response_type" | "invalid_scope" => {
            "it does not take what this portal asks for: its operator looks at the settings"
        }
        _ => "it answered with an error",
    }
}

fn not_exchanged(
    error: &RequestTokenError<NotCalled, StandardErrorResponse<CoreErrorResponseType>>,
) -> Failure {
    match error {
        RequestTokenError::ServerResponse(said) => {
            let said = said.error();
            tracing::warn!(?said, "the identity provider did not take a code");
            Failure::Refused("it did not take its own code: it was used before, or is too old")
        }
        RequestTokenError::Request(cause) => {
            tracing::warn!(error = %told(cause), "the identity provider cannot be reached");
            Failure::Away
        }
        // Its cause only, never its body, which has tokens.
        RequestTokenError::Parse(cause, _) => {
            tracing::warn!(error = %cause, "what the identity provider sent in exchange for a code cannot be read");
            Failure::Refused("what it sent in exchange for its code cannot be read")
        }
        RequestTokenError::Other(what) => {
            tracing::warn!(error = what, "the identity provider's answer to a code is none");
            Failure::Refused("what it sent in exchange for its code cannot be read")
        }
    }
}
