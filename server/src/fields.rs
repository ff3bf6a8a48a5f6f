//! The fields of a form, as a browser sends them by itself.

use std::str::FromStr;

use axum::{
    body::{Body, to_bytes},
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
};

use crate::{problem::Problem, routes::SMALL};

/// In the order in which they stand in the form; one name may come several times.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// # Errors
    /// What is no form, and one that is too long.
    pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, Problem> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
            let why = "a page takes the form that it shows";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
        }
        let body = to_bytes(body, SMALL).await;
        let body = body.map_err(|_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "the form is too long"))?;
        Ok(Self::of(&body))
    }

    /// A browser ends lines by two characters, which would count twice against a limit.
    pub(crate) fn of(body: &[u8]) -> Self {
        let plain = |(name, value): (String, String)| (name, value.replace("\r\n", "\n"));
        Self(form_urlencoded::parse(body).into_owned().map(plain).collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// What the field says, if it says anything.
    ///
    /// # Errors
    /// A problem of this field where it says nothing that can be read.
    pub(crate) fn parsed<T: FromStr>(&self, name: &str) -> Result<Option<T>, Problem> {
        let said = self.get(name).map(str::trim).filter(|said| !said.is_empty());
        let read = said.map(|said| said.parse().map_err(|_| wrong(name, "cannot be read")));
        read.transpose()
    }

    /// The same of a field that has to say something.
    pub(crate) fn needed<T: FromStr>(&self, name: &str) -> Result<T, Problem> {
        self.parsed(name)?.ok_or_else(|| wrong(name, "is missing"))
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(field, _)| field != name);
        self
    }

    /// As they were sent.
    pub(crate) fn encoded(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    pub(crate) fn into_pairs(self) -> Vec<(String, String)> {
        self.0
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        Self::read(&parts.headers, body).await
    }
}

pub(crate) fn wrong(field: &str, reason: &str) -> Problem {
    Problem::field(StatusCode::UNPROCESSABLE_ENTITY, field, reason)
}

#[cfg(test)]
mod tests {
    use super::Fields;

    #[test]
    fn a_line_break_counts_once() {
        assert_eq!(Fields::of(b"why=a%0D%0Ab+c").get("why"), Some("a\nb c"));
    }

    #[test]
    fn a_field_is_read_by_its_name_and_says_what_is_wrong_with_it() {
        let fields = Fields::of(b"n=3&scopes=a&scopes=b&empty=+&word=x");
        assert_eq!(fields.needed::<u8>("n").ok(), Some(3));
        assert_eq!(fields.all("scopes").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(fields.parsed::<u8>("empty").ok(), Some(None));
        for name in ["empty", "word", "absent"] {
            assert!(fields.needed::<u8>(name).is_err(), "{name}");
        }
        assert_eq!(fields.without("scopes").encoded(), "n=3&empty=+&word=x");
    }
}
