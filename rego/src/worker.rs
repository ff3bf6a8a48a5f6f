//! The cage: Rego runs in worker processes, so that no policy and no input can stop, stall or fatten the
//! process that asks.
//!
//! A worker is a binary whose `main` begins with [`become_worker_if_asked`], started again with a hidden
//! argument; the server starts itself. There are two kinds. A [`Cage`] keeps a release loaded in warm workers,
//! one engine each, and spreads requests over them as frames over a socket pair. [`Drafts`] start a smaller
//! worker for each job, one message long, and it goes when the job is done.
//!
//! **Invariant:** a request gets its answer or a typed [`Failure`]; it never shares the fate of another one.
//! **Invariant:** a worker that overruns a limit is dead and replaced before its guilty request is answered.
//! **Invariant:** a warm worker that has grown is replaced between two requests, before one dies of what others left.
//! **Invariant:** input bytes are parsed once, in a worker, never in the process that asks.

mod body;
mod cage;
mod child;
mod crew;
mod drafts;
pub(crate) mod engine;
mod failure;
mod frame;
pub(crate) mod guard;
mod limits;
pub(crate) mod notes;
mod overrun;
mod process;
pub(crate) mod recorder;
mod room;
pub(crate) mod syntax;

pub use cage::{Answer, Cage, Config, Counts};
pub use child::{become_worker_if_asked, program_for_tests};
pub use drafts::{Drafts, Overrun};
pub use failure::Failure;
pub use limits::{Limits, Module, Release};
