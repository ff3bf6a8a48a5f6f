//! Secrets that browsers and machines hold: a prefix that scanners know, 30 random characters (178 bits),
//! and a checksum that tells a slip of the hand from a guess without asking the database.

use std::fmt;

use rand::{Rng, distr::Alphanumeric};
use sha2::{Digest, Sha256};

const RANDOM: usize = 30;
const CHECKSUM: usize = 6;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A secret on its way to whoever holds it. It is shown once and does not print itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKind {
    Session,
    Token,
    /// Of a sign-in under way.
    SignIn,
}

impl SecretKind {
    /// What scanners look for: `aegis_(session|token|sign_in)_[0-9A-Za-z]{36}`.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Session => "aegis_session_",
            Self::Token => "aegis_token_",
            Self::SignIn => "aegis_sign_in_",
        }
    }
}

impl Secret {
    pub fn fresh(kind: SecretKind) -> Self {
        let random: String = rand::rng().sample_iter(Alphanumeric).take(RANDOM).map(char::from).collect();
        let checksum = checksum(&random);
        Self(format!("{}{random}{checksum}", kind.prefix()))
    }

    /// The text itself, to be handed out once.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What is kept of a secret: its SHA-256. None where the text cannot be a secret of this kind.
pub fn digest(kind: SecretKind, text: &str) -> Option<[u8; 32]> {
    let body = text.strip_prefix(kind.prefix())?;
    let well_formed =
        body.len() == RANDOM + CHECKSUM && body.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !well_formed {
        return None;
    }
    let (random, sum) = body.split_at(RANDOM);
    (checksum(random) == sum).then(|| Sha256::digest(text).into())
}

/// CRC-32 in base 62, as long as it can become.
fn checksum(random: &str) -> String {
    let mut rest = crc32fast::hash(random.as_bytes()) as usize;
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[rest % 62];
        rest /= 62;
    }
    digits.iter().map(|&digit| char::from(digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Secret, SecretKind, digest};

    #[test]
    fn a_secret_is_known_by_its_digest_and_a_slip_by_its_checksum() {
        let secret = Secret::fresh(SecretKind::Token);
        assert!(digest(SecretKind::Token, secret.reveal()).is_some());
        assert_eq!(digest(SecretKind::Session, secret.reveal()), None);
        for at in SecretKind::Token.prefix().len()..secret.reveal().len() {
            let mut slip = secret.reveal().as_bytes().to_vec();
            slip[at] = if slip[at] == b'x' { b'y' } else { b'x' };
            let slip = String::from_utf8(slip).unwrap();
            assert_eq!(digest(SecretKind::Token, &slip), None, "{at}");
        }
        assert_eq!(digest(SecretKind::Token, "aegis_token_é"), None);
    }

    #[test]
    fn a_secret_does_not_print_itself() {
        let secret = Secret::fresh(SecretKind::Session);
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
