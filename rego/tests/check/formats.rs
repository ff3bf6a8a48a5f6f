//! Formats of `sprintf`.

use rego::report::Check;

use super::{AI, PROVISIONING, both_engines, lines};

async fn refused(namespace: &str, call: &str) -> bool {
    !lines(namespace, Check::Sprintf, &format!("x := sprintf({call})")).await.is_empty()
}

#[tokio::test]
async fn each_argument_has_its_verb_and_each_verb_its_argument() {
    for call in
        [r#""%v", []"#, r#""%v and %v", [input.a]"#, r#""none", [1]"#, r#""%%", [1]"#, "`raw %v`, [1, 2]"]
    {
        assert!(refused(AI, call).await, "{call}");
        assert!(refused(PROVISIONING, call).await, "{call}");
    }
    for call in [r#""%v", [input.a]"#, r#""100 %% of %s: %v", [1, 2]"#, r#""", []"#] {
        assert!(!refused(AI, call).await, "{call}");
    }
}

/// A format that does not fit vanishes in the embedded engine with the rule around it, and nothing tells before.
#[tokio::test]
async fn where_the_embedded_engine_decides_format_and_arguments_are_written_out() {
    for call in [
        r#""%v", input.list"#,
        "input.format, [1, 2]",
        r#"concat("", ["%v", "%v"]), [1]"#,
        r#""%v", [x | some x in input.list]"#,
        r#""%v", array.concat([1], [2])"#,
    ] {
        assert!(refused(AI, call).await, "{call}");
        assert!(!refused(PROVISIONING, call).await, "{call}");
    }
    let text = "f := \"%v and %v\"\nr contains m if {\n\tl := [1]\n\tm := sprintf(f, l)\n}";
    assert_eq!(lines(AI, Check::Sprintf, text).await, [5]);
    let (ours, theirs) = both_engines(text, "{}").await;
    assert!(ours == serde_json::json!([]) && theirs.is_some_and(|theirs| theirs != ours));
}

#[tokio::test]
async fn verbs_that_the_engines_print_differently_are_refused() {
    for verb in [
        "%T", "%t", "%+v", "%#v", "%-10v", "%10v", "%5s", "%U", "%*d", "%o", "%6.2f", "%f", "%g", "%e",
        "%[1]d", "%", "%5",
    ] {
        assert!(refused(PROVISIONING, &format!(r#""{verb}", [1]"#)).await, "{verb}");
    }
    for verb in ["%v", "%s", "%d", "%5d", "%03d", "%x", "%.2f", "%q"] {
        assert!(!refused(PROVISIONING, &format!(r#""a {verb} b", [input.a]"#)).await, "{verb}");
    }
}

/// In the embedded engine `%d` of 3.7 is undefined, and the deny around it vanishes.
#[tokio::test]
async fn where_the_embedded_engine_decides_a_verb_must_take_whatever_comes() {
    assert!(refused(AI, r#""%d", [input.n]"#).await);
    assert!(!refused(PROVISIONING, r#""%d", [input.n]"#).await);
    assert!(!refused(AI, r#""%d of %v", [count(input.list), input.n]"#).await);
}

#[tokio::test]
async fn what_is_let_through_is_printed_alike_by_both_engines() {
    let calls = [
        r#""%v %v %v", ["a", 1, null]"#,
        r#""%v %v", [[1, "a"], {"a": true}]"#,
        r#""%s and %%", ["a"]"#,
        r#""%d|%5d|%03d|%x|%X|%4x", [7, 7, 7, 255, 255, 10]"#,
        r#""%.2f|%.0f", [3.14159, 2.6]"#,
        r#""%q", ["it's \"quoted\""]"#,
    ];
    for call in calls {
        assert!(!refused(PROVISIONING, call).await, "{call}");
        let (ours, theirs) = both_engines(&format!("r := sprintf({call})"), "{}").await;
        assert_eq!(Some(&ours), theirs.as_ref(), "{call}");
    }
}
