//! The object store, as a folder and as a bucket of a real S3 server: the same rules hold in both.

#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use portal::{
    Actor, Error,
    access::Job,
    audit::log,
    identity,
    object::{Bucket, Folder, ObjectError, ObjectStore, S3Settings},
    testing::World,
};
use sqlx::PgPool;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::TcpStream,
    sync::Notify,
};

/// A `versitygw` that serves a folder as S3, until it is dropped.
struct Gateway {
    process: Child,
    port: u16,
}

impl Gateway {
    /// Each folder below `root` is a bucket.
    fn start(root: &Path) -> Self {
        let program =
            std::env::var_os("VERSITYGW_BIN").expect("tests need versitygw: run scripts/setup test");
        let port = rego::free_port();
        let process = Command::new(program)
            .args(["--access", "key", "--secret", "secret", "--port", &format!("127.0.0.1:{port}"), "posix"])
            .arg("--sidecar")
            .arg(root.join(".sidecar"))
            .arg(root.join("buckets"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("versitygw can be run");
        let gateway = Self { process, port };
        let start = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(start.elapsed() < Duration::from_secs(10), "versitygw does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        gateway
    }

    fn store(&self) -> ObjectStore {
        Self::store_at(self.port)
    }

    fn store_at(port: u16) -> ObjectStore {
        ObjectStore::Bucket(Bucket::new(S3Settings {
            endpoint: Some(format!("http://127.0.0.1:{port}")),
            region: "us-east-1".into(),
            bucket: "aegis-policy-bundles".into(),
            access_key: "key".into(),
            secret_key: "secret".into(),
        }))
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

fn served() -> (TempDir, Gateway) {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(root.path().join("buckets/aegis-policy-bundles")).unwrap();
    std::fs::create_dir(root.path().join(".sidecar")).unwrap();
    let gateway = Gateway::start(root.path());
    (root, gateway)
}

async fn keeps_its_rules(store: &ObjectStore) {
    let (first, second) = (Bytes::from_static(b"first"), Bytes::from_static(b"second"));
    assert_eq!(store.get("provisioning/v1.0.0.tar.gz").await.unwrap(), None);
    store.create("provisioning/v1.0.0.tar.gz", &first).await.unwrap();
    store.create("provisioning/v1.0.0.tar.gz", &first).await.expect("the same again changes nothing");
    let other = store.create("provisioning/v1.0.0.tar.gz", &second).await;
    assert!(matches!(other, Err(ObjectError::Taken(_))), "{other:?}");
    assert_eq!(store.get("provisioning/v1.0.0.tar.gz").await.unwrap(), Some(first.clone()));

    store.replace("provisioning/latest.tar.gz", &first, 1).await.unwrap();
    store.replace("provisioning/latest.tar.gz", &second, 2).await.unwrap();
    assert_eq!(store.get("provisioning/latest.tar.gz").await.unwrap(), Some(second));
}

#[tokio::test]
async fn a_folder_writes_once_what_never_changes() {
    let folder = tempfile::tempdir().unwrap();
    keeps_its_rules(&ObjectStore::Folder(Folder::new(folder.path()))).await;
}

#[tokio::test]
async fn a_bucket_writes_once_what_never_changes() {
    let (_root, gateway) = served();
    keeps_its_rules(&gateway.store()).await;
}

#[tokio::test]
async fn of_many_writers_of_one_key_one_wins() {
    let (_root, gateway) = served();
    let writers = (0..8).map(|n| {
        let store = gateway.store();
        tokio::spawn(
            async move { store.create("ai/v1.0.0.tar.gz", &Bytes::from(format!("writer {n}"))).await },
        )
    });
    let mut won = 0;
    for writer in writers.collect::<Vec<_>>() {
        match writer.await.unwrap() {
            Ok(()) => won += 1,
            Err(refused) => assert!(matches!(refused, ObjectError::Taken(_)), "{refused:?}"),
        }
    }
    assert_eq!(won, 1);
}

/// A way to the gateway on which a `PUT` waits until it is let go.
async fn slow_way(to: u16) -> (u16, Arc<Notify>, Arc<Notify>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (came, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (told, waits) = (Arc::clone(&came), Arc::clone(&go));
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let (told, waits) = (Arc::clone(&told), Arc::clone(&waits));
            tokio::spawn(async move {
                let far = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
                let ((mut asks, mut hears), (mut answers, mut asked)) = (near.into_split(), far.into_split());
                tokio::spawn(async move { copy(&mut answers, &mut hears).await });
                let mut bytes = vec![0; 1 << 16];
                while let Ok(length @ 1..) = asks.read(&mut bytes).await {
                    if bytes.starts_with(b"PUT ") {
                        told.notify_one();
                        waits.notified().await;
                    }
                    asked.write_all(&bytes[..length]).await.unwrap();
                }
            });
        }
    });
    (port, came, go)
}

#[tokio::test]
async fn a_buckets_latest_never_goes_back() {
    let (_root, gateway) = served();
    let store = gateway.store();
    let key = "provisioning/latest.tar.gz";
    let release = |n: i64| Bytes::from(format!("release {n}"));
    for n in [1, 2] {
        store.replace(key, &release(n), n).await.unwrap();
    }
    let earlier = store.replace(key, &release(1), 1).await;
    assert!(matches!(earlier, Err(ObjectError::Overtaken(_))), "{earlier:?}");
    store.replace(key, &release(2), 2).await.expect("the same again does no harm");

    // It looked before the fourth was there, and writes after it.
    let (port, came, go) = slow_way(gateway.port).await;
    let late = tokio::spawn(async move { Gateway::store_at(port).replace(key, &release(3), 3).await });
    came.notified().await;
    store.replace(key, &release(4), 4).await.unwrap();
    go.notify_one();
    let late = late.await.unwrap();
    assert!(matches!(late, Err(ObjectError::Overtaken(_))), "{late:?}");
    assert_eq!(store.get(key).await.unwrap(), Some(release(4)));
}

#[tokio::test]
async fn a_bucket_that_is_away_is_told_as_such() {
    let (_root, gateway) = served();
    let store = gateway.store();
    drop(gateway);
    let away = store.get("ai/v1.0.0.tar.gz").await;
    assert!(matches!(away, Err(ObjectError::Store { .. })), "{away:?}");
}

const CHECKPOINTS: &str = "buckets/aegis-policy-bundles/audit/checkpoint";

/// Three more entries, with their places in the log.
async fn with_entries(w: &World) {
    for name in ["ann", "bob", "cat"] {
        identity::enrol(&w.portal, &Actor::Job(Job::SetUp), name, "", &[], false).await.unwrap();
    }
    while log::sequence(&w.portal).await.unwrap() > 0 {}
}

/// What an older dump has: no more than the first three entries.
async fn taken_back(w: &World) {
    let sql = "alter table audit disable trigger all; alter table audit_leaf disable trigger all;
               alter table audit_checkpoint disable trigger all;
               delete from audit_leaf where index >= 3; delete from audit_checkpoint where size > 3;
               delete from audit where seq not in (select entry from audit_leaf);
               alter table audit enable trigger all; alter table audit_leaf enable trigger all;
               alter table audit_checkpoint enable trigger all;";
    sqlx::raw_sql(sql).execute(&w.owner).await.unwrap();
}

#[sqlx::test(migrations = "../migrations")]
async fn checkpoints_go_to_a_bucket_and_are_written_once(pool: PgPool) {
    let (root, gateway) = served();
    let w = World::kept_in(pool, gateway.store()).await;
    with_entries(&w).await;
    let signed = log::checkpoint(&w.portal, true).await.unwrap().unwrap();
    let key: evidence::PublicKey = log::public_key(&w.portal).parse().unwrap();
    let (store, name) = (gateway.store(), format!("audit/checkpoint/1/{:020}", signed.size));
    for name in ["audit/checkpoint/latest", &name] {
        let note = store.get(name).await.unwrap().unwrap();
        assert_eq!(key.open(str::from_utf8(&note).unwrap()).as_ref(), Ok(&signed), "{name}");
    }
    let other = store.create(&name, &Bytes::from_static(b"another")).await;
    assert!(matches!(other, Err(ObjectError::Taken(_))), "{other:?}");

    // Another tree of that size is not signed, also with the newest checkpoint gone.
    with_entries(&w).await;
    log::checkpoint(&w.portal, true).await.unwrap();
    taken_back(&w).await;
    std::fs::remove_file(root.path().join(CHECKPOINTS).join("latest")).unwrap();
    let elsewhere = w.without_demo_people().await;
    identity::enrol(&elsewhere, &Actor::Job(Job::SetUp), "eve", "", &[], false).await.unwrap();
    for _entry in 0..2 {
        identity::enrol(&elsewhere, &Actor::Job(Job::SetUp), "eve", "", &[], false).await.unwrap();
    }
    assert_eq!(log::sequence(&elsewhere).await.unwrap(), 3);
    assert_eq!(log::checkpoint(&w.portal, true).await, Err(Error::ReadOnly));
}

#[sqlx::test(migrations = "../migrations")]
async fn with_a_bucket_no_smaller_tree_is_signed(pool: PgPool) {
    let (_root, gateway) = served();
    let w = World::kept_in(pool, gateway.store()).await;
    for _turn in 0..2 {
        with_entries(&w).await;
        log::checkpoint(&w.portal, true).await.unwrap();
    }
    let newest = gateway.store().get("audit/checkpoint/latest").await.unwrap();
    assert!(!log::look(&w.portal).await.unwrap());
    taken_back(&w).await;
    sqlx::query("delete from audit_pending").execute(&w.owner).await.unwrap();
    // Somebody goes on without having looked.
    sqlx::raw_sql("insert into audit (at, job, permission, event) values (now(), 'x', 'x.y', '{}')")
        .execute(&w.owner)
        .await
        .unwrap();
    assert_eq!(log::sequence(&w.portal).await, Err(Error::ReadOnly), "this server has seen more");
    let other = w.without_demo_people().await;
    assert_eq!(log::sequence(&other).await.unwrap(), 1, "one that has just started has not");
    assert_eq!(log::checkpoint(&w.portal, true).await, Err(Error::ReadOnly));
    assert_eq!(gateway.store().get("audit/checkpoint/latest").await.unwrap(), newest);
    assert!(log::look(&w.portal).await.unwrap(), "and from now on it is read-only");
}
