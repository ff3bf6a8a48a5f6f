//! What holds on every way in, whatever stands behind it and whoever comes: a new route cannot go round it.

pub(crate) mod headers;
pub(crate) mod limits;
pub(crate) mod origin;
mod settings;
pub(crate) mod whence;

pub use settings::LimitSettings;
