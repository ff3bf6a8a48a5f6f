//! ID tokens: what of them counts, and what they say (OpenID Connect Core 1.0, section 3.1.3.7).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, ClaimsVerificationError, ClientId, EndUserEmail, EndUserName,
    EndUserUsername, IdToken, IdTokenClaims, IdTokenVerifier, IssuerUrl, LocalizedClaim, Nonce,
    OAuth2TokenResponse, SignatureVerificationError, TokenResponse, UserInfoClaims, UserInfoError,
    core::{CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm},
};
use portal::identity::{Proven, ProviderSession};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    ALGORITHMS, Failure, LEEWAY, Provider, Tokens,
    known::{Metadata, told},
};

/// Characters of a subject (OpenID Connect Core 1.0, section 2), and of a session's name at the provider.
pub(super) const LONGEST_NAME: usize = 255;

/// Claims beyond the standard ones, among them the groups.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Extra {
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl AdditionalClaims for Extra {}

type Token = IdToken<Extra, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;
type Claims = IdTokenClaims<Extra, CoreGenderClaim>;

impl Provider {
    /// What the tokens prove.
    pub(super) async fn verified(
        &self,
        tokens: &Tokens,
        nonce: &Nonce,
        metadata: &Arc<Metadata>,
        now: DateTime<Utc>,
    ) -> Result<Proven, Failure> {
        let token = tokens.id_token().ok_or(Failure::Refused("it sent no ID token"))?;
        let verifier = self.verifier(metadata, now);
        let (claims, verifier) = match token.claims(&verifier, nonce) {
            Err(error) if is_unknown_key(&error) => {
                let metadata = self.metadata_anew(now).await.ok_or_else(|| refused(&error))?;
                let verifier = self.verifier(&metadata, now);
                (token.claims(&verifier, nonce).map_err(|error| refused(&error))?, verifier)
            }
            claims => (claims.map_err(|error| refused(&error))?, verifier),
        };
        self.check_party(claims)?;
        check_access_token(token, tokens, claims, &verifier)?;
        tell_of_clocks(claims, now);
        let subject = claims.subject().as_str();
        if subject.is_empty() || subject.chars().count() > LONGEST_NAME {
            return Err(Failure::Refused("its ID token is of nobody"));
        }
        let mut said = Said::of_token(claims, &self.settings.groups_claim);
        if said.lacks_something() && metadata.userinfo_endpoint().is_some() {
            said = said.or(self.user_info(tokens, claims, metadata).await?);
        }
        let extra = claims.additional_claims();
        Ok(Proven {
            issuer: self.settings.issuer_text.clone(),
            subject: subject.to_owned(),
            name: said.name.unwrap_or_default(),
            email: said.email,
            groups: said.groups.unwrap_or_default(),
            admin: self.settings.admin_subject.as_deref() == Some(subject),
            session: ProviderSession {
                id: extra.text("sid").filter(|sid| sid.chars().count() <= LONGEST_NAME),
                id_token: Some(token.to_string()),
                // By a clock before ours it would count for longer.
                proven_at: claims.auth_time().map(|at| at.min(now)),
                browser: String::new(),
            },
        })
    }

    fn verifier(&self, metadata: &Metadata, now: DateTime<Utc>) -> IdTokenVerifier<'static, CoreJsonWebKey> {
        let client = ClientId::new(self.settings.client_id.clone());
        let issuer: IssuerUrl = metadata.issuer().clone();
        // Without the client's secret: nothing that is signed with that is taken.
        IdTokenVerifier::new_public_client(client, issuer, metadata.jwks().clone())
            .set_allowed_algs(ALGORITHMS)
            .set_time_fn(move || now - LEEWAY)
            .set_issue_time_verifier_fn(move |at| {
                if at > now + LEEWAY { Err("issued in the future".into()) } else { Ok(()) }
            })
    }

    /// Whom it was issued to, where it says so.
    fn check_party(&self, claims: &Claims) -> Result<(), Failure> {
        match claims.authorized_party() {
            Some(party) if party.as_str() != self.settings.client_id => {
                tracing::warn!(party = party.as_str(), "an ID token was issued to another client");
                Err(Failure::Refused("its ID token was issued to another client"))
            }
            _ => Ok(()),
        }
    }

    /// What the token does not say the provider may say when it is asked (OpenID Connect Core 1.0, section 5.3).
    async fn user_info(
        &self,
        tokens: &Tokens,
        claims: &Claims,
        metadata: &Metadata,
    ) -> Result<Said, Failure> {
        let client = self.client(metadata)?;
        let request = client
            .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
            .map_err(|_| Failure::Refused("it has no place to ask about you"))?;
        let asked = request.request_async::<Extra, _, CoreGenderClaim>(&self.caller).await;
        asked.map(|said| Said::of_user_info(&said, &self.settings.groups_claim)).map_err(|error| {
            tracing::warn!(error = %told(&error), "the identity provider does not say who somebody is");
            match error {
                UserInfoError::Request(_) => Failure::Away,
                _ => Failure::Refused("what it says of you cannot be read"),
            }
        })
    }
}

