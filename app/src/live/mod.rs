//! Pages that keep up: a change is on every open page within two seconds, and nothing moves under the pointer.
//!
//! The server tells kinds of change alone. A page that shows something of the kind asks for its data ahead, and
//! compares: what differs within the same rows is shown at once, what would move rows waits behind a button
//! ("3 new"), and so does everything while somebody is at work on the page.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
pub(crate) use portal::live::Kind;
use strum::VariantArray;

mod again;
mod ahead;
mod concerns;
#[cfg(feature = "hydrate")]
mod connection;
#[cfg(feature = "hydrate")]
mod stream;

pub(crate) use ahead::{Waits, keep_up_as_written, load, load_list};
pub use concerns::*;

use crate::{
    page::{WhoLooks, sign_in_link},
    ui::{LivePill, NotLive, focus_the_page},
};

/// The cookie of a request that a page makes by itself: it is nobody's activity, and keeps no session open.
pub const UNATTENDED: &str = "aegis_unattended";

/// How well a page is told of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "a server only writes pages"))]
pub(crate) enum Standing {
    /// As for a moment after it was opened, and while nobody sees it.
    Opening,
    Told,
    /// Nothing is heard, and what is shown may be old.
    Cut,
    /// The session has ended.
    Over,
}

/// What the page was told so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Live {
    /// How often something of each kind has changed.
    times: RwSignal<[u32; Kind::VARIANTS.len()]>,
    standing: RwSignal<Standing>,
    /// The server's time when it was last heard of.
    seen: RwSignal<Option<DateTime<Utc>>>,
    /// What is ready to be shown.
    waits: RwSignal<Option<Waits>>,
}

impl Live {
    /// For the frame around all pages: one stream for as long as it stands.
    #[cfg_attr(not(feature = "hydrate"), expect(unused_variables, reason = "the server listens to nothing"))]
    pub(crate) fn begin(who: WhoLooks) -> Self {
        let live = Self {
            times: RwSignal::default(),
            standing: RwSignal::new(Standing::Opening),
            seen: RwSignal::new(None),
            waits: RwSignal::new(None),
        };
        provide_context(live);
        #[cfg(feature = "hydrate")]
        live.listen_to_changes(who);
        live
    }

    /// How often something of these kinds has changed.
    pub(crate) fn times(self, kinds: &[Kind]) -> u32 {
        let times = self.times.read();
        kinds.iter().fold(0, |sum, kind| sum.wrapping_add(times[*kind as usize]))
    }
}

#[cfg(feature = "hydrate")]
impl Live {
    /// Once it is known of which moment the page is.
    fn listen_to_changes(self, who: WhoLooks) {
        // The frame's: what an effect makes goes when it runs again.
        let frame = Owner::current();
        Effect::new(move |begun: Option<bool>| {
            let made = who.get().and_then(Result::ok).map(|viewer| viewer.now);
            let begun = begun == Some(true);
            if let (false, Some(made), Some(frame)) = (begun, made, &frame) {
                self.seen.set(Some(made));
                frame.with(|| connection::open(self, made));
            }
            begun || made.is_some()
        });
    }

    fn changed(self, kind: Kind) {
        self.times.update(|times| times[kind as usize] = times[kind as usize].wrapping_add(1));
    }

    /// Anything may have changed.
    fn all_changed(self) {
        self.times.update(|times| times.iter_mut().for_each(|times| *times = times.wrapping_add(1)));
    }
}

/// Says in the frame that what is shown may be old.
#[component]
pub fn Standstill() -> impl IntoView {
    let live: Live = expect_context();
    let said = move || match live.standing.get() {
        Standing::Opening | Standing::Told => ().into_any(),
        Standing::Cut => view! { <NotLive seen=live.seen.get()/> }.into_any(),
        Standing::Over => view! {
            <span class="state filled" data-state="stale">"Signed out"</span>
            {sign_in_link("Sign in", None)}
        }
        .into_any(),
    };
    view! { <div class="row" role="status">{said}</div> }
}

/// What waits to be shown, in front of the page.
#[component]
pub fn WhatWaits() -> impl IntoView {
    let live: Live = expect_context();
    let text = Signal::derive(move || live.waits.read().as_ref().map(|waits| waits.text.clone()));
    let show = move || {
        let waits = live.waits.write().take();
        if let Some(waits) = waits {
            (waits.show)();
            focus_the_page();
        }
    };
    view! { <LivePill text show/> }
}
