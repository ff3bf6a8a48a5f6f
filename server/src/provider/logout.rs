//! Logout tokens, by which the provider says that somebody's session is over (OpenID Connect Back-Channel Logout
//! 1.0, sections 2.4 and 2.6).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::{
    JsonWebKey, JsonWebKeyAlgorithm, JsonWebKeyUse, JwsSigningAlgorithm,
    core::{CoreJsonWebKey, CoreJwsSigningAlgorithm},
};
use portal::identity::LogoutOrder;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::{ALGORITHMS, Failure, LEEWAY, Provider, known::Metadata, verified::LONGEST_NAME};

/// The one event that a logout token is about.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// How old an order may be: it is sent as it is made.
const OLDEST: TimeDelta = TimeDelta::minutes(10);

#[derive(Deserialize)]
struct Header {
    alg: Value,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    iat: i64,
    exp: Option<i64>,
    jti: String,
    sub: Option<String>,
    sid: Option<String>,
    events: Map<String, Value>,
    nonce: Option<Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// A token in its parts, of which none counts yet.
struct Parts<'a> {
    header: Header,
    signed: &'a str,
    claims: &'a str,
    signature: Vec<u8>,
}

impl Provider {
    /// What the token orders, if it is the provider's own and of now. That it comes once the portal sees to.
    pub(crate) async fn logout_order(&self, token: &str, now: DateTime<Utc>) -> Result<LogoutOrder, Failure> {
        let unread = Failure::Refused("the logout token cannot be read");
        let parts = Parts::of(token).ok_or(unread)?;
        let algorithm = parts.algorithm()?;
        let metadata = self.metadata(now).await?;
        let signed = match parts.is_signed_by(&metadata, &algorithm) {
            // Nobody has such a key: it may be a new one.
            None => match self.metadata_anew(now).await {
                Some(metadata) => parts.is_signed_by(&metadata, &algorithm),
                None => None,
            },
            signed => signed,
        };
        if signed != Some(true) {
            return Err(Failure::Refused("the logout token is not signed by the provider"));
        }
        let claims: Claims = decoded(parts.claims).ok_or(unread)?;
        claims.order(&self.settings.issuer_text, &self.settings.client_id, now)
    }
}

impl<'a> Parts<'a> {
    fn of(token: &'a str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        Some(Self { header: decoded(header)?, signed, claims, signature })
    }

    fn algorithm(&self) -> Result<CoreJwsSigningAlgorithm, Failure> {
        let kind = self.header.typ.as_deref().map(str::to_ascii_lowercase);
        let kind = kind.as_deref().map(|kind| kind.trim_start_matches("application/"));
        // A new one says what it is, so that no other token passes for it; an old one may not.
        let of_kind = matches!(kind, None | Some("logout+jwt" | "jwt"));
        let algorithm = CoreJwsSigningAlgorithm::deserialize(&self.header.alg).ok();
        algorithm
            .filter(|algorithm| of_kind && self.header.crit.is_none() && ALGORITHMS.contains(algorithm))
            .ok_or(Failure::Refused("the logout token is not signed, or not in a way that is taken"))
    }

    /// None where no key of these could have signed it.
    fn is_signed_by(&self, metadata: &Metadata, algorithm: &CoreJwsSigningAlgorithm) -> Option<bool> {
        let keys = metadata.jwks().keys().iter();
        let mut keys = keys.filter(|key| self.may_be_of(key, algorithm)).peekable();
        keys.peek()?;
        Some(keys.any(|key| key.verify_signature(algorithm, self.signed.as_bytes(), &self.signature).is_ok()))
    }

    fn may_be_of(&self, key: &CoreJsonWebKey, algorithm: &CoreJwsSigningAlgorithm) -> bool {
        let named = self.header.kid.as_deref();
        named.is_none_or(|named| key.key_id().is_some_and(|id| id.as_str() == named))
            && key.key_use().is_none_or(JsonWebKeyUse::allows_signature)
            && algorithm.key_type().as_ref() == Some(key.key_type())
            && match key.signing_alg() {
                JsonWebKeyAlgorithm::Algorithm(only) => only == algorithm,
                JsonWebKeyAlgorithm::Unspecified => true,
                JsonWebKeyAlgorithm::Unsupported => false,
            }
    }
}

impl Claims {
    fn order(self, issuer: &str, client: &str, now: DateTime<Utc>) -> Result<LogoutOrder, Failure> {
        let for_us = match &self.aud {
            Audience::One(audience) => audience == client,
            Audience::Several(audiences) => {
                !audiences.is_empty() && audiences.iter().all(|audience| audience == client)
            }
        };
        let at = |seconds| DateTime::from_timestamp(seconds, 0);
        let issued = at(self.iat).is_some_and(|iat| iat <= now + LEEWAY && iat >= now - OLDEST);
        let lasts = self.exp.is_none_or(|exp| at(exp).is_some_and(|exp| exp > now - LEEWAY));
        let fits =
            |name: &String| !name.is_empty() && name.chars().count() <= LONGEST_NAME && !name.contains('\0');
        let of_somebody = self.sub.is_some() || self.sid.is_some();
        let names = [Some(&self.jti), self.sub.as_ref(), self.sid.as_ref()];
        let refused = |why| Err(Failure::Refused(why));
        if self.iss != issuer {
            return refused("the logout token is of another provider");
        }
        if !for_us {
            return refused("the logout token is for another client");
        }
        if !issued || !lasts {
            return refused("the logout token is of another time");
        }
        if self.nonce.is_some() || !self.events.get(EVENT).is_some_and(Value::is_object) {
            return refused("the logout token is another kind of token");
        }
        if !of_somebody || !names.into_iter().flatten().all(fits) {
            return refused("the logout token names nobody");
        }
        Ok(LogoutOrder { issuer: self.iss, id: self.jti, subject: self.sub, session: self.sid })
    }
}

fn decoded<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
