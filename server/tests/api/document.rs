//! The OpenAPI document: that it names every route, and that what comes back is what it says.

use portal::{Id, Person};
use serde_json::{Map, Value};
use sqlx::PgPool;
use uuid::Uuid;

use crate::caller::{Api, Heard};

pub(crate) struct Document(Value);

/// One route as the document has it.
#[derive(Clone)]
pub(crate) struct Described<'a> {
    pub(crate) path: &'a str,
    pub(crate) method: &'a str,
    pub(crate) operation: &'a Value,
}

impl Described<'_> {
    pub(crate) fn id(&self) -> &str {
        self.operation["operationId"].as_str().expect("every operation has one")
    }

    /// Whether strangers are let in.
    pub(crate) fn is_open(&self) -> bool {
        self.operation["security"] == serde_json::json!([])
    }
}

impl Document {
    pub(crate) fn new(json: Value) -> Self {
        Self(json)
    }

    pub(crate) fn all(&self) -> Vec<Described<'_>> {
        let paths = self.0["paths"].as_object().expect("there are paths");
        let methods = paths.iter().flat_map(|(path, methods)| {
            let methods = methods.as_object().expect("methods by name");
            methods.iter().map(move |(method, operation)| Described { path, method, operation })
        });
        methods.collect()
    }

    /// The schema of a JSON body, if the route takes one.
    pub(crate) fn body<'a>(&'a self, route: &Described<'a>) -> Option<&'a Map<String, Value>> {
        let schema = &route.operation["requestBody"]["content"]["application/json"]["schema"];
        self.resolve(schema)["properties"].as_object()
    }

    pub(crate) fn required<'a>(&'a self, route: &Described<'a>) -> Vec<&'a str> {
        let schema = &route.operation["requestBody"]["content"]["application/json"]["schema"];
        let names = self.resolve(schema)["required"].as_array().into_iter().flatten();
        names.filter_map(Value::as_str).collect()
    }

    /// Whether an answer's status, kind and body are what the document says.
    pub(crate) fn allows(&self, method: &str, path: &str, heard: &Heard) -> Result<(), String> {
        let Some(route) = self.find(method, path) else { return Ok(()) };
        let responses = &route.operation["responses"];
        let known = responses.get(heard.status.to_string()).ok_or("the status is not documented")?;
        let kind = heard.header("content-type").split(';').next().unwrap_or_default();
        let content = known["content"].get(kind).ok_or_else(|| format!("{kind} is not documented"))?;
        if kind.ends_with("json") { self.fits(&heard.json, &content["schema"], "answer") } else { Ok(()) }
    }

    fn find(&self, method: &str, path: &str) -> Option<Described<'_>> {
        let fits = |route: &Described| {
            let (template, path) = (route.path.split('/'), path.split('/'));
            let open_ended = route.path.ends_with("{path}");
            let same =
                template.clone().zip(path.clone()).all(|(part, is)| part.starts_with('{') || part == is);
            same && (open_ended || template.count() == path.count())
        };
        // An address that is spelled out goes before one with parts to fill in.
        let mut found: Vec<_> = self.all().into_iter().filter(|r| r.method == method && fits(r)).collect();
        found.sort_by_key(|route| route.path.matches('{').count());
        found.first().cloned()
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let name = schema["$ref"].as_str().and_then(|name| name.strip_prefix("#/components/schemas/"));
        name.map_or(schema, |name| &self.0["components"]["schemas"][name])
    }

    /// Whether a value is of a schema. Objects may have nothing beside what the schema names.
    fn fits(&self, value: &Value, schema: &Value, at: &str) -> Result<(), String> {
        let schema = self.resolve(schema);
        assert!(schema.is_object(), "{at} has no schema");
        if let Some(any) = schema["anyOf"].as_array() {
            let fits = any.iter().any(|schema| self.fits(value, schema, at).is_ok());
            return if fits { Ok(()) } else { Err(format!("{at} is {value}, none of {any:?}")) };
        }
        let allowed = &schema["type"];
        if !allowed.is_null() && !kinds(allowed).contains(&kind(value)) {
            return Err(format!("{at} is {value}, not {allowed}"));
        }
        if schema["enum"].as_array().is_some_and(|names| !names.contains(value)) {
            return Err(format!("{at} is {value}, none of {}", schema["enum"]));
        }
        match (value, schema["format"].as_str()) {
            (Value::String(text), Some("date-time"))
                if chrono::DateTime::parse_from_rfc3339(text).is_err() =>
            {
                Err(format!("{at} is {text}, no moment"))
            }
            (Value::String(text), Some("uuid")) if text.parse::<Uuid>().is_err() => {
                Err(format!("{at}: {text}"))
            }
            (Value::Object(object), _) => self.object_fits(object, schema, at),
            (Value::Array(items), _) => {
                items.iter().try_for_each(|item| self.fits(item, &schema["items"], at))
            }
            _ => Ok(()),
        }
    }

    fn object_fits(&self, object: &Map<String, Value>, schema: &Value, at: &str) -> Result<(), String> {
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        if let Some(missing) = required.into_iter().find(|name| !object.contains_key(*name)) {
            return Err(format!("{at} has no {missing}"));
        }
        for (name, value) in object {
            let at = format!("{at}.{name}");
            match (schema["properties"].get(name), &schema["additionalProperties"]) {
                (Some(known), _) => self.fits(value, known, &at)?,
                (None, Value::Bool(true)) => {}
                (None, more @ Value::Object(_)) => self.fits(value, more, &at)?,
                // The document itself is of a schema that is not ours.
                (None, _) if schema["properties"].is_null() => {}
                (None, _) => return Err(format!("{at} is not documented")),
            }
        }
        Ok(())
    }
}

