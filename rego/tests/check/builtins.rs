//! Calls to what is not there, or with too few or too many arguments.

use rego::report::Check;

use super::{AI, PROVISIONING, lines, opa, places, reasons, report};

/// Lines at fault, where either engine decides.
async fn both(text: &str) -> [Vec<u32>; 2] {
    [lines(AI, Check::Builtins, text).await, lines(PROVISIONING, Check::Builtins, text).await]
}

#[tokio::test]
async fn a_builtin_that_nobody_has_is_refused() {
    assert_eq!(both("x := nonsense(1)\ny := strings.shout(\"a\")\nz := count([1])").await, [[2, 3], [2, 3]]);
    // Wherever it stands.
    let text = "a if not nope(1)\nb := [nope(1) | true]\nc if every x in [1] { nope(x) }\nd if 1 == 1 with input as nope(1)";
    assert_eq!(both(text).await, [[2, 3, 4, 5], [2, 3, 4, 5]]);
}

#[tokio::test]
async fn the_engine_that_decides_must_have_the_builtin() {
    assert_eq!(both("x := crypto.sha256(\"a\")").await, [vec![2], vec![]]);
    let report = report(&[("p.rego", "package aegis.ai.p\nx := crypto.sha256(\"a\")")]).await;
    assert!(reasons(&report, Check::Builtins).contains("OPA has the built-in crypto.sha256"));
}

#[tokio::test]
async fn a_builtin_that_reaches_out_is_refused() {
    let text = "x := http.send({})\ny := net.lookup_ip_addr(\"a\")\nz := opa.runtime()";
    assert_eq!(both(text).await, [[2, 3, 4], [2, 3, 4]]);
}

#[tokio::test]
async fn the_number_of_arguments_must_be_right() {
    let text = "x := count([1], 2, 3)\ny := startswith(\"a\")\nz := f(1)\nf(a, b) := a + b\nw if { count([1], n); n == 1 }\nv := time.now_ns()";
    assert_eq!(both(text).await, [[2, 3, 4], [2, 3, 4]]);
    assert_eq!(both("x if print(\"any\", 1, 2, 3)\ny if print()").await, [[0; 0], [0; 0]]);
}

#[tokio::test]
async fn a_function_of_another_package_must_be_there() {
    let report = report(&[
        ("a.rego", "package aegis.ai.a\nimport data.aegis.ai.b\nimport data.aegis.ai.b as other\nx := b.f(1)\ny := other.f(1)\nz := b.nope(1)\nw := data.aegis.ai.b.gone(1)\nv := b.f(1, 2, 3)\nu := b.value(1)"),
        ("b.rego", "package aegis.ai.b\nf(x) := x\nvalue := 1"),
    ])
    .await;
    assert_eq!(
        places(&report, Check::Builtins),
        [("a.rego", 6, "z"), ("a.rego", 7, "w"), ("a.rego", 8, "v"), ("a.rego", 9, "u")]
    );
}

/// The committed list is what OPA says of itself, else the check would refuse or allow the wrong calls.
#[tokio::test]
async fn the_list_of_opas_builtins_is_opas() {
    let opa = opa();
    assert_eq!(opa.version().await.unwrap(), rego::opa::PINNED);
    let said =
        std::process::Command::new(opa.program()).args(["capabilities", "--current"]).output().unwrap();
    let said: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    let line = |builtin: &serde_json::Value| {
        let declared = &builtin["decl"];
        let arguments = declared["args"].as_array().map_or(0, Vec::len).to_string();
        let arity = if declared["variadic"].is_null() { &arguments } else { "*" };
        format!("{} {arity}\n", builtin["name"].as_str().unwrap())
    };
    let said: String = said["builtins"].as_array().unwrap().iter().map(line).collect();
    assert_eq!(said, include_str!("../../src/check/opa-builtins.txt"));
}
