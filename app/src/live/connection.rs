//! One stream a page: open while the page is seen, opened anew when it is lost.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use leptos::{prelude::*, task::spawn_local, web_sys::VisibilityState};

use super::{
    Live, Standing,
    ahead::{show_when_nobody_is_at_work, unattended},
    stream::{Stream, Told},
};
use crate::{Problem, viewer::who_looks};

/// A stream that says nothing for so many milliseconds is lost: it beats every two seconds.
const SILENT: f64 = 5_000.0;
/// Milliseconds before it is opened anew, and as many more at most: not all pages come back at once.
const PAUSE: f64 = 500.0;
const SPREAD: f64 = 1_500.0;
const WATCHED_EVERY: Duration = Duration::from_millis(250);

#[derive(Clone, Copy)]
struct Connection {
    live: Live,
    stream: StoredValue<Option<Stream>, LocalStorage>,
    /// When something was heard, in the browser's milliseconds.
    heard: StoredValue<f64>,
    /// When it is opened anew; none while it is open, or is not to be.
    again: StoredValue<Option<f64>>,
}

/// Opens the stream of a page that was made at that moment, and keeps it for as long as the frame stands.
pub(super) fn open(live: Live, made: DateTime<Utc>) {
    let connection = Connection {
        live,
        stream: StoredValue::new_local(None),
        heard: StoredValue::new(now()),
        again: StoredValue::new(None),
    };
    // `+` would be a space.
    let since = made.to_rfc3339_opts(SecondsFormat::Millis, true);
    if is_seen() {
        connection.open(&format!("/live?since={since}"));
    }
    let watch = set_interval_with_handle(move || connection.watch(), WATCHED_EVERY);
    let seen = window_event_listener_untyped("visibilitychange", move |_| connection.seen_or_not());
    on_cleanup(move || {
        if let Ok(watch) = watch {
            watch.clear();
        }
        seen.remove();
        connection.stream.set_value(None);
    });
    show_when_nobody_is_at_work(live);
}

impl Connection {
    fn open(self, address: &str) {
        self.again.set_value(None);
        self.heard.set_value(now());
        match Stream::open(address, move |told| self.take(told)) {
            Ok(stream) => self.stream.set_value(Some(stream)),
            Err(_) => self.lose(),
        }
    }

    fn take(self, told: Told) {
        // One that was closed may still have a word on its way.
        if self.heard.try_set_value(now()).is_some() || self.live.standing.get_untracked() == Standing::Over {
            return;
        }
        match told {
            Told::Beat(at) => {
                self.live.seen.set(Some(at));
                self.stand(Standing::Told);
            }
            Told::Change(kind) => self.live.changed(kind),
            Told::Reload => self.live.all_changed(),
            Told::Deaf => self.lose(),
            Told::Over => self.end(),
            Told::Lost { refused } => {
                self.lose();
                if refused {
                    self.ask_whether_it_is_over();
                }
            }
        }
    }

    fn watch(self) {
        let (now, again) = (now(), self.again.get_value());
        match again {
            Some(again) if now >= again => self.open("/live"),
            None if self.is_open() && now - self.heard.get_value() > SILENT => self.lose(),
            _ => {}
        }
    }

    fn lose(self) {
        self.close();
        self.stand(Standing::Cut);
        self.again.set_value(Some(now() + PAUSE + SPREAD * js_sys::Math::random()));
    }

    fn end(self) {
        self.close();
        self.again.set_value(None);
        self.stand(Standing::Over);
    }

    fn seen_or_not(self) {
        match (is_seen(), self.live.standing.get_untracked()) {
            (_, Standing::Over) => {}
            // Without a moment, so that all is asked for anew.
            (true, _) if !self.is_open() => self.open("/live"),
            (true, _) => {}
            (false, _) => {
                self.again.set_value(None);
                self.stream.set_value(None);
                self.stand(Standing::Opening);
            }
        }
    }

    /// A server says to a browser that it refuses, but not to us why.
    fn ask_whether_it_is_over(self) {
        spawn_local(async move {
            let asked = unattended(who_looks()).await;
            if asked == Err(Problem::Refused(portal::Error::Unauthenticated)) {
                self.end();
            }
        });
    }

    fn stand(self, standing: Standing) {
        if self.live.standing.get_untracked() != standing {
            self.live.standing.set(standing);
        }
    }

    /// It is dropped at the next opening, never within a call of its own.
    fn close(self) {
        self.stream.with_value(|stream| stream.iter().for_each(Stream::close));
    }

    fn is_open(self) -> bool {
        self.stream.with_value(Option::is_some)
    }
}

fn is_seen() -> bool {
    document().visibility_state() == VisibilityState::Visible
}

fn now() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}
