//! What holds on every way in, walked from the one list of them.

#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

mod asked;
mod headers;
mod limits;
mod origin;
mod said;
mod table;
