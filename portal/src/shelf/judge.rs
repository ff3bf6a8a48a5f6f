//! What an OPA is answered, given what it holds and what is known here.

use super::Archive;

/// What is known of the pointers while one request is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// Nothing newer than the last reading, which may be old.
    Maybe,
    /// They were read after the request came.
    Fresh,
    /// They cannot be read: the database is away.
    Away,
}

#[derive(Clone)]
pub enum Answer {
    Send(Archive),
    NotModified,
    /// Nothing of that name is in force.
    Missing,
    /// It is not known here what is in force; OPA keeps what it has, and asks again.
    Unknown,
}

pub(super) enum Verdict {
    Answer(Answer),
    ReadAgain,
    Hold,
}

/// The verdict where something is in force whose archive cannot be had: what stands here is older, so it is sent
/// to nobody.
pub(super) fn without_the_archive(etag: Option<&str>, known: Known) -> Verdict {
    match (etag, known) {
        (_, Known::Maybe) => Verdict::ReadAgain,
        (Some(_), _) => Verdict::Hold,
        (None, _) => Verdict::Answer(Answer::Unknown),
    }
}

pub(super) fn verdict(found: Option<&Archive>, etag: Option<&str>, known: Known, alone: bool) -> Verdict {
    let Some(archive) = found else {
        return match known {
            Known::Maybe => Verdict::ReadAgain,
            Known::Fresh => Verdict::Answer(Answer::Missing),
            Known::Away => Verdict::Answer(Answer::Unknown),
        };
    };
    match (etag, known) {
        (Some(etag), _) if etag == archive.etag => Verdict::Hold,
        (_, Known::Fresh) => Verdict::Answer(Answer::Send(archive.clone())),
        (_, Known::Maybe) => Verdict::ReadAgain,
        (Some(etag), Known::Away) if alone && archive.superseded.iter().any(|old| old == etag) => {
            Verdict::Answer(Answer::Send(archive.clone()))
        }
        // It may hold something newer than what stands here; or something older, to which another server has
        // rolled back meanwhile.
        (Some(_), Known::Away) => Verdict::Hold,
        (None, Known::Away) if alone => Verdict::Answer(Answer::Send(archive.clone())),
        (None, Known::Away) => Verdict::Answer(Answer::Unknown),
    }
}
