//! Signing in by an identity provider, honest and hostile ones: what proves nothing opens nothing.

#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

mod access;
mod anew;
mod groups;
mod hostile;
mod log;
mod logout;
mod provider;
mod round;
mod secrets;
mod sessions;
mod whence;
