//! Why somebody did it, in their own words: the same rule for every deed that is explained.

pub const LONGEST_REASON: usize = 2000;

/// As it is kept, without space around it; none where nothing is said, or too much.
pub(crate) fn given(text: &str) -> Option<String> {
    at_most(text).filter(|text| !text.is_empty())
}

/// The same where nothing need be said.
pub(crate) fn at_most(text: &str) -> Option<String> {
    let text = text.trim();
    (text.chars().count() <= LONGEST_REASON).then(|| text.to_owned())
}
