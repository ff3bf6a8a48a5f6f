//! Folders are taken in a few at a time.

use std::{sync::Arc, time::Duration};

use axum::{Extension, body::Body, http::Request};
use portal::{
    Actor,
    testing::{POLICY, POLICY_TEST, World},
};
use rego::worker::program_for_tests;
use server::{Site, Turns};
use sqlx::PgPool;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tower::ServiceExt;

use crate::{
    caller::{Api, Heard, options},
    policies::form,
};

const SOON: Duration = Duration::from_millis(200);

async fn with(pool: PgPool, turns: Turns) -> Api {
    let w = World::new(pool).await;
    let mut site = Site::new(w.portal.clone(), options(), program_for_tests());
    site.imports = Arc::new(turns);
    Api::of(w, site).await
}

async fn push(api: &Api, author: &Actor) -> Heard {
    let (kind, body) = form(&[("s3.rego", POLICY), ("s3_test.rego", POLICY_TEST)]);
    let request = Request::post("/api/v1/changesets").header("content-type", kind);
    api.send(request, author, body.into()).await
}

#[sqlx::test(migrations = "../migrations")]
async fn folders_that_come_together_are_checked_one_after_the_other(pool: PgPool) {
    let api = with(pool, Turns::new(1, Duration::from_secs(60), SOON)).await;
    let author = api.w.author().await;
    let (a, b, c) = tokio::join!(push(&api, &author), push(&api, &author), push(&api, &author));
    assert_eq!((a.status, b.status, c.status), (201, 201, 201), "{}", c.json);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_folder_whose_turn_does_not_come_is_told_to_come_again(pool: PgPool) {
    let api = with(pool, Turns::new(0, SOON, SOON)).await;
    let (author, reader) = (api.w.author().await, api.w.requester().await);
    let refused = push(&api, &author).await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, "2"));
    let title = refused.json["title"].as_str().unwrap();
    assert!(title.contains("again in a few seconds"), "{title}");
    assert_eq!(push(&api, &reader).await.status, 403, "whoever may not push waits for nothing");

    let (kind, body) = form(&[("s3.rego", POLICY)]);
    let form = Request::post("/changesets").header("content-type", kind).header("accept", "text/html");
    let led = api.send(form, &author, body.into()).await;
    assert_eq!((led.status, led.header("location")), (303, "/changesets/new?failed=503"));
    let page = api.get(&author, "/changesets/new?failed=503").await;
    let page = String::from_utf8_lossy(&page.bytes).into_owned();
    assert!(page.contains("Too many folders are being checked just now"), "{page}");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_folder_that_stalls_on_its_way_keeps_no_turn(pool: PgPool) {
    let api = with(pool, Turns::new(1, Duration::from_secs(60), SOON)).await;
    let author = api.w.author().await;
    let router = server::router(&api.site).layer(Extension(author.clone()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut stalled = TcpStream::connect(address).await.unwrap();
    let head = "POST /api/v1/changesets HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/gzip\r\ncontent-length: 99\r\n\r\nx";
    stalled.write_all(head.as_bytes()).await.unwrap();
    let mut status = [0; 12];
    stalled.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 408");
    assert_eq!(push(&api, &author).await.status, 201);
    let nothing =
        Request::post("/api/v1/changesets").header("host", "localhost").body(Body::empty()).unwrap();
    let stranger = server::router(&api.site).oneshot(nothing).await.unwrap();
    assert_eq!(stranger.status(), 401);
}
