//! `/api/v1` as programs meet it. Every answer in these tests is also held against the OpenAPI document.

#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

mod again;
mod caller;
mod decisions;
mod document;
mod exceptions;
mod fleet;
mod policies;
mod releases;
mod rights;
mod strictness;
mod tokens;
mod turns;
