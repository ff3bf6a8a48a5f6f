//! Why a bundle could not be built, signed or trusted.

/// Each message names the file, root or key at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// A file, or what it holds, has no place in a bundle.
    #[error("{file}: {reason}")]
    Content { file: String, reason: String },
    #[error("root `{0}` is not a path of names")]
    Root(String),
    #[error("roots `{0}` and `{1}` overlap")]
    OverlappingRoots(String, String),
    #[error("a bundle without roots would own all of data")]
    NoRoots,
    /// Not an archive, or one beyond the limits.
    #[error("not a bundle: {0}")]
    Unreadable(String),
    #[error("the bundle is not signed")]
    Unsigned,
    #[error("the signature file is not one signature of the known shape: {0}")]
    Signature(String),
    #[error("signed with key `{0}`, which is not among the known keys")]
    UnknownKey(String),
    #[error("the signature does not fit key `{0}`")]
    Forged(String),
    #[error("signed for scope `{0}`, not for `write`")]
    Scope(String),
    #[error("{file}: its content is not what was signed")]
    Digest { file: String },
    #[error("{0}: not covered by the signature")]
    Unlisted(String),
    #[error("{0}: signed, but not in the bundle")]
    Missing(String),
    /// A key that cannot be read, kept or used; never with the key in it.
    #[error("key: {0}")]
    Key(String),
}

impl BundleError {
    pub(crate) fn content(file: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Content { file: file.into(), reason: reason.into() }
    }
}
