//! Secrets that were in somebody's hands are in no log, at no level, in no column of the database, and on no page of
//! what went wrong.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use axum::http::{Request, StatusCode};
use portal::{
    Environment,
    access::TokenScope,
    identity::{self, SecretKind},
};
use sqlx::PgPool;
use tracing_subscriber::util::SubscriberInitExt;

use crate::{
    provider::{ACCESS_TOKEN, SECRET, Token},
    round::Round,
};

/// What was logged, down to the least of it.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

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

#[sqlx::test(migrations = "../migrations")]
async fn no_secret_is_in_a_log_the_database_or_a_page_of_what_went_wrong(pool: PgPool) {
    let log = Log::default();
    let written = log.clone();
    let _logged = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || written.clone())
        .set_default();
    let round = Round::new(pool).await;
    let mut planted =
        vec![("the client's secret", SECRET.to_owned()), ("an access token", ACCESS_TOKEN.into())];
    let mut pages = String::new();

    // Somebody signs in, and somebody else fails to.
    let begun = round.begin(&[("to", "/")]).await;
    let claims = round.claims(&begun, "the owner");
    planted.push(("a code", format!("code-{}", begun.asked["state"])));
    planted.push(("a sign-in's cookie", begun.cookie.split_once('=').unwrap().1.to_owned()));
    let back = round.come_back(&begun, Some(Token::new(claims.clone()))).await;
    let session = back.cookies["aegis_session_3000"].clone();
    planted.push(("a session", session.clone()));
    pages += &round.bring(&begun, &[("code", "a-code-that-was-guessed")]).await.text;
    planted.push(("a code that was guessed", "a-code-that-was-guessed".into()));
    let begun = round.begin(&[("to", "/")]).await;
    let refused = round
        .come_back(&begun, Some(Token { by: crate::provider::SignedBy::Nobody, ..Token::new(claims) }))
        .await;
    planted.push(("a code that was refused", format!("code-{}", begun.asked["state"])));
    pages += &refused.text;

    // Tokens are made, used, and guessed.
    let (_, token) = round.w.token(None, Some(Environment::staging()), &[TokenScope::Opa]).await;
    planted.push(("a token", token.reveal().to_owned()));
    let guessed = identity::Secret::fresh(SecretKind::Token);
    planted.push(("a token that nobody has", guessed.reveal().to_owned()));
    let no_session = identity::Secret::fresh(SecretKind::Session);
    planted.push(("a session that nobody has", no_session.reveal().to_owned()));
    for (name, value) in [
        ("authorization", format!("Bearer {}", token.reveal())),
        ("authorization", format!("Bearer {}", guessed.reveal())),
        ("authorization", format!("Basic {}", guessed.reveal())),
        ("cookie", format!("aegis_session_3000={}", no_session.reveal())),
    ] {
        for path in
            ["/api/v1/fleet", "/audit", "/opa/staging/discovery", "/no/such", "/api/v1/exceptions/nothing"]
        {
            pages += &round.ask(Request::get(path).header(name, &value), "").await.text;
        }
    }
    let revoke = Request::post("/api/v1/tokens/none/revoke");
    pages +=
        &round.ask(revoke.header("authorization", format!("Bearer {}", guessed.reveal())), "{").await.text;

    // And something breaks.
    let cookie = format!("aegis_session_3000={session}");
    sqlx::query("alter table exception rename to lost").execute(&round.w.owner).await.unwrap();
    let broken = round.ask(Request::get("/exceptions").header("cookie", &cookie), "").await;
    assert_eq!(broken.status, StatusCode::INTERNAL_SERVER_ERROR, "{}", broken.text);
    pages += &broken.text;
    let dump = dump(&round.w.owner).await;
    pages += &round.ask(Request::post("/sign-out").header("cookie", &cookie), "").await.text;

    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.contains("TRACE") && log.contains("a request failed"), "it was listened");
    assert!(dump.contains("the owner") && pages.contains("<h1"), "it was looked");
    for (what, secret) in &planted {
        let in_bytes = hex::encode(secret);
        for (place, text) in [("the log", &log), ("the database", &dump), ("a page", &pages)] {
            let found = text.lines().find(|line| line.contains(secret) || line.contains(&in_bytes));
            assert!(found.is_none(), "{what} is in {place}: {}", found.unwrap_or_default());
        }
    }
}
