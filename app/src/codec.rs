//! How the data of a page travels with the page.

use codee::{Decoder, Encoder};
use serde::{Serialize, de::DeserializeOwned};

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
