//! What somebody may mean by a text.

use std::str::FromStr;

use crate::{exception, policy::Bundle};

#[cfg(test)]
mod tests;

/// Characters of a text from which on it is looked for inside of names: fewer are in nearly all of them.
const SHORTEST: usize = 3;
/// Characters of a text that can be anything's name.
const LONGEST: usize = 200;
/// Digits of the largest number of an exception.
const WIDEST: usize = 12;
/// Characters of a digest that tell it from others.
const DIGEST: usize = 6;

/// What a text may be meant as; it may be several at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) exception: Option<exception::Number>,
    /// The numbers that begin as was given, each range from its first to its last.
    pub(super) exceptions: Vec<(i64, i64)>,
    pub(super) versions: Option<Versions>,
    /// The beginning of a SHA-256 in hex.
    pub(super) digest: Option<String>,
    pub(super) decision: Option<String>,
    /// Part of a name.
    pub(super) words: Option<String>,
}

/// Versions by bundle and by as much of their number as was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Versions {
    pub(super) bundles: Vec<Bundle>,
    pub(super) major: Option<i32>,
    pub(super) minor: Option<i32>,
    pub(super) patch: Option<i32>,
}

impl From<&str> for Asked {
    fn from(text: &str) -> Self {
        let text = text.trim();
        let length = text.chars().count();
        if length == 0 || length > LONGEST {
            return Self::default();
        }
        let small = text.to_lowercase();
        let exceptions = begun_number(&small).map(numbers_from).unwrap_or_default();
        // Who is at a number asks for no name.
        let is_name = length >= SHORTEST && exceptions.is_empty();
        Self {
            exception: exception_number(&small),
            exceptions,
            versions: Versions::asked(&small),
            digest: digest(&small),
            decision: (length >= 8 && !text.contains(char::is_whitespace)).then(|| text.to_owned()),
            words: is_name.then(|| text.to_owned()),
        }
    }
}

/// `EXC-014`, `exc 14`, `exc14` or only `14`.
fn exception_number(small: &str) -> Option<exception::Number> {
    let digits = small.strip_prefix("exc").map_or(small, |rest| rest.trim_start_matches(['-', ' ']));
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten().map(exception::Number)
}

/// What follows `EXC-`, which may be nothing yet.
fn begun_number(small: &str) -> Option<&str> {
    let rest = small.strip_prefix("exc")?;
    let digits = rest.trim_start_matches(['-', ' ']);
    let begun =
        !rest.is_empty() && digits.len() <= WIDEST && digits.bytes().all(|byte| byte.is_ascii_digit());
    begun.then_some(digits)
}

/// The numbers that are written with these digits first. They have three digits at least, and no more than they need.
fn numbers_from(digits: &str) -> Vec<(i64, i64)> {
    let begun: i64 = digits.parse().unwrap_or_default();
    let written = |width: &usize| *width == 3 || !digits.starts_with('0');
    let range = |width: usize| {
        let size = 10_i64.pow((width - digits.len()) as u32);
        (begun * size, (begun + 1) * size - 1)
    };
    (digits.len().max(3)..=WIDEST).filter(written).map(range).collect()
}

/// `sha256:ab12cd…` or only its beginning.
fn digest(small: &str) -> Option<String> {
    let hex = small.strip_prefix("sha256:").unwrap_or(small);
    let plain = hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (plain && (DIGEST..=64).contains(&hex.len())).then(|| hex.to_owned())
}

impl Versions {
    /// A number such as `v1.2`, part of a bundle's name, or both; nothing else may stand beside them.
    fn asked(small: &str) -> Option<Self> {
        let (mut number, mut bundles) = (None, Bundle::OF_POLICIES.to_vec());
        let mut named = false;
        for word in
            small.split(|c: char| c.is_whitespace() || matches!(c, '/' | '@')).filter(|word| !word.is_empty())
        {
            if let Some(part) = part_of_number(word)
                && number.is_none()
            {
                number = Some(part);
            } else {
                bundles.retain(|bundle| bundle.to_string().contains(word));
                named |= word.len() >= 2;
            }
        }
        let [major, minor, patch] = number.unwrap_or_default();
        (!bundles.is_empty() && (named || major.is_some())).then_some(Self { bundles, major, minor, patch })
    }
}

/// One to three numbers with dots between them. The `v` may be left out only where there is a dot: a number alone
/// is an exception's.
fn part_of_number(word: &str) -> Option<[Option<i32>; 3]> {
    let digits = word.strip_prefix('v').unwrap_or(word);
    let parts: Vec<&str> = digits.split('.').collect();
    let read = |part: &&str| {
        (part.len() <= 6).then(|| i32::from_str(part).ok().filter(|number| *number >= 0)).flatten()
    };
    let numbers: Vec<i32> = parts.iter().map(read).collect::<Option<_>>()?;
    let told = numbers.len() <= 3 && (digits.len() < word.len() || numbers.len() > 1);
    told.then(|| [0, 1, 2].map(|place| numbers.get(place).copied()))
}
