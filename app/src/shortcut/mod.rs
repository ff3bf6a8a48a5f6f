//! Keys that act. The help sheet is drawn from the list that binds them.

use leptos::{ev, prelude::*};
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};

use crate::{
    place::PLACES,
    preference::{Chosen, Keys, Preferences},
};

mod list;
mod sheet;

pub use sheet::*;

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Does {
    Go(&'static str),
    Sheet,
    Filter,
    Next,
    Previous,
    NextChange,
    PreviousChange,
    Open,
    Select,
    Approve,
}

/// Keys pressed one after the other, and what they do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shortcut {
    pub(crate) keys: &'static [&'static str],
    pub(crate) words: &'static str,
    pub(crate) does: Does,
}

/// Those that are the same on every page.
const FIXED: &[Shortcut] = &[
    Shortcut { keys: &["/"], words: "Filter the list, or find anything", does: Does::Filter },
    Shortcut { keys: &["j"], words: "Next in the list", does: Does::Next },
    Shortcut { keys: &["k"], words: "Previous in the list", does: Does::Previous },
    Shortcut { keys: &["e"], words: "Open it; Enter does as well", does: Does::Open },
    Shortcut { keys: &["x"], words: "Select it, where rows can be selected", does: Does::Select },
    Shortcut { keys: &["n"], words: "Next change, where versions are compared", does: Does::NextChange },
    Shortcut { keys: &["p"], words: "Previous change", does: Does::PreviousChange },
    Shortcut { keys: &["a"], words: "Go to approving or confirming what is shown", does: Does::Approve },
    Shortcut { keys: &["?"], words: "This sheet", does: Does::Sheet },
];

/// All of them, places first.
pub(crate) fn shortcuts() -> impl Iterator<Item = (Vec<String>, String, Does)> {
    let places = PLACES.iter().filter_map(|place| {
        let keys = vec!["g".to_owned(), place.key?.to_string()];
        Some((keys, format!("Go to {}", place.title), Does::Go(place.path)))
    });
    let fixed = FIXED
        .iter()
        .map(|one| (one.keys.iter().map(|key| (*key).to_owned()).collect(), one.words.to_owned(), one.does));
    places.chain(fixed)
}

/// What pressing a key leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pressed {
    Does(Does),
    /// It is the first of several keys.
    Begins,
    Nothing,
}

fn pressed(before: Option<&str>, key: &str) -> Pressed {
    let so_far: Vec<&str> = before.into_iter().chain([key]).collect();
    let begun =
        |keys: &[String]| keys.iter().map(String::as_str).take(so_far.len()).eq(so_far.iter().copied());
    let (mut whole, mut begins) = (None, false);
    for (keys, _, does) in shortcuts().filter(|(keys, ..)| begun(keys)) {
        match keys.len() == so_far.len() {
            true => whole = Some(does),
            false => begins = true,
        }
    }
    match (whole, begins, before) {
        (Some(does), ..) => Pressed::Does(does),
        (None, true, _) => Pressed::Begins,
        // What led nowhere may begin anew.
        (None, false, Some(_)) => pressed(None, key),
        (None, false, None) => Pressed::Nothing,
    }
}

/// Milliseconds after which the first of several keys is forgotten.
const FORGOTTEN: f64 = 1_500.0;

/// Binds the keys to the page for as long as its frame stands.
pub(crate) fn bind(
    preferences: RwSignal<Preferences>,
    chosen: Chosen,
    palette: RwSignal<bool>,
    sheet: RwSignal<bool>,
) {
    let (before, navigate) = (StoredValue::new(None::<(String, f64)>), use_navigate());
    let path = use_location().pathname;
    // It is of one page, and would stand in front of another.
    Effect::new(move || {
        path.track();
        sheet.set(false);
    });
    let go = move |to: &str| navigate(to, NavigateOptions::default());
    Effect::new(move || {
        let go = go.clone();
        let heard = window_event_listener(ev::keydown, move |event| {
            let key = event.key();
            if is_palette(&event) {
                event.prevent_default();
                sheet.set(false);
                palette.update(|open| *open = !*open);
                return;
            }
            let off = preferences.get_untracked().keys == Keys::Off;
            let with_others = event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing();
            if off || with_others || event.default_prevented() || list::is_elsewhere(&event) {
                before.set_value(None);
                return;
            }
            // A modifier by itself is on its way to another key.
            if key == "Shift" {
                return;
            }
            let now = event.time_stamp();
            let first = before.get_value().filter(|(_, at)| now - at < FORGOTTEN).map(|(key, _)| key);
            before.set_value(None);
            let does = match pressed(first.as_deref(), &key) {
                Pressed::Does(does) => does,
                Pressed::Begins => return before.set_value(Some((key, now))),
                Pressed::Nothing => return,
            };
            let moves = matches!(does, Does::Next | Does::Previous | Does::NextChange | Does::PreviousChange);
            if event.repeat() && !moves {
                return;
            }
            event.prevent_default();
            match does {
                Does::Go(to) => go(&untrack(|| chosen.address(to))),
                Does::Sheet => sheet.set(true),
                Does::Filter if list::to_filter() => {}
                Does::Filter => palette.set(true),
                Does::Next => list::to_row(1),
                Does::Previous => list::to_row(-1),
                Does::NextChange => list::to_change(1),
                Does::PreviousChange => list::to_change(-1),
                Does::Open => list::open(),
                Does::Select => list::select(),
                Does::Approve => list::to_approving(),
            }
        });
        on_cleanup(move || heard.remove());
    });
}

/// Ctrl-K, or Cmd-K where that is what people press. It is no single key, so it acts also while somebody types.
fn is_palette(event: &ev::KeyboardEvent) -> bool {
    (event.ctrl_key() || event.meta_key())
        && !event.alt_key()
        && !event.shift_key()
        && event.key().eq_ignore_ascii_case("k")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Does, Pressed, pressed, shortcuts};

    #[test]
    fn a_place_takes_two_keys() {
        assert_eq!(pressed(None, "g"), Pressed::Begins);
        assert_eq!(pressed(Some("g"), "e"), Pressed::Does(Does::Go("/exceptions")));
        assert_eq!(pressed(None, "e"), Pressed::Does(Does::Open));
    }

    #[test]
    fn what_leads_nowhere_begins_anew() {
        assert_eq!(pressed(Some("g"), "j"), Pressed::Does(Does::Next));
        assert_eq!(pressed(Some("g"), "g"), Pressed::Begins);
        assert_eq!(pressed(Some("g"), "Escape"), Pressed::Nothing);
        assert_eq!(pressed(None, "q"), Pressed::Nothing);
    }

    #[test]
    fn no_keys_do_two_things_and_none_begin_others() {
        let all: Vec<_> = shortcuts().map(|(keys, ..)| keys).collect();
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
        for keys in &all {
            let begun = all.iter().filter(|others| others.len() > keys.len() && others.starts_with(keys));
            assert_eq!(begun.count(), 0, "{keys:?}");
        }
    }
}
