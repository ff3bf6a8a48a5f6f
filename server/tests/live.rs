//! Open pages are told of changes as they happen, through whichever server they were made.

#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use portal::{
    Actor, Environment, Id, Person,
    access::{Job, Role, TokenScope},
    exception, identity,
    live::Kind,
    testing::World,
};
use reqwest::StatusCode;
use sqlx::PgPool;
use support::{Served, Way, eventually, serve};
use tokio::time::timeout;

#[expect(dead_code, reason = "these tests start no OPA")]
mod support;

/// What anything may take to be told.
const SOON: Duration = Duration::from_secs(2);
/// What a session's end or the way back of a database may take.
const AFTER: Duration = Duration::from_secs(5);

/// The stream of one page.
struct Page {
    response: reqwest::Response,
    read: String,
    /// Every event so far, as its name and its data.
    events: Vec<(String, String)>,
}

impl Page {
    async fn open(server: &Served, secret: &str, query: &str) -> Self {
        let response = ask(server, secret, query).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, read: String::new(), events: vec![] }
    }

    /// The next event; none when the stream has ended.
    async fn next(&mut self) -> Option<(String, String)> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let field =
                    |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
                let event = (field("event:").trim().to_owned(), field("data:").trim().to_owned());
                self.read = rest.to_owned();
                // The first says nothing but when to come back.
                if event.0.is_empty() {
                    continue;
                }
                self.events.push(event.clone());
                return Some(event);
            }
            let bytes = self.response.chunk().await.ok()??;
            self.read += std::str::from_utf8(&bytes).unwrap();
        }
    }

    /// Waits for an event, and says how long that took.
    async fn until(&mut self, name: &str, data: Option<&str>, within: Duration) -> Duration {
        let started = Instant::now();
        let found = async {
            loop {
                let (event, told) = self.next().await?;
                if event == name && data.is_none_or(|data| data == told) {
                    return Some(());
                }
            }
        };
        let found = timeout(within, found).await;
        assert_eq!(found, Ok(Some(())), "{name} {data:?} within {within:?}: {:?}", self.events);
        started.elapsed()
    }

    /// Waits until the page is told of changes.
    async fn told(&mut self) {
        self.until("beat", None, AFTER).await;
    }

    /// What has changed, of all that was told until the next beat.
    async fn changes(&mut self) -> Vec<String> {
        self.events.clear();
        self.told().await;
        let changes = self.events.iter().filter(|(name, _)| name == "change");
        changes.map(|(_, kind)| kind.clone()).collect()
    }
}

async fn ask(server: &Served, secret: &str, query: &str) -> reqwest::Response {
    let get = reqwest::Client::new().get(format!("{}/live{query}", server.url));
    get.header("cookie", format!("aegis_session_3000={secret}")).send().await.unwrap()
}

/// Two servers on one database, and how the way of each to it is cut.
struct Two {
    w: World,
    ways: [Way; 2],
    servers: [Served; 2],
}

impl Two {
    async fn start(pool: PgPool) -> Self {
        let w = World::new(pool).await;
        let ways = [Way::to(&w.owner).await, Way::to(&w.owner).await];
        let mut servers = vec![];
        for way in &ways {
            let server = serve(w.behind(way.port).await).await;
            eventually("the server listens", async || server.site.portal.hears()).await;
            servers.push(server);
        }
        let servers = servers.try_into().ok().unwrap();
        Self { w, ways, servers }
    }

    /// A person of the demo, and the secret of a session of theirs, opened on the first server.
    async fn signed_in(&self, name: &str) -> String {
        sign_in(&self.servers[0], enrol(&self.w, name).await).await
    }
}

async fn enrol(w: &World, name: &str) -> Id<Person> {
    let set_up = Actor::Job(Job::SetUp);
    identity::enrol(&w.portal, &set_up, name, "", &[Role::Auditor], true).await.unwrap()
}

async fn sign_in(server: &Served, person: Id<Person>) -> String {
    let secret =
        identity::sign_in_as_demo_person(&server.site.portal, &Actor::Visitor { address: None }, person)
            .await
            .unwrap();
    secret.reveal().to_owned()
}

