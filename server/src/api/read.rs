//! Requests read strictly: whatever is missing, unknown or wrong is a problem document that names the field.

use axum::{
    body::{Body as Sent, Bytes},
    extract::{FromRequest, FromRequestParts, Query, RawPathParams, Request, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{error::Category, json};

use crate::{body::holds_nul, problem::Problem};

/// A JSON body. An empty one reads as `{}`, so that what it lacks is named.
pub(super) struct Body<T>(pub(super) T);

/// A query.
pub(super) struct Asked<T>(pub(super) T);

/// The parts of an address, by their names in the route.
pub(super) struct At(RawPathParams);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request<Sent>, state: &S) -> Result<Self, Problem> {
        let bytes = json_body(request, state).await?;
        let value = parse(&bytes)?;
        // Postgres keeps no NUL in a text; nothing that people write needs one.
        if holds_nul(&bytes) {
            return Err(wrong("body", "the character U+0000 cannot be kept"));
        }
        Ok(Self(value))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        if query.contains("%00") {
            return Err(wrong("query", "the character U+0000 cannot be looked for"));
        }
        let query = Query::try_from_uri(&parts.uri);
        query.map(|Query(asked)| Self(asked)).map_err(|refused| unreadable_pairs(&refused))
    }
}

/// Names the field of a query or a form that axum did not read.
pub(crate) fn unreadable_pairs(refused: &dyn std::error::Error) -> Problem {
    // What axum wraps is the path of the field, a colon, and serde's reason.
    let told = refused.source().map_or_else(|| refused.to_string(), ToString::to_string);
    let (path, reason) = told.split_once(": ").unwrap_or((".", &told));
    if path.contains(' ') { at_field(".", &told) } else { at_field(path, reason) }
}

impl<S: Send + Sync> FromRequestParts<S> for At {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = RawPathParams::from_request_parts(parts, state).await;
        let read =
            read.map_err(|refused| Problem::field(StatusCode::BAD_REQUEST, "path", refused.body_text()))?;
        match read.iter().find(|(_, value)| value.contains('\0')) {
            Some((name, _)) => Err(wrong(name, "the character U+0000 names nothing")),
            None => Ok(Self(read)),
        }
    }
}

impl At {
    pub(super) fn text(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| value).expect("a handler asks for what its route names")
    }

    /// The part of that name, or a problem that says what it should have been.
    pub(super) fn read<T: std::str::FromStr>(&self, name: &str, form: &str) -> Result<T, Problem> {
        self.text(name).parse().map_err(|_| wrong(name, form))
    }
}

/// A flag of a query, set by its bare name or by `=true` (OPA's documentation, "Query Parameters").
pub(super) fn flag<'de, D: Deserializer<'de>>(text: D) -> Result<bool, D::Error> {
    match String::deserialize(text)?.as_str() {
        "" | "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(serde::de::Error::custom("is set by its bare name, `true` or `false`")),
    }
}

/// A field that is of no use as it is.
pub(super) fn wrong(field: &str, reason: impl Into<String>) -> Problem {
    Problem::field(StatusCode::UNPROCESSABLE_ENTITY, field, reason)
}

