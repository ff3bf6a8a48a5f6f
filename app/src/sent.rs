//! How the data of a page travels.

use std::marker::PhantomData;

use codee::{Decoder, Encoder};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::Problem;

/// What a server function answers to a page: JSON of a `T`, read when it is shown and not before.
///
/// All that keeps, compares and replaces the data of a page handles this one text, whatever it tells. Had each page
/// its own types there, the client would carry all of that once a page: it was a fifth of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Sent<T> {
    text: Text,
    #[serde(skip)]
    of: PhantomData<fn() -> T>,
}

/// Whose type is known to whoever shows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Text(Box<RawValue>);

impl<T: Serialize> Sent<T> {
    #[cfg(feature = "ssr")]
    pub(crate) fn new(data: &T) -> Self {
        let text = serde_json::value::to_raw_value(data)
            .expect("what pages show is JSON: its maps have names as keys");
        Self { text: Text(text), of: PhantomData }
    }
}

impl<T> Sent<T> {
    pub(crate) fn into_text(self) -> Text {
        self.text
    }
}

impl<T: DeserializeOwned> Sent<T> {
    pub(crate) fn read(self) -> Result<T, Problem> {
        self.text.read()
    }
}

impl Text {
    /// Of a page that asks for nothing.
    pub(crate) fn none() -> Self {
        Self(RawValue::NULL.to_owned())
    }

    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        // From bytes, as the answers of server functions are read: from text there would be a second reader of each type.
        serde_json::from_slice(self.0.get().as_bytes()).map_err(|unreadable| {
            leptos::logging::warn!("{unreadable}");
            Problem::Unreachable
        })
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

/// JSON that is read from bytes, as the answer of a server function is. Read from text instead, the client would
/// carry the reader of every type twice: that was a tenth of it.
pub struct Json;

impl<T: Serialize> Encoder<T> for Json {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(value: &T) -> Result<String, Self::Error> {
        serde_json::to_string(value)
    }
}

impl<T: DeserializeOwned> Decoder<T> for Json {
    type Error = serde_json::Error;
    type Encoded = str;

    fn decode(text: &str) -> Result<T, Self::Error> {
        serde_json::from_slice(text.as_bytes())
    }
}
