//! A folder becomes a changeset, and its versions, and their archives.

use axum::http::Request;
use flate2::{Compression, write::GzEncoder};
use portal::testing::{POLICY, POLICY_TEST};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::PgPool;

use crate::caller::{Api, Heard};

/// Files as one form has them.
pub(crate) fn form(files: &[(&str, &str)]) -> (&'static str, String) {
    let parts = files.iter().map(|(path, text)| {
        format!(
            "--cut\r\ncontent-disposition: form-data; name=\"files\"; filename=\"{path}\"\r\n\r\n{text}\r\n"
        )
    });
    let note = "--cut\r\ncontent-disposition: form-data; name=\"note\"\r\n\r\nfrom CI\r\n";
    ("multipart/form-data; boundary=cut", parts.collect::<String>() + note + "--cut--\r\n")
}

/// The same as one archive, a member each, in the old format of tar.
fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    for (path, text) in files {
        let mut head = [0; 512];
        head[..path.len()].copy_from_slice(path.as_bytes());
        head[100..107].copy_from_slice(b"0000644");
        head[124..135].copy_from_slice(format!("{:011o}", text.len()).as_bytes());
        head[136..147].copy_from_slice(b"00000000000");
        head[148..156].copy_from_slice(b"        ");
        head[156] = b'0';
        let sum: u32 = head.iter().map(|byte| u32::from(*byte)).sum();
        head[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        let filling = vec![0; (512 - text.len() % 512) % 512];
        for bytes in [&head[..], text.as_bytes(), &filling] {
            std::io::Write::write_all(&mut packed, bytes).unwrap();
        }
    }
    std::io::Write::write_all(&mut packed, &[0; 1024]).unwrap();
    packed.finish().unwrap()
}

async fn push(api: &Api, kind: &str, query: &str, body: Vec<u8>) -> Heard {
    let author = api.w.author().await;
    let request = Request::post(format!("/api/v1/changesets{query}")).header("content-type", kind);
    api.send(request, &author, body.into()).await
}

