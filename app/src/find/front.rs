use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use portal::find::Hit;

use super::{find_things, led_to};
use crate::{
    page::WhoLooks,
    recent,
    sent::Sent,
    ui::{Palette, PaletteGroup},
};

/// How long nothing is typed before things are looked for: a word is not asked for letter by letter.
const PAUSE: Duration = Duration::from_millis(120);

/// The palette in front of the page. Names of pages and deeds are here; things are asked of the server.
#[component]
pub fn PaletteInFront(open: RwSignal<bool>, who: WhoLooks) -> impl IntoView {
    let text = RwSignal::new(String::new());
    // What was found, and for which text: an answer that comes late must not pass for another's.
    let found = RwSignal::new((String::new(), Vec::<Hit>::new()));
    let waits = Signal::derive(move || text.read().trim() != found.read().0);
    let look = move |wanted: String| {
        spawn_local(async move {
            let answer = find_things(wanted.clone()).await;
            let hits = answer.and_then(Sent::read).map(|found| found.hits).unwrap_or_default();
            if text.try_get_untracked().is_some_and(|now| now.trim() == wanted) {
                found.set((wanted, hits));
            }
        });
    };
    let pause = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move || {
        let wanted = text.read().trim().to_owned();
        if let Some(before) = pause.get_value() {
            before.clear();
        }
        if wanted.is_empty() {
            found.set((wanted, vec![]));
        } else {
            pause.set_value(set_timeout_with_handle(move || look(wanted), PAUSE).ok());
        }
    });
    Effect::new(move || {
        if !open.get() {
            text.set(String::new());
        }
    });
    let groups = Signal::derive(move || -> Vec<PaletteGroup> {
        let Some(Ok(viewer)) = who.get() else { return vec![] };
        let (text, found) = (text.get(), found.read());
        let groups = led_to(&viewer, &text, if found.0 == text.trim() { &found.1 } else { &[] });
        if text.trim().is_empty() && open.get() { recent::before(groups, &viewer) } else { groups }
    });
    view! { <Palette open text groups waits/> }
}
