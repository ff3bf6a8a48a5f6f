//! An identity provider on this machine, which says what a test has it say.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
};

use axum::{
    Form, Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::{net::TcpListener, sync::Notify, task::JoinHandle};

pub(crate) const CLIENT: &str = "aegis";
pub(crate) const SECRET: &str = "a client's secret";
pub(crate) const ACCESS_TOKEN: &str = "an-access-token-of-the-providers";

/// How a token is signed, or not.
#[derive(Clone, Copy)]
pub(crate) enum SignedBy {
    Key(u8),
    /// HMAC by these bytes.
    Bytes(&'static [u8]),
    /// HMAC by the provider's public key, as whoever reads its key set could.
    PublicKey,
    Nobody,
}

/// A token before it is signed.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) header: Value,
    pub(crate) claims: Value,
    pub(crate) by: SignedBy,
    /// Claims that stand in the place of those that were signed.
    pub(crate) swapped: Option<Value>,
}

/// What the provider does.
pub(crate) struct Script {
    /// Answers to codes: whose challenge, and the ID token.
    codes: HashMap<String, (String, Option<Token>)>,
    used: HashSet<String>,
    pub(crate) discovery: Value,
    pub(crate) keys: Vec<u8>,
    /// What is said of somebody when asked.
    pub(crate) user_info: Value,
    pub(crate) asked: HashMap<&'static str, u32>,
}

#[derive(Clone)]
pub(crate) struct Provider {
    pub(crate) issuer: String,
    pub(crate) script: Arc<Mutex<Script>>,
    end: Arc<Notify>,
    serving: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(Script {
            codes: HashMap::new(),
            used: HashSet::new(),
            discovery: discovery(&issuer),
            keys: vec![1],
            user_info: json!({}),
            asked: HashMap::new(),
        }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discover))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/me", get(user_info))
            .with_state(Arc::clone(&script));
        let end = Arc::new(Notify::new());
        let ends = Arc::clone(&end);
        let serving = axum::serve(listener, router);
        let serving = serving.with_graceful_shutdown(async move { ends.notified().await });
        let serving = tokio::spawn(async move { serving.await.unwrap() });
        Self { issuer, script, end, serving: Arc::new(Mutex::new(Some(serving))) }
    }

    /// From now on nobody listens there; connections that were kept open have ended, too.
    pub(crate) async fn stop(&self) {
        let serving = self.serving.lock().unwrap().take().expect("it is stopped once");
        self.end.notify_one();
        serving.await.unwrap();
    }

    /// Answers this code, once, with this token, to whoever can open the challenge.
    pub(crate) fn answers(&self, code: &str, challenge: &str, token: Option<Token>) {
        self.script.lock().unwrap().codes.insert(code.into(), (challenge.into(), token));
    }

    pub(crate) fn asked(&self, what: &'static str) -> u32 {
        self.script.lock().unwrap().asked.get(what).copied().unwrap_or_default()
    }
}

fn discovery(issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/auth"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/me"),
        "jwks_uri": format!("{issuer}/keys"),
        "end_session_endpoint": format!("{issuer}/end?kind=session"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "authorization_response_iss_parameter_supported": true,
    })
}

type Scripted = State<Arc<Mutex<Script>>>;

fn note(script: &Scripted, what: &'static str) {
    *script.lock().unwrap().asked.entry(what).or_default() += 1;
}

async fn discover(script: Scripted) -> Json<Value> {
    note(&script, "discovery");
    Json(script.lock().unwrap().discovery.clone())
}

async fn keys(script: Scripted) -> Json<Value> {
    note(&script, "keys");
    let keys = script.lock().unwrap().keys.clone();
    Json(json!({ "keys": keys.into_iter().map(public).collect::<Vec<_>>() }))
}

async fn user_info(script: Scripted, headers: HeaderMap) -> Response {
    note(&script, "user info");
    if headers["authorization"] != format!("Bearer {ACCESS_TOKEN}") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    Json(script.lock().unwrap().user_info.clone()).into_response()
}

async fn token(script: Scripted, headers: HeaderMap, Form(asked): Form<HashMap<String, String>>) -> Response {
    let refused = |why: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": why }))).into_response();
    let client = STANDARD.encode(format!("{CLIENT}:{}", SECRET.replace(' ', "+").replace('\'', "%27")));
    if headers.get("authorization").is_none_or(|auth| auth.to_str().unwrap() != format!("Basic {client}")) {
        return refused("invalid_client");
    }
    let mut script = script.lock().unwrap();
    let code = asked["code"].clone();
    let Some((challenge, token)) = script.codes.get(&code).cloned() else { return refused("invalid_grant") };
    let opened = URL_SAFE_NO_PAD.encode(Sha256::digest(asked["code_verifier"].as_bytes()));
    if opened != challenge || !script.used.insert(code) {
        return refused("invalid_grant");
    }
    let mut tokens = json!({ "access_token": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 60 });
    if let Some(token) = token {
        tokens["id_token"] = token.signed().into();
    }
    Json(tokens).into_response()
}

fn key(number: u8) -> SigningKey {
    SigningKey::from_slice(&[number; 32]).unwrap()
}

/// As a key set has it; its name is its number.
fn public(number: u8) -> Value {
    let point = key(number).verifying_key().to_encoded_point(false);
    json!({
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": number.to_string(),
        "x": URL_SAFE_NO_PAD.encode(point.x().unwrap()),
        "y": URL_SAFE_NO_PAD.encode(point.y().unwrap()),
    })
}

impl Token {
    pub(crate) fn new(claims: Value) -> Self {
        let header = json!({ "alg": "ES256", "kid": "1", "typ": "JWT" });
        Self { header, claims, by: SignedBy::Key(1), swapped: None }
    }

    pub(crate) fn signed(&self) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = part(&self.header);
        let signed = format!("{header}.{}", part(&self.claims));
        let signature = match self.by {
            SignedBy::Key(number) => {
                let signature: Signature = key(number).sign(signed.as_bytes());
                signature.to_bytes().to_vec()
            }
            SignedBy::Bytes(secret) => hmac(secret, signed.as_bytes()),
            SignedBy::PublicKey => {
                hmac(key(1).verifying_key().to_encoded_point(false).as_bytes(), signed.as_bytes())
            }
            SignedBy::Nobody => vec![],
        };
        let claims = part(self.swapped.as_ref().unwrap_or(&self.claims));
        format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// What an honest token says of the access token that comes with it.
pub(crate) fn at_hash() -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(ACCESS_TOKEN)[..16])
}

/// HMAC-SHA256 (RFC 2104).
fn hmac(secret: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = [0; 64];
    if secret.len() > block.len() {
        block[..32].copy_from_slice(&Sha256::digest(secret));
    } else {
        block[..secret.len()].copy_from_slice(secret);
    }
    let padded = |pad: u8| block.map(|byte| byte ^ pad);
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().to_vec()
}
