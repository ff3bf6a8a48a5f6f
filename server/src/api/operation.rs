//! What the OpenAPI document says of one route, told where the route is made.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::path::{Parameter, ParameterIn},
};

/// One route as the document shows it.
///
/// What comes in is described by the types that read it. What goes out is named, and stands in
/// `schemas.json`: the portal's rooms do not know of OpenAPI.
pub(crate) struct Operation {
    pub(super) summary: &'static str,
    pub(super) about: &'static str,
    pub(super) query: Vec<Parameter>,
    /// The body's media types, with a schema each.
    pub(super) body: BTreeMap<&'static str, Value>,
    pub(super) answers: Vec<Answer>,
    /// Ways to say no beside those that every route of its kind has.
    pub(super) refusals: Vec<(&'static str, &'static str)>,
    /// Schemas that the body refers to, by name.
    pub(super) schemas: BTreeMap<String, Value>,
    /// Whether it takes an `Idempotency-Key`.
    pub(super) changes: bool,
    /// Whether its *no* has OPA's shape.
    pub(super) like_opa: bool,
}

/// An answer that is no *no*.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) about: &'static str,
    pub(super) content: BTreeMap<&'static str, Value>,
}

impl Operation {
    pub(super) fn new(summary: &'static str) -> Self {
        Self {
            summary,
            about: "",
            query: vec![],
            body: BTreeMap::new(),
            answers: vec![],
            refusals: vec![],
            schemas: BTreeMap::new(),
            changes: false,
            like_opa: false,
        }
    }

    pub(super) fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    pub(super) fn query<T: IntoParams>(self) -> Self {
        Self { query: T::into_params(|| Some(ParameterIn::Query)), ..self }
    }

    /// A JSON body, read as `T`.
    pub(super) fn takes<T: ToSchema>(mut self) -> Self {
        let name = T::name().into_owned();
        let schema = serde_json::to_value(<T as PartialSchema>::schema()).expect("a schema is plain JSON");
        self.body.insert("application/json", of(&name));
        self.schemas.insert(name, schema);
        self
    }

    /// A body of another kind.
    pub(super) fn takes_raw(mut self, kind: &'static str, schema: Value) -> Self {
        self.body.insert(kind, schema);
        self
    }

    /// An answer in JSON, of the schema of that name in `schemas.json`.
    pub(super) fn answers(self, status: u16, schema: &str, about: &'static str) -> Self {
        self.answers_with(status, "application/json", of(schema), about)
    }

    /// An answer with a page of things: `items`, and `next` where there is more to ask for.
    pub(super) fn lists(self, schema: &str, about: &'static str) -> Self {
        let page = json!({
            "type": "object",
            "required": ["items"],
            "properties": {
                "items": { "type": "array", "items": of(schema) },
                "next": { "type": "string", "description": "What `before` takes to go on; not there on the last page." },
            },
        });
        self.answers_with(200, "application/json", page, about)
    }

    pub(super) fn answers_with(
        mut self,
        status: u16,
        kind: &'static str,
        schema: Value,
        about: &'static str,
    ) -> Self {
        match self.answers.iter_mut().find(|answer| answer.status == status) {
            Some(answer) => _ = answer.content.insert(kind, schema),
            None => self.answers.push(Answer { status, about, content: BTreeMap::from([(kind, schema)]) }),
        }
        self
    }

    pub(super) fn refuses(mut self, status: &'static str, about: &'static str) -> Self {
        self.refusals.push((status, about));
        self
    }

    pub(super) fn like_opa(self) -> Self {
        Self { like_opa: true, ..self }
    }
}

/// A reference to a schema by its name.
pub(super) fn of(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}
