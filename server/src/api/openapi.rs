//! The OpenAPI document, built from the list that the router is built from: no route can be missing.

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::operation::{Operation, of};
use crate::routes::{Route, Who};

/// Where the document is found.
pub(super) const PATH: &str = "/api/v1/openapi.json";

/// Schemas of what goes out, and of what stands in addresses.
const SCHEMAS: &str = include_str!("schemas.json");

/// The document of these routes (OpenAPI Specification 3.1.0).
pub(super) fn document(routes: &[Route]) -> Value {
    let mut schemas: Map<String, Value> = serde_json::from_str(SCHEMAS).expect("our own file is JSON");
    let mut paths = Map::new();
    for route in routes {
        let Some(operation) = &route.operation else { continue };
        schemas.extend(operation.schemas.clone());
        let methods = paths.entry(route.path.replace("{*", "{")).or_insert_with(|| json!({}));
        methods[route.method.as_str().to_lowercase()] = described(route, operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Aegis Policy Portal",
            "version": env!("CARGO_PKG_VERSION"),
            "description": include_str!("about.md"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token that an admin issued; a browser's session does as well.",
                },
            },
        },
    })
}

fn described(route: &Route, operation: &Operation) -> Value {
    let mut described = json!({
        "operationId": operation_id(route.name),
        "summary": operation.summary,
        "tags": [tag(route.path)],
        "parameters": parameters(route, operation),
        "responses": responses(route, operation),
    });
    if !operation.about.is_empty() {
        described["description"] = json!(operation.about);
    }
    if route.who == Who::Anyone {
        described["security"] = json!([]);
    }
    if !operation.body.is_empty() {
        let content: Map<String, Value> =
            operation.body.iter().map(|(kind, schema)| media(kind, schema)).collect();
        described["requestBody"] = json!({ "required": true, "content": content });
    }
    described
}

fn media(kind: &str, schema: &Value) -> (String, Value) {
    (kind.to_owned(), json!({ "schema": schema }))
}

/// `list exceptions` as `listExceptions`.
fn operation_id(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |id, word| {
        let (head, tail) = word.split_at(1);
        id + &head.to_uppercase() + tail
    })
}

/// The noun that an address is about.
fn tag(path: &str) -> &str {
    path.strip_prefix("/api/v1/").and_then(|rest| rest.split('/').next()).unwrap_or_default()
}

fn parameters(route: &Route, operation: &Operation) -> Vec<Value> {
    let of_path = in_path(route.path)
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": of(schema_of(name)) }));
    let of_query =
        operation.query.iter().map(|known| serde_json::to_value(known).expect("a parameter is plain JSON"));
    let key = operation.changes.then(|| {
        let about = "Makes it safe to send the same request again within 24 hours: it is done once, and answered the same.";
        let schema = json!({ "type": "string", "minLength": 1, "maxLength": 255 });
        json!({ "name": "Idempotency-Key", "in": "header", "description": about, "schema": schema })
    });
    of_path.chain(of_query).chain(key).collect()
}

fn in_path(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|part| Some(part.strip_prefix('{')?.strip_suffix('}')?.trim_start_matches('*')))
}

/// The schema of a part of an address, by its name there.
fn schema_of(parameter: &str) -> &'static str {
    match parameter {
        "bundle" => "Bundle",
        "id" => "Id",
        "number" => "ExceptionNumber",
        "package" => "Package",
        "path" => "DataPath",
        "version" => "VersionOrArchive",
        other => unreachable!("{other} is not the name of a part of our addresses"),
    }
}

fn responses(route: &Route, operation: &Operation) -> Map<String, Value> {
    let told = operation.answers.iter().map(|answer| {
        let content: Map<String, Value> =
            answer.content.iter().map(|(kind, schema)| media(kind, schema)).collect();
        (answer.status.to_string(), json!({ "description": answer.about, "content": content }))
    });
    let known: Map<String, Value> = told.collect();
    let no = refusals(route, operation).into_iter().filter(|(status, _)| !known.contains_key(*status));
    let no = no.map(|(status, about)| {
        (status.to_owned(), refused(about, operation.like_opa && !["401", "429"].contains(&status)))
    });
    let no: Vec<_> = no.collect();
    known.into_iter().chain(no).collect()
}

/// The ways in which a route says no, by status.
fn refusals(route: &Route, operation: &Operation) -> Vec<(&'static str, &'static str)> {
    let (known, changes) = (route.who == Who::Known, operation.changes);
    let (has_body, has_path) = (route.method == Method::POST, in_path(route.path).next().is_some());
    let said = [
        (has_body || has_path, "400", "It cannot be read: not JSON, or not UTF-8."),
        (known, "401", "Nobody is signed in, and no token was sent that is known."),
        (known, "403", "Whoever asks may not do this; decisions take a person, so no token ever may."),
        (has_path || changes, "404", "There is no such thing, or it is not for whoever asks."),
        (changes, "409", "A rule says no, or the same `Idempotency-Key` is under way."),
        (has_body, "413", "The body is longer than this route takes."),
        (has_body, "415", "The body is of a kind that this route does not take."),
        (true, "422", "A field or a name in the query is missing, unknown or wrong: `field` names it."),
        (known, "429", "It was asked more often than it may be: `Retry-After` tells the seconds to wait."),
        (true, "500", "Something broke on our side: `reference` is what to quote."),
        (true, "503", "Something that the portal stands on is away; the same may work in a while."),
    ];
    let said = said.into_iter().filter(|(applies, ..)| *applies).map(|(_, status, about)| (status, about));
    said.chain(operation.refusals.iter().copied()).collect()
}

fn refused(about: &str, like_opa: bool) -> Value {
    let (kind, schema) =
        if like_opa { ("application/json", "OpaError") } else { ("application/problem+json", "Problem") };
    json!({ "description": about, "content": { kind: { "schema": of(schema) } } })
}