#[sqlx::test(migrations = "../migrations")]
async fn a_folder_that_passes_is_a_version_and_its_archive_is_what_opa_is_served(pool: PgPool) {
    let api = Api::new(pool).await;
    let files = [("s3/s3.rego", POLICY), ("s3/s3_test.rego", POLICY_TEST)];
    let (kind, body) = form(&files);

    let pushed = push(&api, kind, "", body.into_bytes()).await;
    assert_eq!((pushed.status, &pushed.json["note"]), (201, &json!("from CI")), "{}", pushed.json);
    let again = push(&api, "application/gzip", "?note=again", archive(&files)).await;
    assert_eq!((again.status, &again.json["note"]), (201, &json!("again")), "{}", again.json);
    assert_eq!(pushed.json["versions"], again.json["versions"], "the same files make no second version");

    let reader = api.w.requester().await;
    let get = async |path: &str| api.get(&reader, path).await;
    let changeset = get(pushed.header("location")).await;
    assert_eq!((&changeset.json["passed"], &changeset.json["number"]), (&json!(true), &json!(1)));
    assert_eq!(get("/api/v1/changesets").await.json["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(get("/api/v1/policies").await.json["items"][0]["package"], "aegis.provisioning.s3");
    let policy = get("/api/v1/policies/aegis.provisioning.s3").await;
    assert_eq!(policy.json["policy"]["rules"], json!(["deny_no_encryption"]));
    assert_eq!(get("/api/v1/policies/aegis.no").await.status, 404);
    let versions = get("/api/v1/versions?bundle=aegis-provisioning").await;
    assert_eq!(versions.json["items"][0]["number"], "v1.0.0");
    assert_eq!(get("/api/v1/versions?bundle=aegis-ai").await.json["items"], json!([]));

    let path = "/api/v1/bundles/aegis-provisioning/versions/v1.0.0";
    let version = get(path).await;
    let served = get(&format!("{path}.tar.gz")).await;
    assert_eq!(served.header("content-type"), "application/gzip");
    assert_eq!(
        served.header("content-disposition"),
        "attachment; filename=\"aegis-provisioning-v1.0.0.tar.gz\""
    );
    let digest = hex::encode(Sha256::digest(&served.bytes));
    assert_eq!(version.json["version"]["served_digest"], digest);
    assert_eq!(get("/api/v1/bundles/aegis-provisioning/versions/v9.0.0.tar.gz").await.status, 404);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_push_of_nothing_is_told_at_its_field_and_kept_nowhere(pool: PgPool) {
    let api = Api::new(pool).await;
    let (kind, body) = form(&[]);
    for (kind, body) in [(kind, body.into_bytes()), ("application/gzip", vec![])] {
        let refused = push(&api, kind, "", body).await;
        assert_eq!((refused.status, refused.field()), (422, "archive"), "{}", refused.json);
    }
    let reader = api.w.requester().await;
    assert_eq!(api.get(&reader, "/api/v1/changesets").await.json["items"], json!([]));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_folder_that_does_not_pass_is_refused_with_every_fault(pool: PgPool) {
    let api = Api::new(pool).await;
    let broken = "package aegis.provisioning.s3\n\ndeny contains if {";
    let (kind, body) = form(&[("s3.rego", broken), ("x.rego", "package other\n\nx := 1\n")]);

    let refused = push(&api, kind, "", body.into_bytes()).await;

    assert_eq!((refused.status, refused.header("content-type")), (422, "application/problem+json"));
    let fault = &refused.json["errors"][0];
    assert_eq!(
        (&fault["check"], &fault["file"], &fault["line"]),
        (&json!("parse"), &json!("s3.rego"), &json!(3))
    );
    assert!(fault["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
    let reader = api.w.requester().await;
    let kept = api
        .get(&reader, &format!("/api/v1/changesets/{}", refused.json["changeset"]["id"].as_str().unwrap()))
        .await;
    assert_eq!((kept.status, &kept.json["passed"]), (200, &json!(false)));
    assert_eq!(api.get(&reader, "/api/v1/versions").await.json["items"], json!([]));
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_no_folder_is_refused_with_a_reason(pool: PgPool) {
    let api = Api::new(pool).await;
    let outside = push(&api, "application/gzip", "", archive(&[("../s3.rego", POLICY)])).await;
    assert_eq!(
        (outside.status, &outside.json["errors"][0]["check"]),
        (422, &json!("folder")),
        "{}",
        outside.json
    );
    let no_archive = push(&api, "application/gzip", "", b"no archive".to_vec()).await;
    assert_eq!((no_archive.status, &no_archive.json["errors"][0]["check"]), (422, &json!("folder")));
    let part = "--cut\r\ncontent-disposition: form-data; name=\"folder\"\r\n\r\nx\r\n--cut--\r\n";
    let unknown = push(&api, "multipart/form-data; boundary=cut", "", part.into()).await;
    assert_eq!((unknown.status, unknown.field()), (422, "folder"), "{}", unknown.json);
    let cut_off = push(&api, "multipart/form-data; boundary=cut", "", b"--cut\r\n".to_vec()).await;
    assert_eq!((cut_off.status, cut_off.field()), (400, "body"), "{}", cut_off.json);
    let nameless = push(&api, "multipart/form-data", "", b"--cut\r\n".to_vec()).await;
    assert_eq!((nameless.status, nameless.field()), (400, "body"), "{}", nameless.json);
    let long = push(&api, "application/gzip", "", vec![0; 34 << 20]).await;
    assert_eq!((long.status, long.field()), (413, "body"), "{}", long.json);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_nul_in_a_folder_or_its_note_is_refused_and_not_our_fault(pool: PgPool) {
    let api = Api::new(pool).await;
    let (kind, body) = form(&[("s3.rego", "package aegis.provisioning.s3\n# \0\n")]);
    let in_module = push(&api, kind, "", body.into_bytes()).await;
    let fault = &in_module.json["errors"][0];
    assert_eq!(
        (in_module.status, &fault["file"], &fault["line"]),
        (422, &json!("s3.rego"), &json!(2)),
        "{fault}"
    );
    let in_query = push(&api, "application/gzip", "?note=%00", archive(&[("s3.rego", POLICY)])).await;
    assert_eq!((in_query.status, in_query.field()), (422, "note"), "{}", in_query.json);
    let (kind, body) = form(&[("s3.rego", POLICY)]);
    let in_part = push(&api, kind, "", body.replace("from CI", "from\0CI").into_bytes()).await;
    assert_eq!((in_part.status, in_part.field()), (422, "note"), "{}", in_part.json);
    // A YAML escape makes one of a text that has none.
    let titled = POLICY.replace("title: S3 encryption", "title: \"S3\\0\"");
    let (kind, body) = form(&[("s3.rego", &titled), ("s3_test.rego", POLICY_TEST)]);
    let in_title = push(&api, kind, "", body.into_bytes()).await;
    assert_eq!((in_title.status, in_title.field()), (422, "text"), "{}", in_title.json);
}