/// The bytes of a body that says it is JSON.
pub(super) async fn json_body<S: Send + Sync>(request: Request<Sent>, state: &S) -> Result<Bytes, Problem> {
    let is_json = is_json(request.headers());
    let bytes = Bytes::from_request(request, state).await.map_err(too_long)?;
    if !is_json && !bytes.trim_ascii().is_empty() {
        let kind = "send JSON, as content-type: application/json";
        return Err(Problem::field(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type", kind));
    }
    Ok(bytes)
}

/// A request whose body has been read whole, within the limit of its route.
pub(super) async fn whole(request: Request<Sent>) -> Result<(Parts, Bytes), Problem> {
    let (parts, body) = request.into_parts();
    // The limit stands among the parts.
    let bytes = Bytes::from_request(Request::from_parts(parts.clone(), body), &()).await.map_err(too_long)?;
    Ok((parts, bytes))
}

/// A body that could not be read whole.
fn too_long(refused: BytesRejection) -> Problem {
    match refused.status() {
        status @ StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::field(status, "body", "longer than this route takes")
        }
        status => Problem::field(status, "body", refused.body_text()),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

/// A JSON object read as `T`; it is gone through a second time only to name what is wrong with it.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let trimmed = bytes.trim_ascii();
    let bytes = if trimmed.is_empty() { b"{}" } else { bytes };
    let is_object = trimmed.is_empty() || trimmed.starts_with(b"{");
    match serde_json::from_slice(bytes) {
        // serde reads a struct out of an array as well.
        Ok(value) if is_object => Ok(value),
        Ok(_) => Err(wrong("body", "must be a JSON object")),
        Err(error) if matches!(error.classify(), Category::Data) && !is_object => {
            Err(wrong("body", "must be a JSON object"))
        }
        Err(error) => Err(fault::<T>(bytes, &error)),
    }
}

fn fault<T: DeserializeOwned>(bytes: &[u8], error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    let place = format!(" at line {line} column {column}");
    let reason = error.to_string();
    let reason = reason.strip_suffix(&place).unwrap_or(&reason);
    let problem = match error.classify() {
        Category::Data => at_field(&path_of_fault::<T>(bytes), reason),
        _ => Problem::field(StatusCode::BAD_REQUEST, "body", format!("not JSON: {reason}{place}")),
    };
    problem.with("line", json!(line)).with("column", json!(column))
}

fn path_of_fault<T: DeserializeOwned>(bytes: &[u8]) -> String {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read: Result<T, _> = serde_path_to_error::deserialize(&mut reader);
    read.err().map_or_else(|| ".".into(), |error| error.path().to_string())
}

/// serde's reason, told of the field that it is about.
fn at_field(path: &str, reason: &str) -> Problem {
    let named = |prefix: &str| reason.strip_prefix(prefix).and_then(|rest| rest.split_once('`'));
    let inside = |name: &str| if path == "." { name.to_owned() } else { format!("{path}.{name}") };
    if let Some((name, _)) = named("missing field `") {
        return wrong(&inside(name), "is missing");
    }
    if let Some((name, _)) = named("duplicate field `") {
        return wrong(&inside(name), "stands twice");
    }
    if let Some((name, rest)) = named("unknown field `") {
        // The path of an unknown field ends in its name already.
        let field = if path.rsplit('.').next() == Some(name) { path.to_owned() } else { inside(name) };
        return wrong(&field, format!("is not known here{rest}"));
    }
    let field = if path == "." { "body" } else { path };
    // Our own types say their name first.
    let name =
        reason.split_once(": ").filter(|(name, _)| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
    wrong(field, name.map_or(reason, |(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use axum::{
        extract::{FromRequestParts, Request},
        response::IntoResponse,
    };
    use serde::Deserialize;
    use serde_json::Value;

    use super::{Asked, Problem, parse};

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Form {
        #[expect(dead_code, reason = "only read")]
        name: String,
        #[serde(default)]
        #[expect(dead_code, reason = "only read")]
        places: Vec<portal::Environment>,
    }

    async fn told(problem: Problem) -> (u16, Value) {
        let response = problem.into_response();
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 16).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap())
    }

    async fn refused(text: &str) -> (u16, String, String) {
        let (status, document) = told(parse::<Form>(text.as_bytes()).unwrap_err()).await;
        let text = |name: &str| document[name].as_str().unwrap_or_default().to_owned();
        (status, text("field"), text("detail"))
    }

    fn case(status: u16, field: &str, reason: &str) -> (u16, String, String) {
        (status, field.into(), reason.into())
    }

    #[tokio::test]
    async fn what_is_wrong_with_a_body_is_named() {
        assert_eq!(refused("").await, case(422, "name", "is missing"));
        assert_eq!(refused("[\"a\"]").await, case(422, "body", "must be a JSON object"));
        assert_eq!(refused("1").await, case(422, "body", "must be a JSON object"));
        let expected = "is not known here, expected `name` or `places`";
        assert_eq!(refused(r#"{"name":"a","nmae":1}"#).await, case(422, "nmae", expected));
        let expected = "invalid type: integer `1`, expected a string";
        assert_eq!(refused(r#"{"name":1}"#).await, case(422, "name", expected));
        let expected = "an environment's name is of lower-case letters, digits and dashes";
        assert_eq!(
            refused(r#"{"name":"a","places":["staging","A B"]}"#).await,
            case(422, "places[1]", expected)
        );
        assert_eq!(refused(r#"{"name":"a","name":"b"}"#).await.0, 422);
    }

    #[tokio::test]
    async fn what_is_no_json_says_where() {
        let reason = "not JSON: expected value at line 2 column 8";
        let (status, document) = told(parse::<Form>(b"{\n\"name\":}").unwrap_err()).await;
        assert_eq!((status, document["detail"].as_str()), (400, Some(reason)));
        assert_eq!((&document["line"], &document["column"]), (&2.into(), &8.into()));
        assert_eq!(refused(r#"{"name":"a"} x"#).await.0, 400);
        assert_eq!(refused("{\"name\":\"\u{1}\"}").await.0, 400);
    }

    #[tokio::test]
    async fn what_is_wrong_with_a_query_is_named() {
        let refused = async |query: &str| {
            let request = Request::get(format!("/?{query}")).body(()).unwrap();
            let (status, document) = told(
                Asked::<Form>::from_request_parts(&mut request.into_parts().0, &()).await.err().unwrap(),
            )
            .await;
            (status, document["field"].as_str().unwrap_or_default().to_owned())
        };
        assert_eq!(refused("").await, (422, "name".into()));
        assert_eq!(refused("name=a&other=1").await, (422, "other".into()));
        assert_eq!(refused("name=%00").await, (422, "query".into()));
    }
}
