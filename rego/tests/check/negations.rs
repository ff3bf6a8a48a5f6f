//! `not` over a call that an absent field makes undefined.

use rego::report::Check;

use super::{AI, both_engines, lines};

const F: &str = "f(x) if x == 1\nm := {\"a\": 1}\n";

/// Each with whether it is refused.
const CASES: [(&str, bool); 38] = [
    // The engines differ on these when the field is missing.
    ("r if not f(input.x)", true),
    ("r if not input.x in {1}", true),
    ("r if not m[input.x]", true),
    ("r if not input.x + 1 == 2", true),
    ("r if not startswith(input.x, \"a\")", true),
    ("r if not f(object.get(input.o, \"x\", 2))", true),
    ("r if not f(data.settings.x)", true),
    ("r if { some i in input.list; not f(i.x) }", true),
    ("r if { some i in input.list; not i.x in {1} }", true),
    ("r if { some i in input.list; y := i.y; not f(y.z) }", true),
    ("r if { o := object.get(input, \"o\", {}); not f(o.x) }", true),
    ("r := [1 | not f(input.x)]", true),
    ("r if every i in input.list { not f(i.x) }", true),
    ("r contains i if { some i in input.list; not f({\"k\": i.x}) }", true),
    ("r if { is_string(input.y); not f(input.x) }", true),
    ("r if { [1 | is_number(input.x)] == []; not f(input.x) }", true),
    // So they do on what a function is given, however far it comes.
    ("g(i) if not f(i.x)\nr if g(input)", true),
    ("g(_, [i]) if not f(i.x)\nr if { l := input.list; g(1, l) }", true),
    ("g(i) if not f(i.x)\nh(i) if g(i)\nr if { some i in input.list; h(i) }", true),
    ("g(i) := [1 | not f(i.x)]\nr := g(input)", true),
    ("g(i) if not f(i.x)\nr if data.aegis.ai.p.g(input.list[0])", true),
    ("g(i) if not f(i.x)\nr if { g({\"x\": 2}); g(input) }", true),
    // They agree on these.
    ("g(i) if { is_number(i.x); not f(i.x) }\nr if g(input)", false),
    ("g(i) if not f(object.get(i, \"x\", 2))\nr if g(input)", false),
    ("g(i, j) if not f(i.x)\nr if g({\"x\": 2}, input)", false),
    ("g(i) if not f(i.x)\nr if g({\"x\": object.get(input, \"x\", 2)})", false),
    ("r if not input.x", false),
    ("r if not input.x == 1", false),
    ("r if not input.a.b[0].c", false),
    ("r if not m.a", false),
    ("r if not f(object.get(input, \"x\", 2))", false),
    ("r if { is_number(input.x); not f(input.x) }", false),
    ("r if { x := input.x; not f(x) }", false),
    ("r if { some i in input.list; not i in {1} }", false),
    ("r if { some i in input.list; not is_object(i) }", false),
    ("r if { some i in found; not f(i.x) }\nfound := [{\"x\": 2}]", false),
    ("g(i) if not f(i.x)\nr if g({\"x\": 2})", false),
    ("r if not f([y | y := input.x])", false),
];

#[tokio::test]
async fn not_over_a_call_needs_its_arguments_to_be_there() {
    for (text, refused) in CASES {
        let lines = lines(AI, Check::Negation, &format!("{F}{text}")).await;
        assert_eq!(lines.first(), refused.then_some(&4), "{text}");
    }
}

/// The reason for the check, and that it refuses nothing on which they agree.
#[tokio::test]
async fn the_engines_differ_on_what_is_refused_and_on_nothing_else() {
    for (text, refused) in CASES {
        let (ours, theirs) = both_engines(&format!("{F}{text}"), r#"{"list":[{"y":{}}],"y":"a"}"#).await;
        // Where OPA's types refuse the call already, there is nothing to compare.
        if let Some(theirs) = theirs {
            assert_eq!(ours != theirs, refused, "{text}: {ours} here, {theirs} in OPA");
        }
    }
}
