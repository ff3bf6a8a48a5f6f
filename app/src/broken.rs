//! A page whose scripts have stopped: it says so, for nothing on it answers any more.

use leptos::prelude::document;

/// Tells the console why, and whoever looks that the page must be loaded anew.
pub(crate) fn tell_of_panics() {
    std::panic::set_hook(Box::new(|panic| {
        leptos::logging::error!("{panic}");
        let Some(body) = document().body() else { return };
        let _ = body.insert_adjacent_html("afterbegin", NOTICE);
    }));
}

/// Plain HTML: no view can be relied on any more.
const NOTICE: &str = r#"<div class="callout broken" data-tone="bad" role="alert">
<p><strong>This page has stopped working.</strong> Nothing that was acknowledged is lost.</p>
<a class="button small" href="" rel="external">Load it anew</a></div>"#;
