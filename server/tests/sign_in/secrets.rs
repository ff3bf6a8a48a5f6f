//! Secrets that were in somebody's hands are in no log, at no level, in no column of the database, and on no page of
//! what went wrong. Of what a sign-in needs again the database has it, until then.

use axum::http::{Request, StatusCode};
use portal::{
    Environment,
    access::TokenScope,
    identity::{self, SecretKind},
};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    log::Log,
    logout::{order, send},
    provider::{ACCESS_TOKEN, SECRET, SignedBy, Token},
    round::{Begun, Round},
};

/// Every row of every table, as text.
async fn dump(owner: &PgPool) -> String {
    let tables = "select quote_ident(table_name) from information_schema.tables
                  where table_schema = 'public' and table_type = 'BASE TABLE'";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(owner).await.unwrap();
    let mut dump = String::new();
    for table in tables {
        let rows = format!("select coalesce(string_agg(t::text, '\n'), '') from {table} t");
        let rows: String = sqlx::query_scalar(sqlx::AssertSqlSafe(rows)).fetch_one(owner).await.unwrap();
        dump += &format!("{table}\n{rows}\n");
    }
    dump
}

/// What it is, and the secret.
type Secret = (&'static str, String);

/// What the portal itself makes up for a sign-in under way, as its database has it.
async fn made_up(round: &Round, begun: &Begun) -> Vec<Secret> {
    let verifier = "select pkce_verifier from sign_in_attempt where state = $1";
    let verifier: String =
        sqlx::query_scalar(verifier).bind(&begun.asked["state"]).fetch_one(&round.w.owner).await.unwrap();
    let [state, nonce] = ["state", "nonce"].map(|name| begun.asked[name].clone());
    vec![("a state", state), ("a nonce", nonce), ("a PKCE verifier", verifier)]
}

/// Secrets that were in somebody's hands, and the pages that whoever had them was shown.
#[derive(Default)]
struct Planted {
    secrets: Vec<Secret>,
    pages: String,
}

impl Planted {
    fn plant(&mut self, what: &'static str, secret: impl Into<String>) {
        self.secrets.push((what, secret.into()));
    }

    /// Somebody signs in, and somebody else fails to. Returns the session's cookie and the ID token.
    async fn sign_in(&mut self, round: &Round) -> (String, String) {
        let begun = round.begin(&[("to", "/")]).await;
        self.plant("a code", format!("code-{}", begun.asked["state"]));
        self.plant("a sign-in's cookie", begun.cookie.split_once('=').unwrap().1);
        self.secrets.extend(made_up(round, &begun).await);
        let id_token = Token::new(round.claims(&begun, "the owner"));
        let back = round.come_back(&begun, Some(id_token.clone())).await;
        let session = back.cookies["aegis_session_3000"].clone();
        self.plant("a session", &session);
        self.pages += &round.bring(&begun, &[("code", "a-code-that-was-guessed")]).await.text;
        self.plant("a code that was guessed", "a-code-that-was-guessed");

        let begun = round.begin(&[("to", "/")]).await;
        self.secrets.extend(made_up(round, &begun).await);
        let unsigned = Token { by: SignedBy::Nobody, ..Token::new(round.claims(&begun, "eve")) };
        self.pages += &round.come_back(&begun, Some(unsigned.clone())).await.text;
        self.plant("a code that was refused", format!("code-{}", begun.asked["state"]));
        self.plant("an ID token that was refused", unsigned.signed());
        (format!("aegis_session_3000={session}"), id_token.signed())
    }

    /// The provider ends somebody's sessions, and somebody else tries to.
    async fn order(&mut self, round: &Round) {
        let forged = Token { by: SignedBy::Key(2), ..order(round, "order-2", "the owner") };
        let orders =
            [(order(round, "order-1", "somebody else"), StatusCode::OK), (forged, StatusCode::BAD_REQUEST)];
        for (sent, expected) in orders {
            let answered = send(round, &sent).await;
            assert_eq!(answered.status, expected, "{answered:?}");
            self.pages += &answered.text;
            self.plant("a logout token", sent.signed());
        }
    }

    /// Tokens are made, used, and guessed.
    async fn use_tokens(&mut self, round: &Round, cookie: &str) {
        let (_, token) = round.w.token(None, Some(Environment::staging()), &[TokenScope::Opa]).await;
        let issue = || Request::post("/api/v1/tokens").header("cookie", cookie);
        let wanted = json!({ "name": "CI", "scopes": ["policy:read"] }).to_string();
        let issued: Value = serde_json::from_str(&round.ask_in_json(issue(), &wanted).await.text).unwrap();
        let by_api = issued["secret"].as_str().unwrap();
        self.pages += &round.ask_in_json(issue(), "{").await.text;
        let guessed = identity::Secret::fresh(SecretKind::Token);
        let no_session = identity::Secret::fresh(SecretKind::Session);
        self.plant("a token", token.reveal());
        self.plant("a token that the API issued", by_api);
        self.plant("a token that nobody has", guessed.reveal());
        self.plant("a session that nobody has", no_session.reveal());
        for (name, value) in [
            ("authorization", format!("Bearer {}", token.reveal())),
            ("authorization", format!("Bearer {by_api}")),
            ("authorization", format!("Bearer {}", guessed.reveal())),
            ("authorization", format!("Basic {}", guessed.reveal())),
            ("cookie", format!("aegis_session_3000={}", no_session.reveal())),
        ] {
            for path in [
                "/api/v1/fleet",
                "/audit",
                "/opa/staging/discovery",
                "/no/such",
                "/api/v1/exceptions/nothing",
            ] {
                self.pages += &round.ask(Request::get(path).header(name, &value), "").await.text;
            }
        }
        let revoke = Request::post("/api/v1/tokens/none/revoke");
        let revoke = revoke.header("authorization", format!("Bearer {}", guessed.reveal()));
        self.pages += &round.ask(revoke, "{").await.text;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn no_secret_is_in_a_log_the_database_or_a_page_of_what_went_wrong(pool: PgPool) {
    let (log, _logged) = Log::listen();
    let round = Round::new(pool).await;
    let mut planted = Planted::default();
    planted.plant("the client's secret", SECRET);
    planted.plant("an access token", ACCESS_TOKEN);
    let (cookie, id_token) = planted.sign_in(&round).await;
    planted.order(&round).await;
    planted.use_tokens(&round, &cookie).await;
    let Planted { secrets, mut pages } = planted;

    // A sign-in is under way, and something breaks.
    let begun = round.begin(&[("to", "/")]).await;
    let mut in_use = made_up(&round, &begun).await;
    in_use.push(("an ID token", id_token));
    sqlx::query("alter table exception rename to lost").execute(&round.w.owner).await.unwrap();
    let broken = round.ask(Request::get("/exceptions").header("cookie", &cookie), "").await;
    assert_eq!(broken.status, StatusCode::INTERNAL_SERVER_ERROR, "{}", broken.text);
    pages += &broken.text;
    let dumped = dump(&round.w.owner).await;
    pages += &round.ask(Request::post("/sign-out").header("cookie", &cookie), "").await.text;
    pages += &round.bring(&begun, &[("error", "server_error"), ("iss", &round.provider.issuer)]).await.text;
    let after = dump(&round.w.owner).await;

    let log = log.text();
    assert!(log.contains("TRACE") && log.contains("a request failed"), "it was listened");
    assert!(dumped.contains("the owner") && pages.contains("<h1"), "it was looked");
    for (what, secret) in &in_use {
        assert!(dumped.contains(secret), "{what} has to be known again, so it is kept");
    }
    for (what, secret) in &secrets {
        is_in_none(what, secret, &[("the log", &log), ("the database", &dumped), ("a page", &pages)]);
    }
    for (what, secret) in &in_use {
        is_in_none(what, secret, &[("the log", &log), ("the database after", &after), ("a page", &pages)]);
    }
}

fn is_in_none(what: &str, secret: &str, places: &[(&str, &String)]) {
    let in_bytes = hex::encode(secret);
    for (place, text) in places {
        let found = text.lines().find(|line| line.contains(secret) || line.contains(&in_bytes));
        assert!(found.is_none(), "{what} is in {place}: {}", found.unwrap_or_default());
    }
}
