//! Everything known to kill the engine, thrown at a cage while honest requests are in flight.

#![cfg(feature = "engine")]
#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rego::worker::{Answer, Cage, Config, Failure, Limits, Module, Release};

const MIB: u64 = 1 << 20;

/// What a killed request may take on a busy machine: its limit is 400 ms, and a new worker starts meanwhile.
/// Unlimited, the killers take from 3 s to for ever.
const PATIENCE: Duration = Duration::from_secs(2);

/// The tests count processes and measure time, so they take turns.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

fn limits() -> Limits {
    Limits { wall: Duration::from_millis(400), memory: 256 * MIB, ..Limits::default() }
}

fn config(limits: Limits) -> Config {
    Config { program: env!("CARGO_BIN_EXE_rego-worker").into(), workers: 2, limits, ..Config::default() }
}

fn cage(limits: Limits) -> Arc<Cage> {
    Arc::new(Cage::new(config(limits)))
}

fn release(text: &str) -> Release {
    Release {
        modules: vec![Module { path: "p.rego".into(), text: format!("package p\nimport rego.v1\n{text}") }],
        data: String::new(),
    }
}

/// An honest rule, and all the killers that a policy can hold.
const POLICY: &str = r#"
double := input.n * 2
range if count(numbers.range(1, 100000000)) > input.n
expand if count(net.cidr_expand("10.0.0.0/8")) > input.n
wide if sprintf("%1000000000d", [input.n]) == "x"
comprehension if count([[i, j, "a"] | some i in numbers.range(1, 5000); some j in numbers.range(1, 5000)]) > input.n
endless if { every i in numbers.range(1, 100000) { every j in numbers.range(1, 100000) { i + j > input.n } } }
doubling if { a := concat("", ["0123456789" | some i in numbers.range(1, 1000)]); b := replace(a, "0", a); c := replace(b, "1", b); count(c) > input.n }
"#;