/// Asks for an exception through the first server.
async fn request(two: &Two) {
    let first = &two.servers[0].site.portal;
    let wanted = exception::Wanted { until: first.now() + TimeDelta::days(30), ..two.w.wanted() };
    exception::request(first, &two.w.requester().await, wanted).await.unwrap();
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_done_through_one_server_is_told_by_the_other_within_two_seconds(pool: PgPool) {
    let two = Two::start(pool).await;
    two.w.pushed(&two.w.author().await).await;
    let iris = two.signed_in("iris").await;
    let mut page = Page::open(&two.servers[1], &iris, "").await;
    page.told().await;
    page.events.clear();

    request(&two).await;

    let took = page.until("change", Some("exception"), SOON).await;
    assert!(took < SOON, "{took:?}");
    // Never more than that something of a kind has changed.
    for (name, data) in &page.events {
        let known = match name.as_str() {
            "change" => data.parse::<Kind>().is_ok(),
            "beat" => data.parse::<chrono::DateTime<chrono::Utc>>().is_ok(),
            _ => false,
        };
        assert!(known, "{name}: {data}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_page_is_told_what_changed_since_it_was_made(pool: PgPool) {
    let two = Two::start(pool).await;
    two.w.pushed(&two.w.author().await).await;
    let iris = two.signed_in("iris").await;
    let other = &two.servers[1].site.portal;
    let since = |moment: chrono::DateTime<chrono::Utc>| {
        format!("?since={}", moment.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
    };
    // Later than what came before by more than the clocks may be apart.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let made = other.now();
    let changes = Page::open(&two.servers[1], &iris, &since(made)).await.changes().await;
    assert!(!changes.contains(&"exception".into()), "{changes:?}");
    request(&two).await;
    eventually("the other server heard of it", async || {
        other
            .changed_since(made)
            .is_some_and(|changes| changes.iter().any(|(kind, _)| *kind == Kind::Exception))
    })
    .await;

    let changes = Page::open(&two.servers[1], &iris, &since(made)).await.changes().await;
    assert!(changes.contains(&"exception".into()), "{changes:?}");
    assert!(!changes.contains(&"changeset".into()), "it was made after that: {changes:?}");
    // Of a time from before it listened it cannot say.
    let mut page = Page::open(&two.servers[1], &iris, &since(made - TimeDelta::days(1))).await;
    page.until("reload", None, SOON).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_server_that_is_cut_off_says_so_and_that_anything_may_have_changed_when_it_is_back(pool: PgPool) {
    let two = Two::start(pool).await;
    two.w.pushed(&two.w.author().await).await;
    let iris = two.signed_in("iris").await;
    let mut page = Page::open(&two.servers[1], &iris, "").await;
    page.told().await;

    two.ways[1].cut();
    page.until("deaf", None, AFTER).await;
    request(&two).await;
    two.ways[1].mend();

    page.until("reload", None, AFTER).await;
    page.until("beat", None, AFTER).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_stream_ends_with_its_session_on_whichever_server_that_was_closed(pool: PgPool) {
    let two = Two::start(pool).await;
    let (iris, other) = (two.signed_in("iris").await, two.signed_in("otto").await);
    let mut page = Page::open(&two.servers[1], &iris, "").await;
    let mut another = Page::open(&two.servers[1], &other, "").await;
    page.told().await;

    identity::sign_out(&two.servers[0].site.portal, &Actor::Visitor { address: None }, &iris).await.unwrap();

    page.until("over", None, AFTER).await;
    assert_eq!(timeout(SOON, page.next()).await.unwrap(), None, "nothing comes after it");
    another.told().await;
    another.told().await;
    assert_eq!(ask(&two.servers[1], &iris, "").await.status(), StatusCode::UNAUTHORIZED);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_page_that_is_left_open_keeps_no_session_open(pool: PgPool) {
    let w = World::new(pool).await;
    let server = serve(w.portal.clone()).await;
    eventually("the server listens", async || server.site.portal.hears()).await;
    let iris = sign_in(&server, enrol(&w, "iris").await).await;
    let mut page = Page::open(&server, &iris, "").await;
    page.told().await;

    w.clock.advance(identity::IDLE - TimeDelta::minutes(1));
    page.told().await;
    page.told().await;
    // A page that comes back, and one that asks for its data by itself, are nobody's activity either.
    drop(Page::open(&server, &iris, "").await);
    let cookies = format!("aegis_session_3000={iris}; {}=1", app::live::UNATTENDED);
    let by_itself =
        reqwest::Client::new().post(format!("{}/api/viewer", server.url)).header("cookie", cookies);
    assert_eq!(by_itself.header("origin", &server.url).send().await.unwrap().status(), StatusCode::OK);
    w.clock.advance(TimeDelta::minutes(1));

    page.until("over", None, AFTER).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn only_people_listen_and_each_so_often_at_once(pool: PgPool) {
    let w = World::new(pool).await;
    let server = serve(w.portal.clone()).await;
    let iris = sign_in(&server, enrol(&w, "iris").await).await;
    let (_, token) = w.token(None, Some(Environment::staging()), &[TokenScope::Opa]).await;
    let url = format!("{}/live", server.url);
    let by_token = reqwest::Client::new().get(&url).bearer_auth(token.reveal()).send().await.unwrap();
    assert_eq!(by_token.status(), StatusCode::FORBIDDEN);
    assert_eq!(reqwest::get(&url).await.unwrap().status(), StatusCode::UNAUTHORIZED);

    let mut pages = vec![];
    loop {
        let answer = ask(&server, &iris, "").await;
        if answer.status() != StatusCode::OK {
            assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
            break;
        }
        pages.push(answer);
        assert!(pages.len() < 100, "there is an end to it");
    }
    pages.pop();
    eventually("one that is closed makes room", async || {
        ask(&server, &iris, "").await.status() == StatusCode::OK
    })
    .await;
}