fn kinds(allowed: &Value) -> Vec<&str> {
    match allowed {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect(),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn the_document_names_every_route_of_the_api_and_no_other(pool: PgPool) {
    let api = Api::new(pool).await;
    let mut routes: Vec<_> = server::routes::routes(&api.site)
        .iter()
        .filter(|route| route.path.starts_with("/api/v1/"))
        .map(|route| format!("{} {}", route.method.as_str().to_lowercase(), route.path.replace("{*", "{")))
        .collect();
    let mut described: Vec<_> =
        api.document.all().iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    routes.sort();
    described.sort();
    assert!(routes.len() > 30, "{routes:?}");
    assert_eq!(routes, described);
}

#[sqlx::test(migrations = "../migrations")]
async fn the_document_is_whole_and_its_operations_have_names_of_their_own(pool: PgPool) {
    let api = Api::new(pool).await;
    assert_eq!(api.document.0["openapi"], "3.1.0");
    let broken = broken_references(&api.document.0, &api.document.0);
    assert_eq!(broken, Vec::<String>::new());
    let mut ids: Vec<_> = api.document.all().iter().map(|route| route.id().to_owned()).collect();
    ids.sort();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), all, "{ids:?}");
    let text = api.document.0.to_string();
    for name in text.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(api.document.0["components"]["schemas"][name].is_object(), "there is no schema {name}");
    }
    let who = Id::<Person>::fresh().to_string();
    assert!(
        api.document.fits(&serde_json::json!({ "id": who, "name": "ann" }), &reference("Who"), "who").is_ok()
    );
    assert!(
        api.document.fits(&serde_json::json!({ "id": who, "more": 1 }), &reference("Who"), "who").is_err()
    );
}

fn reference(name: &str) -> Value {
    serde_json::json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// References that lead nowhere.
fn broken_references(value: &Value, document: &Value) -> Vec<String> {
    match value {
        Value::Object(object) => {
            let here = object.get("$ref").and_then(Value::as_str);
            let broken = here.filter(|to| document.pointer(to.trim_start_matches('#')).is_none());
            let below = object.values().flat_map(|value| broken_references(value, document));
            broken.map(str::to_owned).into_iter().chain(below).collect()
        }
        Value::Array(values) => values.iter().flat_map(|value| broken_references(value, document)).collect(),
        _ => vec![],
    }
}
