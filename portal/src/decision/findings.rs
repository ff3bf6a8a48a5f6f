//! What the policies found, read from the names that they give their rules.

use serde_json::{Map, Value};

use super::{Finding, Outcome};

/// The rules that find something, in the order in which that is told, and what it means.
const RULES: [(&str, Outcome); 3] =
    [("deny", Outcome::Denied), ("exempted", Outcome::Exempted), ("warn", Outcome::Advice)];

/// All that the result at a path tells of.
pub(super) fn findings(path: &str, result: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    let steps: Vec<&str> = path.split('/').filter(|step| !step.is_empty()).collect();
    match (result, steps.as_slice()) {
        (Value::Object(document), steps) => walk(&steps.join("."), document, &mut findings),
        // One rule alone was asked for.
        (value, [package @ .., rule]) => {
            let document = Map::from_iter([((*rule).to_owned(), value.clone())]);
            part(&package.join("."), &document, &mut findings);
        }
        (_, []) => {}
    }
    findings
}

/// A document answers for one policy, or for all below it.
fn walk(package: &str, document: &Map<String, Value>, findings: &mut Vec<Finding>) {
    if RULES.iter().any(|(rule, _)| document.contains_key(*rule)) {
        return part(package, document, findings);
    }
    for (name, value) in document {
        if let Some(below) = value.as_object() {
            walk(&format!("{package}.{name}"), below, findings);
        }
    }
}

fn part(package: &str, document: &Map<String, Value>, findings: &mut Vec<Finding>) {
    for (rule, outcome) in RULES {
        let values = document.get(rule).map(members).unwrap_or_default();
        findings.extend(values.into_iter().map(|value| finding(package, outcome, value)));
    }
}

/// What a set of findings holds: OPA writes a set as a list; some policies make objects of them, or find one thing
/// alone.
fn members(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(all) => all.iter().collect(),
        Value::Object(all) => all.values().collect(),
        Value::String(text) if text.is_empty() => vec![],
        Value::Bool(true) | Value::Number(_) | Value::String(_) => vec![value],
        Value::Bool(false) | Value::Null => vec![],
    }
}

fn finding(package: &str, outcome: Outcome, value: &Value) -> Finding {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let exception = value.get("exception");
    let number = exception.and_then(|one| one.as_str().or_else(|| one.get("id")?.as_str()));
    let message = text("msg").or_else(|| text("message")).or_else(|| value.as_str().map(str::to_owned));
    Finding {
        package: package.to_owned(),
        outcome,
        rule: text("rule"),
        resource: text("name").or_else(|| text("resource")).or_else(|| text("address")),
        message: message.unwrap_or_default(),
        exception: number.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Outcome, findings};

    #[test]
    fn one_rule_that_was_asked_for_is_told_by_its_name() {
        let found = findings("/aegis/provisioning/s3/deny", &json!([{"rule": "r", "name": "b"}]));
        assert_eq!((found.len(), found[0].outcome), (1, Outcome::Denied));
        assert_eq!(
            (found[0].package.as_str(), found[0].rule.as_deref()),
            ("aegis.provisioning.s3", Some("r"))
        );
        assert_eq!(findings("aegis/ai/pii/allow", &json!(false)), []);
        assert_eq!(findings("", &json!(3)), []);
    }

    #[test]
    fn an_answer_for_several_policies_tells_all_that_was_found() {
        let result = json!({
            "s3": {"deny": [], "exempted": [{"rule": "r1", "name": "b", "exception": {"id": "EXC-007"}}]},
            "ec2": {"deny": [{"rule": "r2", "name": "i"}], "allow": false, "warn": ["old"]},
            "resources": {"planned": [1, 2]},
        });
        let found = findings("aegis/provisioning", &result);
        let told: Vec<_> =
            found.iter().map(|one| (one.package.as_str(), one.outcome, one.exception.as_deref())).collect();
        assert_eq!(
            told,
            [
                ("aegis.provisioning.ec2", Outcome::Denied, None),
                ("aegis.provisioning.ec2", Outcome::Advice, None),
                ("aegis.provisioning.s3", Outcome::Exempted, Some("EXC-007")),
            ]
        );
        assert_eq!(found[1].message, "old");
    }
}
