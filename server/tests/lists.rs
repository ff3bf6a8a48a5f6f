//! Lists as pages and as files: addresses of any kind are answered, and a file holds exactly what its list shows.

#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, request},
    response::Response,
};
use leptos::prelude::LeptosOptions;
use portal::{
    Actor, Environment,
    exception::{self, Wanted},
    testing::World,
};
use rego::worker::program_for_tests;
use server::Site;
use sqlx::PgPool;
use tower::ServiceExt;

async fn answer(w: &World, request: request::Builder, body: &str, by: &Actor) -> Response {
    let options = LeptosOptions::builder().output_name("app").site_root("target/site").build();
    let site = Site::new(w.portal.clone(), options, program_for_tests());
    let request = request.header("accept", "text/html").header("host", "localhost").extension(by.clone());
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    server::router(&site).oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap()
}

async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), 1 << 24).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn page(w: &World, by: &Actor, path: &str) -> String {
    let answer = answer(w, Request::get(path), "", by).await;
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    text(answer).await
}

async fn export(w: &World, by: &Actor, list: &str, query: &str) -> Response {
    let query = query.replace('%', "%25").replace('&', "%26").replace('=', "%3D").replace('+', "%2B");
    answer(w, Request::post(format!("/exports/{list}")), &format!("query={query}"), by).await
}

async fn world(pool: PgPool, requests: usize) -> (World, Actor, Actor) {
    let w = World::new(pool).await;
    let version = w.pushed(&w.author().await).await;
    let set_up = Actor::Job(portal::access::Job::SetUp);
    portal::release::begin(&w.portal, &set_up, Environment::production(), version.id).await.unwrap();
    let (ann, bob) = (w.requester().await, w.approver().await);
    for n in 0..requests {
        let wanted = Wanted { resources: vec![format!("bucket-{n}")], ..w.wanted() };
        exception::request(&w.portal, &ann, wanted).await.unwrap();
    }
    (w, ann, bob)
}

