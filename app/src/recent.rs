//! Where somebody was lately in this tab: the palette offers it before anything is typed.
//!
//! Kept by the browser until the tab is closed, and never sent: the next person at the computer finds nothing.

use leptos::prelude::*;

use crate::{
    trail::{Trail, trail},
    ui::{PaletteGroup, PaletteLine},
};

const KEPT: usize = 5;
const NAME: &str = "aegis-recent";

/// Notes every page that is gone to, for as long as the frame stands.
pub(crate) fn follow(path: Memo<String>) {
    Effect::new(move || keep(&with(&kept(), &path.read())));
}

/// The palette's groups with those pages before them.
pub(crate) fn before(groups: Vec<PaletteGroup>) -> Vec<PaletteGroup> {
    let here = window().location().pathname().unwrap_or_default();
    let lines: Vec<_> = kept().into_iter().filter(|path| *path != here).map(line).collect();
    let recent = (!lines.is_empty()).then_some(PaletteGroup { title: "Recent", lines });
    recent.into_iter().chain(groups).collect()
}

fn line(path: String) -> PaletteLine {
    let Trail { above, here } = trail(&path);
    let about = above.last().map(|(title, _)| (*title).to_owned()).unwrap_or_default();
    PaletteLine { icon: "expired", name: here, about, kind: "recent".to_owned(), href: path }
}

/// The newest first, none twice; pages of one thing only, for the others are in the nav.
fn with(kept: &[String], path: &str) -> Vec<String> {
    let is_thing = crate::place::at(path).is_none() && !trail(path).above.is_empty() && !path.contains('\n');
    let newest = is_thing.then(|| path.to_owned());
    let others = kept.iter().filter(|one| *one != path).cloned();
    newest.into_iter().chain(others).take(KEPT).collect()
}

fn kept() -> Vec<String> {
    let text = storage().and_then(|storage| storage.get_item(NAME).ok().flatten()).unwrap_or_default();
    text.lines().filter(|line| line.starts_with('/')).map(str::to_owned).collect()
}

fn keep(paths: &[String]) {
    if let Some(storage) = storage() {
        // Refused where the browser keeps nothing: then there is nothing recent.
        let _ = storage.set_item(NAME, &paths.join("\n"));
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().session_storage().ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::with;

    #[test]
    fn the_newest_thing_is_first_and_none_is_there_twice() {
        let kept = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
        let before = kept(&["/exceptions/EXC-001", "/policies/a.b", "/c/1", "/c/2", "/c/3"]);
        assert_eq!(with(&before, "/policies/a.b")[..2], kept(&["/policies/a.b", "/exceptions/EXC-001"]));
        assert_eq!(with(&before, "/exceptions/EXC-002").len(), 5);
        assert_eq!(with(&before, "/exceptions"), before, "a place of the nav is no news");
        assert_eq!(with(&before, "/no/such/page"), before);
    }
}
