//! Whether the database holds all that was signed for.

use std::{
    pin::Pin,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use sqlx::PgConnection;
use tokio::sync::OnceCell;

use super::{
    AUDIT, Here, Seal,
    checkpoint::{self, Stored},
    kept,
};
use crate::{Error, Portal, Result, access::Everything};

/// What this server knows of it.
#[derive(Default)]
pub(crate) struct Standing {
    /// Whether anybody has looked.
    first: OnceCell<()>,
    behind: Mutex<Option<Behind>>,
    /// The largest tree that was seen.
    seen: AtomicU64,
}

/// That the database has less than was signed for, or something else.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Behind {
    pub(super) here: Here,
    pub(super) stored: Stored,
}

impl Standing {
    pub(crate) fn is_read_only(&self) -> bool {
        self.told().is_some()
    }

    pub(super) fn told(&self) -> Option<Behind> {
        self.behind.lock().expect("nothing panics while it holds this lock").clone()
    }

    fn set(&self, behind: Option<Behind>) {
        let mut told = self.behind.lock().expect("nothing panics while it holds this lock");
        if *told != behind {
            match &behind {
                Some(behind) => tracing::error!(?behind, "the audit has less than was signed for: read-only"),
                None => tracing::info!("the audit has all that was signed for"),
            }
            *told = behind;
        }
    }

    /// The restore is recorded.
    pub(super) fn goes_on(&self, size: u64) {
        self.seen.store(size, Ordering::SeqCst);
        self.set(None);
    }

    /// A tree that has become smaller under a running server was restored: nothing is appended to it.
    pub(super) fn has_seen(&self, size: u64) -> Result<()> {
        if self.seen.fetch_max(size, Ordering::SeqCst) > size { Err(Error::ReadOnly) } else { Ok(()) }
    }
}

/// Looks whether the database holds all that the newest checkpoint of the object store covers, and lets the portal be
/// read-only where it does not. Says whether it is.
///
/// # Errors
/// Unavailable where one of the two cannot be reached; what was known before stands.
pub async fn look(portal: &Portal) -> Result<bool> {
    // The store first: what it has was in the database before.
    let stored = checkpoint::stored(portal).await?;
    let mut view = portal.view::<Seal>(&AUDIT, Everything).await?;
    let here = kept::here(view.conn()).await?;
    let behind = match stored {
        Some(stored) if !holds(view.conn(), here, &stored).await? => Some(Behind { here, stored }),
        _ => None,
    };
    let read_only = behind.is_some();
    if read_only {
        portal.standing.set(behind)
    } else {
        portal.standing.goes_on(here.size)
    }
    Ok(read_only)
}

/// Whether the tree that is here holds the one that was signed. A branch holds what those before it were signed for as
/// far as its restore says; and what another key has signed where it was begun after just that.
pub(super) async fn holds(conn: &mut PgConnection, here: Here, stored: &Stored) -> Result<bool> {
    let signed = match stored {
        Stored::Ours(signed) => signed,
        Stored::Foreign(note) => {
            let known = sqlx::query_scalar!(
                r#"select exists (select from audit_branch where number = $1 and after = $2) as "known!""#,
                here.branch.cast_signed(),
                note,
            );
            return Ok(known.fetch_one(conn).await?);
        }
    };
    if signed.branch != here.branch {
        return Ok(signed.branch < here.branch);
    }
    Ok(signed.size <= here.size && kept::root(conn, signed.size).await? == Some(signed.root))
}

impl Portal {
    /// Before the first change of a server somebody has to have looked. Where nobody can, the change goes on, and
    /// nothing is signed: whoever makes the object store unreachable would else stop the portal.
    pub(crate) async fn has_been_looked_at(&self) {
        if self.standing.first.initialized() {
            return;
        }
        // Boxed: this is part of every change, and an object store's request is large.
        let look: Pin<Box<dyn Future<Output = ()> + Send + '_>> = Box::pin(async {
            if let Err(error) = look(self).await {
                tracing::warn!(%error, "whether the audit has all that was signed for is not known yet");
            }
        });
        self.standing.first.get_or_init(|| look).await;
    }
}
