//! Rego that means harm to the machine it is checked on.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use rego::opa::{check_strict, test};
use rego::report::Outcome;

use crate::{folder, opa};

#[tokio::test]
async fn rego_cannot_look_outside() {
    for call in [
        "http.send({\"url\": \"http://127.0.0.1:1\", \"method\": \"GET\"})",
        "net.lookup_ip_addr(\"localhost\")",
        "opa.runtime()",
    ] {
        let module = format!("package a\n\nx := {call}\n\ntest_x if x\n");
        let folder = folder(&[("a_test.rego", &module)]);
        let name = call.split('(').next().unwrap();
        for outcome in [check_strict(Some(&opa()), &folder).await, test(Some(&opa()), &folder).await.outcome]
        {
            let [fault] = outcome.faults() else { panic!("{outcome:?}") };
            assert!(fault.reason.contains(&format!("undefined function {name}")), "{}", fault.reason);
        }
    }
}

#[tokio::test]
async fn a_schema_is_fetched_from_nowhere() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let module = format!(
        "package a\n\ntest_x if {{\n\tjson.match_schema({{}}, {{\"$ref\": \"http://127.0.0.1:{port}/s\"}})[0]\n}}\n"
    );
    let tested = test(Some(&opa()), &folder(&[("a_test.rego", &module)])).await;
    assert!(matches!(tested.outcome, Outcome::Failed { .. }), "{:?}", tested.outcome);
    assert!(listener.accept().is_err(), "nothing was asked for");
}

#[tokio::test]
async fn rego_that_takes_all_memory_fails_its_check() {
    let module = "package a\n\ntest_x if count([x | some x in numbers.range(1, 100000000)]) == 3\n";
    let start = Instant::now();
    let tested = test(Some(&opa()), &folder(&[("a_test.rego", module)])).await;
    let [fault] = tested.outcome.faults() else { panic!("{:?}", tested.outcome) };
    let why = ["opa: it died: ", "timed out"];
    assert!(why.iter().any(|why| fault.reason.contains(why)), "{}", fault.reason);
    assert!(start.elapsed() < Duration::from_secs(120));
}