#[sqlx::test(migrations = "../migrations")]
async fn an_address_with_nonsense_is_a_page_with_a_notice_and_the_filters_that_could_be_read(pool: PgPool) {
    let (w, _, bob) = world(pool, 2).await;
    let html = page(&w, &bob, "/exceptions?standing=awful&text=bucket-1&state=foo").await;
    assert!(html.contains("Could not read") && html.contains("standing=awful") && html.contains("state=foo"));
    assert!(html.contains("EXC-002") && !html.contains("EXC-001"), "the text holds");
    for path in
        ["/exceptions", "/policies", "/versions", "/changesets", "/releases/history", "/audit", "/decisions"]
    {
        for nonsense in [
            "?after=x&before=%00&sort=up&x=%3Cscript%3Ealert(1)%3C/script%3E",
            "?text=%ff%fe&since=2026-02-30&environment=A%20B",
            "?after=9223372036854775807.9223372036854775807",
            "?before=-9223372036854775808&sort=time",
        ] {
            let html = page(&w, &bob, &format!("{path}{nonsense}")).await;
            assert!(!html.contains("<script>alert"), "{path}{nonsense}");
        }
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_long_list_leads_on_and_back_and_sorts_by_links(pool: PgPool) {
    let (w, ann, _) = world(pool, 51).await;
    let html = page(&w, &ann, "/exceptions").await;
    assert!(html.contains("51 exceptions") && !html.contains(">EXC-001<"));
    let next = html.split("href=\"").find(|part| part.starts_with("/exceptions?after=")).unwrap();
    let next = next.split('"').next().unwrap().replace("&amp;", "&");
    let last = page(&w, &ann, &next).await;
    assert!(last.contains(">EXC-001<") && !last.contains(">EXC-002<"));
    assert!(last.contains("/exceptions?before="), "and back");
    assert!(html.contains("/exceptions?sort=ends"));
    let sorted = page(&w, &ann, "/exceptions?sort=ends").await;
    assert!(sorted.contains(r#"aria-sort="ascending""#) && sorted.contains("sort=-ends"));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_file_holds_exactly_what_the_list_asks_for_and_no_formula(pool: PgPool) {
    let (w, ann, bob) = world(pool, 3).await;
    let evil = Wanted {
        justification: "=HYPERLINK(\"http://evil.example\",\"bucket-1\")".into(),
        ticket: "@SUM(A1)".into(),
        ..w.wanted()
    };
    exception::request(&w.portal, &ann, evil).await.unwrap();
    let file = export(&w, &bob, "exceptions", "text=bucket-1&sort=number").await;
    assert_eq!(file.status(), StatusCode::OK);
    let header = |name: &str| file.headers()[name].to_str().unwrap().to_owned();
    assert!(header("content-type").starts_with("text/csv"));
    assert!(header("content-disposition").contains("attachment; filename=\"exceptions-20"));
    let file = text(file).await;
    let lines: Vec<&str> = file.split("\r\n").collect();
    assert_eq!(lines.len(), 4, "{file}");
    assert!(lines[0].starts_with("number,standing,package,rule"));
    assert!(
        lines[1].starts_with("EXC-002,requested,aegis.provisioning.s3,deny_no_encryption,high,bucket-1,")
    );
    assert!(lines[2].starts_with("EXC-004,") && lines[2].contains("'@SUM(A1)"));
    assert!(lines[2].contains("\"'=HYPERLINK(\"\"http"), "{}", lines[2]);

    let log = text(export(&w, &bob, "audit", "kind=list_exported").await).await;
    assert!(log.contains("bob,exception.see,list_exported"), "an export is in the log: {log}");
    assert_eq!(log.matches("\r\n").count(), 2, "and in its own file it is not: {log}");
    let none = text(export(&w, &bob, "decisions", "").await).await;
    assert!(none.starts_with("decision_id,at,environment"));
    assert_eq!(none.matches("\r\n").count(), 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_file_of_more_than_one_batch_is_whole(pool: PgPool) {
    let (w, _, bob) = world(pool, 0).await;
    sqlx::query(
        "insert into audit (at, job, permission, event)
         select now(), 'shelf', 'fleet.reload', jsonb_build_object('kind', 'reload_triggered', 'environment', 'staging')
         from generate_series(1, 2500)",
    )
    .execute(&w.owner)
    .await
    .unwrap();
    let file = text(export(&w, &bob, "audit", "kind=reload_triggered").await).await;
    let mut numbers: Vec<&str> = file.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    assert_eq!(numbers.len(), 2500);
    numbers.dedup();
    assert_eq!(numbers.len(), 2500, "none twice");
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_not_exported_leads_back_to_the_list_that_says_why(pool: PgPool) {
    let (w, ann, bob) = world(pool, 0).await;
    let back = export(&w, &bob, "exceptions", "standing=awful").await;
    assert_eq!(back.headers()["location"], "/exceptions?standing=awful&not-exported=422");
    let html = page(&w, &bob, "/exceptions?not-exported=422").await;
    assert!(html.contains("Nothing was exported") && !html.contains("Could not read"));
    let forbidden = export(&w, &ann, "audit", "").await;
    assert_eq!(forbidden.headers()["location"], "/audit?not-exported=403");
    assert_eq!(export(&w, &bob, "policies", "").await.status(), StatusCode::NOT_FOUND);
    sqlx::query(
        "insert into audit (at, job, permission, event)
         select now(), 'shelf', 'fleet.reload', '{\"kind\": \"reload_triggered\", \"environment\": \"staging\"}'
         from generate_series(1, 50001)",
    )
    .execute(&w.owner)
    .await
    .unwrap();
    let too_long = export(&w, &bob, "audit", "kind=reload_triggered").await;
    assert_eq!(too_long.headers()["location"], "/audit?kind=reload_triggered&not-exported=422");
}

#[sqlx::test(migrations = "../migrations")]
async fn views_are_kept_shown_and_removed_without_scripts(pool: PgPool) {
    let (w, ann, _) = world(pool, 0).await;
    let send = async |path: &str, form: &str| {
        let request = Request::post(path).header("referer", "http://localhost/exceptions?mine=yes");
        answer(&w, request, form, &ann).await
    };
    let kept = send("/api/view/keep", "list=exceptions&name=My+own&query=mine%3Dyes%26sort%3Dends").await;
    assert_eq!(kept.headers()["location"], "/exceptions?mine=yes&sort=ends");
    let html = page(&w, &ann, "/exceptions?mine=yes&sort=ends").await;
    assert!(html.contains("My own") && html.contains("Remove view My own"));
    let id = html.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let removed = send("/api/view/remove", &format!("list=exceptions&id={id}")).await;
    assert_eq!(removed.headers()["location"], "/exceptions");
    assert!(!page(&w, &ann, "/exceptions").await.contains("My own"));
}

#[sqlx::test(migrations = "../migrations")]
async fn several_are_revoked_only_by_who_types_how_many(pool: PgPool) {
    let (w, _, bob) = world(pool, 3).await;
    for number in [exception::Number(1), exception::Number(2)] {
        let seen = exception::show(&w.portal, &bob, number).await.unwrap().seen;
        exception::approve(&w.portal, &bob, number, &seen, w.in_days(3), "").await.unwrap();
    }
    let query = "number=EXC-001&number=EXC-002&number=EXC-003";
    let html = page(&w, &bob, &format!("/exceptions/revoke?{query}")).await;
    assert!(html.contains("Type 2 to confirm.") && html.contains("Stays as it is: it is not in force."));
    let all = "numbers[0]=EXC-001&numbers[1]=EXC-002&numbers[2]=EXC-003&reason=done";
    let from = format!("http://localhost/exceptions/revoke?{query}");
    let post = || Request::post("/api/exception/revoke-some").header("referer", &from);
    let wrong = answer(&w, post(), &format!("{all}&typed=3"), &bob).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(wrong).await.contains("you can end 2 of them"));
    let done = answer(&w, post(), &format!("{all}&typed=2"), &bob).await;
    let to = done.headers()["location"].to_str().unwrap().to_owned();
    let html = page(&w, &bob, &to).await;
    assert!(html.contains("2 of 3 revoked.") && html.contains("Revoked by bob"), "{to}");
    let ended = exception::show(&w.portal, &bob, exception::Number(1)).await.unwrap().exception;
    assert!(!ended.in_force(w.in_days(0)));
}

#[sqlx::test(migrations = "../migrations")]
async fn the_audit_leaves_as_a_log_of_more_than_one_batch_that_holds_without_us(pool: PgPool) {
    let (w, ann, bob) = world(pool, 0).await;
    sqlx::query(
        "insert into audit (at, job, permission, event)
         select now(), 'shelf', 'fleet.reload', jsonb_build_object('kind', 'reload_triggered', 'environment', 'staging')
         from generate_series(1, 2500)",
    )
    .execute(&w.owner)
    .await
    .unwrap();
    let key = portal::audit::log::public_key(&w.portal).parse().unwrap();
    for (query, whole) in [("", true), ("kind=reload_triggered", false)] {
        let file = export(&w, &bob, "audit-log", query).await;
        assert_eq!(file.headers()["content-type"], "application/jsonl");
        let file = text(file).await;
        let report = evidence::verify(file.as_bytes(), &key, &evidence::Known::default()).unwrap();
        assert!(report.whole == whole && report.entries >= 2500, "{report:?}");
    }
    let page = page(&w, &bob, "/audit").await;
    assert!(
        page.contains("The checkpoint of") && page.contains("Not verified yet."),
        "it says how the log stands"
    );
    assert!(page.contains(r#"action="/exports/audit-log""#) && page.contains(r#"href="/audit/evidence""#));
    let refused = export(&w, &ann, "audit-log", "").await;
    assert_eq!(refused.headers()["location"], "/audit?not-exported=403");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_pack_of_evidence_is_asked_for_by_a_form_that_says_what_is_wrong_with_its_days(pool: PgPool) {
    let (w, ann, bob) = world(pool, 1).await;
    let html = page(&w, &bob, "/audit/evidence").await;
    assert!(
        html.contains(r#"value="2024-09-01""#) && html.contains(r#"value="2024-09-30""#),
        "the last month"
    );
    assert!(!html.contains("class=\"error\""));
    let no = answer(&w, Request::get("/audit/evidence"), "", &ann).await;
    assert_eq!(no.status(), StatusCode::FORBIDDEN);
    let told = text(no).await;
    assert!(told.contains("You may not see this"), "{told}");

    let post = || Request::post("/exports/evidence-pack");
    for (days, told) in [
        ("since=2024-10-02&until=2024-10-01", "It comes before the first day."),
        ("since=2023-10-01&until=2024-10-04", "It is more than 366 days later: take a shorter period."),
        ("since=soon&until=2024-10-01", "It is written as in 2026-05-20."),
        ("until=2024-10-01", "It is written as in 2026-05-20."),
        ("since=2024-11-01&until=2024-11-02", "It lies ahead: nothing has happened yet."),
    ] {
        let led = answer(&w, post(), days, &bob).await;
        let to = led.headers()["location"].to_str().unwrap().to_owned();
        let html = page(&w, &bob, &to).await;
        assert!(html.contains(told), "{days}: {to}");
    }
    let days = "since=2024-10-01&until=2024-10-04";
    let refused = answer(&w, post(), days, &ann).await;
    assert!(refused.headers()["location"].to_str().unwrap().ends_with("&not-exported=403"));
    let html = page(&w, &bob, "/audit/evidence?since=2024-10-01&until=2024-10-04&not-exported=503").await;
    assert!(html.contains("the log cannot be signed just now"));

    let pack = answer(&w, post(), days, &bob).await;
    assert_eq!(pack.headers()["content-type"], "application/zip");
    let name = pack.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert_eq!(name, "attachment; filename=\"evidence-2024-10-01-2024-10-04.zip\"");
    let bytes = to_bytes(pack.into_body(), 1 << 24).await.unwrap();
    let key = portal::audit::log::public_key(&w.portal).parse().unwrap();
    let report =
        evidence::verify_pack(std::io::Cursor::new(bytes), &key, &evidence::Known::default()).unwrap();
    assert!(report.log.entries > 0 && report.manifest.made_by == "bob", "{report:?}");
}
