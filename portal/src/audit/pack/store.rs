use std::pin::Pin;

use evidence::{About, PackWriter};

use super::{ENTRIES, Period, file};
use crate::{
    Actor, Error, Invalid, Portal, Result,
    access::Everything,
    audit::{
        Event, Filter,
        log::{self, Exported},
        store::{Asked, List, count},
    },
    exception, release,
};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// A pack under way: what is to be written next.
pub struct Packing {
    period: Period,
    made_by: String,
    exported: Exported,
    head: String,
    next: Next,
    writer: PackWriter,
}

/// A file, and behind which row, from -1 on. In the order in which they stand in the pack.
#[derive(Clone, Copy)]
enum Next {
    Exceptions(i64),
    Releases(i64),
    Reviews(i64),
    Verification,
    /// From which place of the log on, and how many entries were written before.
    Log(u64, u64),
    Checkpoint,
    Manifest,
    Nothing,
}

/// Writes down that a pack leaves the portal, and signs the log as it then stands.
///
/// # Errors
/// Forbidden for whoever may not see all that is in it. Invalid where the period has too many entries. Unavailable where
/// nothing was ever signed, nor can be now.
pub async fn begin(portal: &Portal, actor: &Actor, period: Period) -> Result<Packing> {
    let Period { since, until } = period;
    let filter = Filter { since: Some(since), until: Some(until), ..Filter::default() };
    // The audit first: it is what a pack is about.
    portal.view::<List>(actor, Everything).await?;
    exception::of_period(portal, actor, period.between(), -1, 1).await?;
    release::of_period(portal, actor, period.between(), -1, 1).await?;
    let last = portal
        .change::<List, _>(actor, Everything, async |change| {
            let last = log::last(change.conn()).await?;
            let asked = Asked::of(change.conn(), &filter, Some(last)).await?;
            let entries = count(change.conn(), &asked, ENTRIES + 1).await?;
            if entries > ENTRIES {
                let told = format!("has more than {ENTRIES} entries: take a shorter period");
                return Err(Invalid::new("until", told).into());
            }
            let entries = u32::try_from(entries).unwrap_or_default();
            Ok((last, Event::EvidencePacked { since, until, entries }))
        })
        .await?;
    // Boxed, as below: what signs and what reads are large, and whoever sends a pack has to hold them.
    let signed: Boxed<'_, (Exported, String)> =
        Box::pin(log::narrowed(portal, actor, filter, last, period.query()));
    let (exported, head) = signed.await?;
    let (made_by, writer) = (actor.name(), PackWriter::default());
    Ok(Packing { period, made_by, exported, head, next: Next::Exceptions(-1), writer })
}

impl Packing {
    /// The next bytes of the pack; none where it is whole. Of what was read before, nothing is kept.
    pub async fn next(&mut self, portal: &Portal, actor: &Actor) -> Result<Option<Vec<u8>>> {
        let written: Boxed<'_, Option<Vec<u8>>> = Box::pin(self.written(portal, actor));
        written.await
    }

    async fn written(&mut self, portal: &Portal, actor: &Actor) -> Result<Option<Vec<u8>>> {
        let period = self.period;
        self.next = match self.next {
            Next::Exceptions(after) => {
                self.begin_at(after == -1, "exceptions.jsonl")?;
                let (lines, next) = file::exceptions(portal, actor, period, after).await?;
                self.write(&lines)?;
                next.map_or(Next::Releases(-1), Next::Exceptions)
            }
            Next::Releases(after) => {
                self.begin_at(after == -1, "releases.jsonl")?;
                let (lines, next) = file::releases(portal, actor, period, after).await?;
                self.write(&lines)?;
                next.map_or(Next::Reviews(-1), Next::Releases)
            }
            Next::Reviews(after) => {
                self.begin_at(after == -1, "access-reviews.jsonl")?;
                let (lines, next) = file::reviews(portal, actor, period, self.exported.size, after).await?;
                self.write(&lines)?;
                next.map_or(Next::Verification, Next::Reviews)
            }
            Next::Verification => {
                self.begin_at(true, "verification.json")?;
                self.write(&file::verification(portal, actor).await?)?;
                Next::Log(0, 0)
            }
            Next::Log(from, sent) => {
                if from == 0 {
                    self.begin_at(true, evidence::PACKED_LOG)?;
                    let head = std::mem::take(&mut self.head);
                    self.write(&head)?;
                }
                let (lines, number, next) = log::batch(portal, actor, &self.exported, from, sent).await?;
                self.write(&lines)?;
                next.map_or(Next::Checkpoint, |from| Next::Log(from, sent + number))
            }
            Next::Checkpoint => {
                self.begin_at(true, evidence::PACKED_CHECKPOINT)?;
                let note = self.exported.note.clone();
                self.write(&note)?;
                Next::Manifest
            }
            Next::Manifest => {
                let writer = std::mem::take(&mut self.writer);
                self.next = Next::Nothing;
                let pack = writer.end(self.about(portal), portal.parts.keys.log()).map_err(unwritten)?;
                return Ok(Some(pack));
            }
            Next::Nothing => return Ok(None),
        };
        Ok(Some(self.writer.take()))
    }

    fn about(&self, portal: &Portal) -> About {
        let Period { since, until } = self.period;
        let made_at = portal.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        About { since: since.to_string(), until: until.to_string(), made_at, made_by: self.made_by.clone() }
    }

    fn begin_at(&mut self, beginning: bool, name: &str) -> Result<()> {
        if beginning { self.writer.begin(name).map_err(unwritten) } else { Ok(()) }
    }

    fn write(&mut self, text: &str) -> Result<()> {
        self.writer.write(text.as_bytes()).map_err(unwritten)
    }
}

fn unwritten(why: impl std::fmt::Display) -> Error {
    Error::internal("evidence pack", &why)
}