/// An access token that was put in the place of another's is found out, where the ID token names it.
fn check_access_token(
    token: &Token,
    tokens: &Tokens,
    claims: &Claims,
    verifier: &IdTokenVerifier<'_, CoreJsonWebKey>,
) -> Result<(), Failure> {
    let Some(named) = claims.access_token_hash() else { return Ok(()) };
    let hash = token
        .signing_alg()
        .and_then(|algorithm| Ok((algorithm, token.signing_key(verifier)?)))
        .ok()
        .and_then(|(algorithm, key)| AccessTokenHash::from_token(tokens.access_token(), algorithm, key).ok());
    match hash {
        Some(hash) if hash == *named => Ok(()),
        _ => Err(Failure::Refused("its access token is not the one that its ID token names")),
    }
}

/// Whoever runs the two machines learns that their clocks differ before it is too much.
fn tell_of_clocks(claims: &Claims, now: DateTime<Utc>) {
    let (issued, expires) = (claims.issue_time(), claims.expiration());
    if issued > now || expires <= now {
        tracing::warn!(%issued, %expires, %now, "the identity provider's clock is not ours; within the leeway");
    }
}

fn is_unknown_key(error: &ClaimsVerificationError) -> bool {
    use SignatureVerificationError::NoMatchingKey;
    matches!(error, ClaimsVerificationError::SignatureVerification(NoMatchingKey))
}

fn refused(error: &ClaimsVerificationError) -> Failure {
    use ClaimsVerificationError as Error;
    use SignatureVerificationError as Signature;
    tracing::warn!(error = %told(error), "an ID token was refused");
    Failure::Refused(match error {
        Error::Expired(_) => "its ID token is of another time",
        Error::InvalidAudience(_) => "its ID token is for another client",
        Error::InvalidIssuer(_) => "its ID token is of another provider",
        Error::InvalidNonce(_) => "its ID token is of another sign-in",
        Error::SignatureVerification(Signature::NoMatchingKey | Signature::AmbiguousKeyId(_)) => {
            "its ID token is signed by a key that is not known"
        }
        Error::SignatureVerification(
            Signature::NoSignature | Signature::DisallowedAlg(_) | Signature::UnsupportedAlg(_),
        ) => "its ID token is not signed, or not in a way that is taken",
        Error::SignatureVerification(_) => "its ID token is not signed by it",
        _ => "its ID token cannot be read",
    })
}

/// What was said of somebody, in the token or when asked.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    name: Option<String>,
    email: Option<String>,
    groups: Option<Vec<String>>,
}

impl Said {
    fn of_token(claims: &Claims, groups: &str) -> Self {
        let name = name(claims.name(), claims.preferred_username());
        Self { name, email: email(claims.email()), groups: claims.additional_claims().groups(groups) }
    }

    fn of_user_info(claims: &UserInfoClaims<Extra, CoreGenderClaim>, groups: &str) -> Self {
        let name = name(claims.name(), claims.preferred_username());
        Self { name, email: email(claims.email()), groups: claims.additional_claims().groups(groups) }
    }

    fn lacks_something(&self) -> bool {
        self.name.is_none() || self.groups.is_none()
    }

    fn or(self, other: Self) -> Self {
        Self {
            name: self.name.or(other.name),
            email: self.email.or(other.email),
            groups: self.groups.or(other.groups),
        }
    }
}

fn name(name: Option<&LocalizedClaim<EndUserName>>, known_as: Option<&EndUserUsername>) -> Option<String> {
    let name = name.and_then(|name| name.get(None).or_else(|| name.iter().next().map(|(_, name)| name)));
    name.map(|name| name.as_str()).or(known_as.map(|name| name.as_str())).map(str::to_owned)
}

fn email(email: Option<&EndUserEmail>) -> Option<String> {
    email.map(|email| email.as_str().to_owned())
}

impl Extra {
    fn text(&self, claim: &str) -> Option<String> {
        self.rest.get(claim)?.as_str().map(str::to_owned)
    }

    /// Groups as providers write them: a list of names, or the only one.
    fn groups(&self, claim: &str) -> Option<Vec<String>> {
        match self.rest.get(claim)? {
            Value::Array(groups) => {
                Some(groups.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            }
            Value::String(group) => Some(vec![group.clone()]),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Extra, Said};

    #[test]
    fn groups_are_a_list_of_names_or_the_only_one() {
        let extra = |value| Extra { rest: [("groups".to_owned(), value)].into_iter().collect() };
        assert_eq!(extra(json!(["a", 1, "b"])).groups("groups"), Some(vec!["a".into(), "b".into()]));
        assert_eq!(extra(json!("a")).groups("groups"), Some(vec!["a".into()]));
        assert_eq!(extra(json!({"a": 1})).groups("groups"), None);
        assert_eq!(extra(json!([])).groups("roles"), None);
    }

    #[test]
    fn what_the_token_says_goes_before_what_is_said_when_asked() {
        let token = Said { name: Some("Ann".into()), email: None, groups: None };
        let asked = Said { name: Some("Eve".into()), email: Some("a@x".into()), groups: Some(vec![]) };
        assert!(token.lacks_something());
        let said = token.or(asked);
        assert_eq!(said, Said { name: Some("Ann".into()), email: Some("a@x".into()), groups: Some(vec![]) });
    }
}
