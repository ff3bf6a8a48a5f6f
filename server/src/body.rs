//! Bodies: those of any length, of which only so much is held, and what no text in them may hold.

use std::{future::poll_fn, pin::Pin};

use axum::body::{Body, Bytes, HttpBody};

/// The first `most` bytes of a body, and how many it has.
///
/// It is read to its end: whoever is still sending when a connection is closed learns only that it broke.
///
/// # Errors
/// Where the body breaks off.
pub(crate) async fn beginning(mut body: Body, most: usize) -> Result<(Bytes, usize), axum::Error> {
    let (mut held, mut length) = (Vec::new(), 0);
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(bytes) = frame?.into_data() else { continue };
        held.extend_from_slice(&bytes[..bytes.len().min(most - held.len())]);
        length += bytes.len();
    }
    Ok((held.into(), length))
}

/// Whether a JSON text escapes a NUL; a bare one is no JSON.
pub(crate) fn holds_nul(json: &[u8]) -> bool {
    let ends_in_odd = |before: &[u8]| before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1;
    (1..json.len()).any(|at| json[at..].starts_with(b"u0000") && ends_in_odd(&json[..at]))
}

#[cfg(test)]
mod tests {
    use super::holds_nul;

    #[test]
    fn a_nul_is_found_where_it_is_one() {
        assert!(holds_nul(br#"{"a":"x\u0000"}"#));
        assert!(holds_nul(br#"{"a":"\\\u0000"}"#));
        assert!(!holds_nul(br#"{"a":"\\u0000"}"#));
        assert!(!holds_nul(br#"{"a":"u0000"}"#));
    }
}
