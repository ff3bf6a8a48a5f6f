//! Workers for drafts: one job each, with limits, and gone afterwards.

#![cfg(feature = "engine")]
#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use rego::check::evaluate;
use rego::worker::{Config, Drafts, Failure, Limits, Module, Release};

/// The tests count processes, so they take turns.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

fn config() -> Config {
    let limits = Limits {
        wall: Duration::from_millis(400),
        load: Duration::from_secs(3),
        memory: 256 << 20,
        ..Limits::drafts()
    };
    Config { program: env!("CARGO_BIN_EXE_rego-worker").into(), limits, ..Config::drafts() }
}

fn release(text: &str, data: &str) -> Release {
    let module = Module { path: "p.rego".into(), text: format!("package p\n{text}") };
    Release { modules: vec![module], data: data.into() }
}

const POLICY: &str = r#"double := input.n * 2
said if print("n is", input.n)
silent if to_number(input.n) > 0
known := data.known
range if count(numbers.range(1, 100000000)) > input.n
endless if { every i in numbers.range(1, 100000) { every j in numbers.range(1, 100000) { i + j > input.n } } }
deep if { f(input.n) == 1 with data.p.f as g }
f(x) := x
g(x) := f(x)
"#;

#[tokio::test]
async fn a_draft_answers_an_input() {
    let _turn = TURN.lock().await;
    let drafts = Drafts::new(config());
    let ask = async |path: &str, input: &str| {
        evaluate(release(POLICY, r#"{"known":[1]}"#), path, input, &drafts).await
    };
    assert_eq!(ask("p/double", r#"{"n":21}"#).await.unwrap().result.as_deref(), Some("42"));
    assert_eq!(ask("p/double", "").await.unwrap().result, None);
    assert_eq!(ask("p/known", "{}").await.unwrap().result.as_deref(), Some("[1]"));
    assert_eq!(ask("no/such", "{}").await.unwrap().result, None);
    assert_eq!(ask("p/said", r#"{"n":1}"#).await.unwrap().prints, ["p.rego:3: n is 1"]);
    let silent = ask("p/silent", r#"{"n":"x"}"#).await.unwrap();
    assert_eq!(silent.result, None);
    let fault = silent.strict_error.unwrap();
    assert_eq!((fault.file.as_str(), fault.line), ("p.rego", Some(4)));
    assert_eq!(ask("p/silent", r#"{"n":"3"}"#).await.unwrap().strict_error, None);
}

#[tokio::test]
async fn what_does_not_load_or_parse_is_a_typed_failure() {
    let _turn = TURN.lock().await;
    let drafts = Drafts::new(config());
    let fails = async |text: &str, data: &str, input: &str| {
        evaluate(release(text, data), "p/r", input, &drafts).await.expect_err("it does not load")
    };
    assert!(matches!(fails("r := [", "", "{}").await, Failure::Policy(_)));
    assert!(matches!(fails("r if r", "", "{}").await, Failure::Recursive(_)));
    assert!(matches!(fails("r := 1", r#"{"p":{"r":2}}"#, "{}").await, Failure::Overridden(_)));
    assert!(matches!(fails("r := 1", "{", "{}").await, Failure::Policy(_)));
    assert!(matches!(fails("r := 1", "", "{").await, Failure::Parse(_)));
    assert!(matches!(fails(&format!("r := {}", "[".repeat(20)), "", "{}").await, Failure::Nested { .. }));
    assert!(matches!(fails("r := 1\nr := 2", "", "{}").await, Failure::Rego(_)));
    let small = Drafts::new(Config { limits: Limits { input: 1 << 10, ..Limits::drafts() }, ..config() });
    let large = evaluate(release(&"# long\n".repeat(1000), ""), "p/r", "{}", &small).await;
    assert!(matches!(large, Err(Failure::TooLarge { limit: 1024, .. })), "{large:?}");
}

#[tokio::test]
async fn killers_end_as_typed_failures_while_others_get_their_answers() {
    let _turn = TURN.lock().await;
    let drafts = Arc::new(Drafts::new(Config { workers: 2, ..config() }));
    for path in ["p/range", "p/endless"] {
        let begun = Instant::now();
        let (killer, honest) = tokio::join!(
            evaluate(release(POLICY, ""), path, r#"{"n":1}"#, &drafts),
            evaluate(release(POLICY, ""), "p/double", r#"{"n":1}"#, &drafts)
        );
        assert!(matches!(killer, Err(Failure::Memory | Failure::Time)), "{path}: {killer:?}");
        assert_eq!(honest.unwrap().result.as_deref(), Some("2"));
        assert!(begun.elapsed() < Duration::from_secs(15), "{path}: {:?}", begun.elapsed());
    }
    settled().await;
}

#[tokio::test]
async fn processor_time_of_a_job_is_bounded() {
    let _turn = TURN.lock().await;
    let limits = Limits {
        cpu: Some(1),
        wall: Duration::from_secs(30),
        load: Duration::from_secs(30),
        ..Limits::drafts()
    };
    let drafts = Drafts::new(Config { limits, ..config() });
    let begun = Instant::now();
    assert_eq!(evaluate(release(POLICY, ""), "p/endless", r#"{"n":1}"#, &drafts).await, Err(Failure::Time));
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn as_many_jobs_wait_as_may_and_no_more() {
    let _turn = TURN.lock().await;
    let drafts = Arc::new(Drafts::new(Config { workers: 1, most_waiting: 2, ..config() }));
    let jobs: Vec<_> = (0..6)
        .map(|_| {
            let drafts = Arc::clone(&drafts);
            tokio::spawn(
                async move { evaluate(release(POLICY, ""), "p/double", r#"{"n":1}"#, &drafts).await },
            )
        })
        .collect();
    let mut busy = 0;
    for job in jobs {
        match job.await.unwrap() {
            Ok(evaluation) => assert_eq!(evaluation.result.as_deref(), Some("2")),
            Err(failure) => {
                assert_eq!(failure, Failure::Busy);
                busy += 1;
            }
        }
    }
    assert!((3..=4).contains(&busy), "one at work, two wait: {busy} were turned away");
}

#[tokio::test]
async fn a_worker_goes_with_the_caller_who_goes_away() {
    let _turn = TURN.lock().await;
    let limits = Limits { wall: Duration::from_secs(60), load: Duration::from_secs(60), ..Limits::drafts() };
    let drafts = Drafts::new(Config { limits, ..config() });
    let job = evaluate(release(POLICY, ""), "p/endless", r#"{"n":1}"#, &drafts);
    assert!(tokio::time::timeout(Duration::from_millis(500), job).await.is_err());
    settled().await;
}

/// Waits until no child of this process is left.
async fn settled() {
    let me = std::process::id();
    for _ in 0..300 {
        let children = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
            let pid: u32 = entry.unwrap().file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            (stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse::<u32>().ok()? == me).then_some(pid)
        });
        if children.count() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("workers are left behind");
}