fn body(n: u64) -> Bytes {
    format!(r#"{{"input":{{"n":{n}}}}}"#).into()
}

async fn doubles(cage: &Cage, n: u64) {
    let answer = cage.evaluate("p/double", body(n)).await.unwrap_or_else(|failure| panic!("{n}: {failure}"));
    assert_eq!(answer.result.as_deref(), Some((n * 2).to_string().as_bytes()));
}

/// Evaluates the killer while honest requests are in flight on both sides of it.
async fn among_others(cage: &Arc<Cage>, path: &str, body: Bytes) -> (Result<Answer, Failure>, Duration) {
    let honest: Vec<_> = (0..200)
        .map(|n| {
            let cage = Arc::clone(cage);
            tokio::spawn(async move { doubles(&cage, n).await })
        })
        .collect();
    let start = Instant::now();
    let outcome = cage.evaluate(path, body).await;
    let took = start.elapsed();
    for honest in honest {
        honest.await.expect("an honest request is answered correctly");
    }
    (outcome, took)
}

#[tokio::test]
async fn each_killer_gets_a_typed_error_in_time_and_the_others_their_answers() {
    let _turn = TURN.lock().await;
    let cage = cage(limits());
    cage.load(&release(POLICY)).await.unwrap();
    for path in ["p/range", "p/expand", "p/wide", "p/comprehension", "p/endless", "p/doubling"] {
        let (outcome, took) = among_others(&cage, path, body(1)).await;
        println!("{path}: {outcome:?} after {took:?}");
        assert!(matches!(outcome, Err(Failure::Memory | Failure::Time)), "{path}: {outcome:?}");
        assert!(took < PATIENCE, "{path} took {took:?}");
    }
    doubles(&cage, 21).await;
}

#[tokio::test]
async fn an_input_that_overran_twice_is_refused_and_no_other() {
    let _turn = TURN.lock().await;
    let cage = cage(limits());
    cage.load(&release(POLICY)).await.unwrap();
    for _ in 0..2 {
        assert!(matches!(cage.evaluate("p/range", body(7)).await, Err(Failure::Memory | Failure::Time)));
    }
    let start = Instant::now();
    assert_eq!(cage.evaluate("p/range", body(7)).await, Err(Failure::Refused));
    assert!(start.elapsed() < PATIENCE);
    assert_ne!(cage.evaluate("p/range", body(8)).await, Err(Failure::Refused));
    doubles(&cage, 7).await;
}

#[tokio::test]
async fn a_chain_of_rules_needs_stack_and_gets_it_or_says_so() {
    let _turn = TURN.lock().await;
    let chain = |n: u32| {
        (0..n).fold(format!("double := input.n * 2\nr{n} := input.n\n"), |text, i| {
            format!("{text}r{i} := r{}\n", i + 1)
        })
    };
    let roomy = cage(limits());
    roomy.load(&release(&chain(700))).await.unwrap();
    let answer = roomy.evaluate("p/r0", body(3)).await.unwrap();
    assert_eq!(answer.result.as_deref(), Some(&b"3"[..]));
    let narrow = cage(Limits { stack: 1 << 20, ..limits() });
    narrow.load(&release(&chain(700))).await.unwrap();
    let (outcome, _) = among_others(&narrow, "p/r0", body(3)).await;
    assert_eq!(outcome, Err(Failure::Stack));
}

#[tokio::test]
async fn recursion_is_refused_before_it_runs() {
    let _turn = TURN.lock().await;
    let cage = cage(limits());
    cage.load(&release("double := input.n * 2")).await.unwrap();
    for text in [
        "f(x) := f(x + 1)\nr := f(1)",
        "a if b\nb if a",
        "f(x) := g(x)\ng(x) := [y | y := f(x)][0]\nr := f(1)",
        "a := data.p.b\nb := [1 | a][0]",
        "a := data[input.x].y",
        "import data.p as me\na := me.a",
        "f(x) := 1 if { every y in x { f(y) == 1 } }",
        "a contains x if { some x in b }\nb contains x if { some x in object.keys({1: a}) }",
        "default a := false\na if not b\nb if not a",
        // A name is a comprehension's own within it only.
        "a if { [b | b := 1] == [1]; b }\nb if a",
    ] {
        let outcome = cage.load(&release(text)).await;
        assert!(matches!(outcome, Err(Failure::Recursive(_))), "{text}: {outcome:?}");
    }
    // A name that a body gives its own meaning is no rule.
    cage.load(&release("double := input.n * 2\nname := help(input.n)\nhelp(name) := name\nq if { name := 1; name == input.n }"))
        .await
        .unwrap();
    doubles(&cage, 4).await;
}

#[tokio::test]
async fn recursion_that_the_guard_does_not_see_kills_only_its_own_request() {
    let _turn = TURN.lock().await;
    let cage = cage(limits());
    cage.load(&release(
        "double := input.n * 2\nf(x) := x\ng(x) := f(x)\nr if { f(input.n) == 1 with data.p.f as g }",
    ))
    .await
    .unwrap();
    let (outcome, took) = among_others(&cage, "p/r", body(3)).await;
    println!("mocked into itself: {outcome:?} after {took:?}");
    assert!(took < PATIENCE);
}

#[tokio::test]
async fn text_nested_too_deep_is_refused_before_it_is_parsed() {
    let _turn = TURN.lock().await;
    let cage = cage(limits());
    for (open, close) in [("[", "]"), ("{", "}"), ("(", ")"), ("[{", "}]")] {
        let start = Instant::now();
        let outcome = cage.load(&release(&format!("r := {}1{}", open.repeat(24), close.repeat(24)))).await;
        assert!(matches!(outcome, Err(Failure::Nested { .. })), "{outcome:?}");
        assert!(start.elapsed() < PATIENCE);
    }
    // Strings, raw strings and comments are not nesting.
    let quoted = format!("r := \"{0}\\\"{0}\"\ns := `{0}\"\n{0}`\n# {0}\" `\nt := [1]", "[{(".repeat(20));
    cage.load(&release(&quoted)).await.unwrap();
}

#[tokio::test]
async fn a_policy_that_loads_too_long_is_given_up() {
    let _turn = TURN.lock().await;
    let cage = cage(Limits { load: Duration::from_millis(300), ..limits() });
    // 12 deep passes the guard; many of them are still slow.
    let text: String = (0..200).map(|i| format!("r{i} := {}1{}\n", "[".repeat(12), "]".repeat(12))).collect();
    let start = Instant::now();
    assert_eq!(cage.load(&release(&text)).await, Err(Failure::Time));
    assert!(start.elapsed() < PATIENCE);
}

#[tokio::test]
async fn inputs_too_large_or_too_deep_are_typed_errors() {
    let _turn = TURN.lock().await;
    let cage = cage(limits());
    cage.load(&release("double := input.n * 2\nsize := count(input.list)")).await.unwrap();
    let large = Bytes::from(format!(r#"{{"input":{{"list":[{}1]}}}}"#, "1,".repeat(10 << 20)));
    let (outcome, _) = among_others(&cage, "p/size", large.clone()).await;
    assert!(matches!(outcome, Err(Failure::TooLarge { .. })), "{outcome:?}");
    let deep = Bytes::from(format!(r#"{{"input":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000)));
    let (outcome, took) = among_others(&cage, "p/size", deep).await;
    assert!(matches!(outcome, Err(Failure::Parse(_))), "{outcome:?}");
    assert!(took < PATIENCE);

    let open = self::cage(Limits { input: 64 << 20, ..limits() });
    open.load(&release("double := input.n * 2\nsize := count(input.list)")).await.unwrap();
    let (outcome, took) = among_others(&open, "p/size", large).await;
    println!("20 MB let in: {outcome:?} after {took:?}");
    assert!(matches!(outcome, Err(Failure::Memory | Failure::Time)), "{outcome:?}");
    assert!(took < PATIENCE);
}

#[tokio::test]
async fn data_may_not_override_a_rule() {
    let _turn = TURN.lock().await;
    let cage = cage(limits());
    for data in [r#"{"p":{"r":99}}"#, r#"{"p":1}"#, r#"{"p":{"q":{"x":1}}}"#] {
        let policy = Release { data: data.into(), ..release("r := 1\nq[k] := v if some k, v in input") };
        assert!(matches!(cage.load(&policy).await, Err(Failure::Overridden(_))), "{data}");
    }
    cage.load(&Release { data: r#"{"p":{"other":1},"s":2}"#.into(), ..release("r := data.s") })
        .await
        .unwrap();
}

#[tokio::test]
async fn bodies_are_read_as_opa_reads_them() {
    let _turn = TURN.lock().await;
    let cage = cage(limits());
    cage.load(&release("echo := input\nfixed := 1")).await.unwrap();
    let echo = async |body: &str| {
        cage.evaluate("p/echo", Bytes::from(body.to_owned())).await.map(|answer| {
            (answer.result.map(|r| String::from_utf8(r.to_vec()).unwrap()), body[answer.input].to_owned())
        })
    };
    let some = |text: &str| Ok((Some(text.to_owned()), text.to_owned()));
    assert_eq!(echo(r#"{"input":{"a":1}}"#).await, some(r#"{"a":1}"#));
    assert_eq!(echo(" {\n\"input\" : [1] \n} ").await, some("[1]"));
    assert_eq!(echo(r#"{"x":{"input":2},"input":[1],"y":[]}"#).await, some("[1]"));
    assert_eq!(echo(r#"{"input":[1],"result":"forged"}"#).await, some("[1]"));
    assert_eq!(echo(r#"{"x":1}"#).await, Ok((None, String::new())));
    assert_eq!(echo("").await, Ok((None, String::new())));
    for bad in ["{", "[1]", r#"{"input":}"#, r#"{"input":1,"input":2}"#, r#"{"input":1}}"#, r#"{"input":01}"#]
    {
        assert!(matches!(echo(bad).await, Err(Failure::Parse(_))), "{bad}: {:?}", echo(bad).await);
    }
    assert!(matches!(
        cage.evaluate("p/echo", Bytes::from_static(b"{\"input\":\"\xff\"}")).await,
        Err(Failure::Parse(_))
    ));
    // A package, a path that is not there, and one that would be an injection if it were not quoted.
    let whole = cage.evaluate("p", Bytes::from_static(b"{}")).await.unwrap();
    assert_eq!(whole.result.as_deref(), Some(&br#"{"fixed":1}"#[..]));
    for path in ["no/such", "p/fixed/x", "p[1]", "p/\"]; true", "p/fixed;1", ""] {
        let answer = cage.evaluate(path, Bytes::from_static(b"{}")).await;
        println!("{path:?}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_swap_drops_nothing_and_leaves_only_the_new_release() {
    let _turn = TURN.lock().await;
    let cage = cage(limits());
    cage.load(&release("v := [0, input.n]")).await.unwrap();
    let before = children();
    let callers: Vec<_> = (0..8)
        .map(|caller| {
            let cage = Arc::clone(&cage);
            tokio::spawn(async move {
                let (mut seen, mut n) = (0u64, 0u64);
                while seen < 10 {
                    n += 1;
                    let result = cage
                        .evaluate("p/v", body(n + caller))
                        .await
                        .expect("no request is dropped")
                        .result
                        .expect("v is defined");
                    let [version, echoed]: [u64; 2] = serde_json::from_slice(&result).unwrap();
                    assert_eq!(echoed, n + caller);
                    assert!(version >= seen, "from {seen} back to {version}");
                    seen = version;
                }
                n
            })
        })
        .collect();
    for version in 1..=10 {
        cage.load(&release(&format!("v := [{version}, input.n]"))).await.unwrap();
        // A release that does not load changes nothing.
        assert!(matches!(cage.load(&release("v := [")).await, Err(Failure::Policy(_))));
    }
    for caller in callers {
        println!("{} requests through 10 swaps", caller.await.unwrap());
    }
    settled(before.len()).await;
    assert!(children().iter().all(|child| !before.contains(child)));
}

#[tokio::test]
async fn two_hundred_kills_leak_nothing() {
    let _turn = TURN.lock().await;
    let cage = cage(Limits { memory: 128 * MIB, ..limits() });
    cage.load(&release(POLICY)).await.unwrap();
    _ = among_others(&cage, "p/range", body(1000)).await;
    settled(3).await;
    let fds = open_files();
    for n in 0..200 {
        let (guilty, honest) =
            tokio::join!(cage.evaluate("p/range", body(n)), cage.evaluate("p/double", body(n)));
        assert_eq!(guilty, Err(Failure::Memory));
        assert!(honest.is_ok(), "{honest:?}");
    }
    settled(3).await;
    assert_eq!(open_files(), fds);
    doubles(&cage, 1).await;
    drop(cage);
    settled(0).await;
}

#[tokio::test]
async fn a_reply_too_large_stays_in_the_worker() {
    let _turn = TURN.lock().await;
    let cage = cage(Limits { reply: 1 << 20, ..limits() });
    cage.load(&release("double := input.n * 2\nlarge := [i | some i in numbers.range(1, 200000)]"))
        .await
        .unwrap();
    let (outcome, _) = among_others(&cage, "p/large", body(1)).await;
    assert!(matches!(outcome, Err(Failure::TooLarge { limit: 1_048_576, .. })), "{outcome:?}");
}

#[tokio::test]
async fn processor_time_ends_a_worker_that_has_a_limit_of_it() {
    let _turn = TURN.lock().await;
    let cage = cage(Limits { cpu: Some(1), wall: Duration::from_secs(60), ..limits() });
    cage.load(&release(POLICY)).await.unwrap();
    let (outcome, took) = among_others(&cage, "p/endless", body(1)).await;
    assert_eq!(outcome, Err(Failure::Time));
    assert!(
        took < Duration::from_secs(30),
        "by its second of processor time, long before its time is up: {took:?}"
    );
}

#[tokio::test]
async fn a_warm_engine_keeps_nothing_of_the_last_request() {
    let _turn = TURN.lock().await;
    let cage = cage(limits());
    cage.load(&release(
        "now := time.now_ns()\nseen := input.a\nsaid if print(input.a)\nlong := bits.lsh(1, 5000)",
    ))
    .await
    .unwrap();
    let ask = async |path: &str, body: &'static str| {
        cage.evaluate(path, Bytes::from_static(body.as_bytes())).await.unwrap().result
    };
    let first = ask("p/now", "{}").await;
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_ne!(ask("p/now", "{}").await, first, "exceptions end by this clock");
    assert_eq!(ask("p/seen", r#"{"input":{"a":1}}"#).await.as_deref(), Some(&b"1"[..]));
    assert_eq!(ask("p/seen", r#"{"input":{"b":1}}"#).await, None);
    assert_eq!(ask("p/seen", "{}").await, None);
    _ = ask("p/said", r#"{"input":{"a":1}}"#).await;
    println!(
        "2^5000: {:?}",
        cage.evaluate("p/long", Bytes::from_static(b"{}"))
            .await
            .map(|answer| answer.result.map(|result| result.len()))
    );
}

#[tokio::test]
async fn a_stopped_worker_is_replaced_and_its_requests_answered() {
    let _turn = TURN.lock().await;
    let cage = cage(limits());
    cage.load(&release(POLICY)).await.unwrap();
    for child in children() {
        rustix::process::kill_process(
            rustix::process::Pid::from_raw(child as i32).unwrap(),
            rustix::process::Signal::STOP,
        )
        .unwrap();
    }
    // A signal takes effect when the process next runs.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let start = Instant::now();
    doubles(&cage, 5).await;
    println!("answered after {:?}", start.elapsed());
    assert!(start.elapsed() < PATIENCE);
}

#[tokio::test]
async fn workers_die_with_the_process_that_asks() {
    const PLAYS_SERVER: &str = "REGO_TEST_PLAYS_SERVER";
    let _turn = TURN.lock().await;
    if std::env::var_os(PLAYS_SERVER).is_some() {
        let cage = cage(Limits { wall: Duration::from_secs(60), ..limits() });
        cage.load(&release(POLICY)).await.unwrap();
        _ = tokio::join!(cage.evaluate("p/endless", body(1)), cage.evaluate("p/endless", body(2)));
        return;
    }
    // This same test, in a process of its own that is killed with both its workers at work.
    let mut server = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["workers_die_with_the_process_that_asks", "--exact"])
        .env(PLAYS_SERVER, "yes")
        .spawn()
        .unwrap();
    let workers = loop {
        let workers = children_of(server.id());
        if workers.len() == 2 {
            break workers;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.kill().unwrap();
    server.wait().unwrap();
    for _ in 0..100 {
        if workers.iter().all(|worker| !std::path::Path::new(&format!("/proc/{worker}")).exists()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("workers outlive the process that asks");
}

#[tokio::test]
async fn what_happens_to_a_cage_is_counted() {
    let _turn = TURN.lock().await;
    let cage = Arc::new(Cage::new(Config { workers: 1, ..config(limits()) }));
    cage.load(&release(POLICY)).await.unwrap();
    for _ in 0..3 {
        _ = among_others(&cage, "p/range", body(7)).await;
    }
    let counts = cage.counts();
    assert_eq!((counts.deaths, counts.refusals), (2, 1));
    assert!(counts.retries > 0, "those that waited at the one worker were tried again: {counts:?}");
}

#[tokio::test]
async fn what_overran_one_release_is_remembered_and_counted_on_by_the_next() {
    let _turn = TURN.lock().await;
    let first = cage(limits());
    first.load(&release(POLICY)).await.unwrap();
    for _ in 0..2 {
        assert!(matches!(first.evaluate("p/range", body(7)).await, Err(Failure::Memory | Failure::Time)));
    }
    let next = first.successor();
    let nothing_loaded = next.evaluate("p/double", body(1)).await;
    assert_eq!(nothing_loaded, Err(Failure::Unavailable), "it has a release of its own");
    next.load(&release(&POLICY.replace("* 2", "* 3"))).await.unwrap();
    assert_eq!(next.evaluate("p/range", body(7)).await, Err(Failure::Refused));
    assert_eq!((next.counts().deaths, next.counts().refusals), (2, 1));
    assert_eq!(next.evaluate("p/double", body(1)).await.unwrap().result.as_deref(), Some(&b"3"[..]));
    doubles(&first, 1).await;
}

#[tokio::test]
async fn one_evaluation_in_a_hundred_looks_for_builtins_that_fail_unseen() {
    let _turn = TURN.lock().await;
    let cage = Cage::new(Config { workers: 1, ..config(limits()) });
    cage.load(&release("sure := 1\nsilent if to_number(input.n) > 0")).await.unwrap();
    for _ in 0..200 {
        cage.evaluate("p/sure", body(1)).await.unwrap();
    }
    assert_eq!(cage.strict_errors(), 0);
    for _ in 0..200 {
        let answer = cage.evaluate("p/silent", Bytes::from_static(br#"{"input":{"n":"x"}}"#)).await.unwrap();
        assert_eq!(answer.result, None, "as in OPA, the built-in is undefined");
    }
    assert_eq!(cage.strict_errors(), 2);
}

fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

fn children() -> Vec<u32> {
    children_of(std::process::id())
}

fn children_of(parent: u32) -> Vec<u32> {
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok())
        .filter(|pid| {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1)?.parse::<u32>().ok())
                == Some(parent)
        })
        .collect()
}

async fn settled(most: usize) {
    for _ in 0..200 {
        if children().len() <= most {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{} workers are left, {most} expected", children().len());
}

#[tokio::test]
async fn what_a_policy_traces_is_told_to_whoever_asks_for_it() {
    let _turn = TURN.lock().await;
    let cage = cage(limits());
    let noting = r#"
doubled := input.n * 2 if { trace("first"); trace(sprintf("n is %v", [input.n])) }
is_true if trace("a") == true
none if trace(input.n)
many if { long := concat("", ["0123456789" | some _ in numbers.range(1, 100)]); some i in numbers.range(1, 3000); trace(long); i == 3000 }
"#;
    cage.load(&release(noting)).await.unwrap();

    let told = cage.explain("p/doubled", body(7)).await.unwrap();
    assert_eq!(
        (told.result.as_deref(), told.notes),
        (Some(&b"14"[..]), vec!["first".to_owned(), "n is 7".into()])
    );
    let untold = cage.evaluate("p/doubled", body(7)).await.unwrap();
    assert_eq!((untold.result.as_deref(), untold.notes.len()), (Some(&b"14"[..]), 0));
    assert_eq!(cage.evaluate("p/is_true", body(1)).await.unwrap().result.as_deref(), Some(&b"true"[..]));
    assert_eq!(cage.evaluate("p/none", body(1)).await.unwrap().result, None, "only text can be noted");
    let most = cage.explain("p/many", body(1)).await.unwrap().notes;
    assert!((900..1100).contains(&most.len()), "of very many there is a megabyte: {}", most.len());
}

#[tokio::test]
async fn a_worker_that_has_grown_is_replaced_between_two_requests() {
    let _turn = TURN.lock().await;
    let limits = Limits { wall: Duration::from_secs(10), ..Limits::default() };
    let cage = Arc::new(Cage::new(Config { workers: 1, ..config(limits) }));
    let growing = r#"
double := input.n * 2
long := concat("", ["0123456789" | some _ in numbers.range(1, 800)])
kept := [concat("", [long, format_int(i, 10)]) | some i in numbers.range(1, input.n)]
big if count(kept) == input.n
"#;
    cage.load(&release(growing)).await.unwrap();
    for n in 0..200 {
        doubles(&cage, n).await;
    }
    assert_eq!(cage.counts().outgrown, 0, "many small ones are no reason");
    // A worker that has just begun is let be.
    tokio::time::sleep(Duration::from_millis(1100)).await;

    let asking = tokio::spawn({
        let cage = Arc::clone(&cage);
        async move {
            let mut n = 0;
            while cage.counts().outgrown == 0 {
                doubles(&cage, n).await;
                n += 1;
            }
        }
    });
    // Some 430 of its 512 MiB, most of which stay with it until it is asked something else.
    let big = cage.evaluate("p/big", body(54_000)).await.unwrap();
    assert_eq!(big.result.as_deref(), Some(&b"true"[..]));
    tokio::time::timeout(Duration::from_secs(10), asking).await.expect("it is replaced").unwrap();
    doubles(&cage, 1).await;
    let counts = cage.counts();
    assert_eq!((counts.deaths, counts.retries, counts.outgrown), (0, 0, 1), "nobody died of it");
}
