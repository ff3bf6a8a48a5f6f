//! Where somebody was lately in this tab: the palette offers it before anything is typed.
//!
//! Kept by the browser until the tab is closed, and never sent. Whose it is stands before it: the next person at the
//! computer finds nothing, and overwrites it.

use leptos::prelude::*;

use crate::{
    page::WhoLooks,
    trail::{Trail, trail},
    ui::{PaletteGroup, PaletteLine},
    viewer::Viewer,
};

const KEPT: usize = 5;
const NAME: &str = "aegis-recent";

/// A page, and what the thing is called that it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    path: String,
    name: String,
}

/// Notes every page that is gone to, for as long as the frame stands. `named` is what the server calls the thing of
/// the page, where its path does not tell, and the path.
pub(crate) fn follow(named: Resource<(Option<String>, String)>, who: WhoLooks) {
    Effect::new(move || {
        let (Some((name, path)), Some(Ok(viewer))) = (named.get(), who.get()) else { return };
        let name = name.unwrap_or_else(|| trail(&path).here);
        // Both end a field of what is kept.
        let name = name.replace(['\t', '\n'], " ");
        keep(&viewer, &with(kept(&viewer), Seen { path, name }));
    });
}

/// The palette's groups with those pages before them.
pub(crate) fn before(groups: Vec<PaletteGroup>, viewer: &Viewer) -> Vec<PaletteGroup> {
    let here = window().location().pathname().unwrap_or_default();
    let lines: Vec<_> = kept(viewer).into_iter().filter(|seen| seen.path != here).map(line).collect();
    let recent = (!lines.is_empty()).then_some(PaletteGroup { title: "Recent", lines });
    recent.into_iter().chain(groups).collect()
}

fn line(Seen { path, name }: Seen) -> PaletteLine {
    let Trail { above, .. } = trail(&path);
    let about = above.last().map(|(title, _)| (*title).to_owned()).unwrap_or_default();
    PaletteLine { icon: "expired", name, about, kind: "recent".to_owned(), href: path }
}

/// The newest first, none twice; pages of one thing only: the nav has the lists, and a form is begun elsewhere.
fn with(kept: Vec<Seen>, newest: Seen) -> Vec<Seen> {
    let path = newest.path.clone();
    let is_form = path.ends_with("/new") || path.ends_with("/revoke");
    let is_thing = crate::place::at(&path).is_none() && !trail(&path).above.is_empty() && !is_form;
    let others = kept.into_iter().filter(|one| one.path != path);
    Some(newest).filter(|_| is_thing).into_iter().chain(others).take(KEPT).collect()
}

/// What this person has seen.
fn kept(viewer: &Viewer) -> Vec<Seen> {
    let text = storage().and_then(|storage| storage.get_item(NAME).ok().flatten()).unwrap_or_default();
    read(&text, &viewer.who.id.to_string())
}

fn read(text: &str, whose: &str) -> Vec<Seen> {
    let mut lines = text.lines();
    if lines.next() != Some(whose) {
        return vec![];
    }
    let seen = |line: &str| {
        let (path, name) = line.split_once('\t')?;
        path.starts_with('/').then(|| Seen { path: path.to_owned(), name: name.to_owned() })
    };
    lines.filter_map(seen).collect()
}

fn keep(viewer: &Viewer, seen: &[Seen]) {
    if let Some(storage) = storage() {
        let lines = seen.iter().map(|Seen { path, name }| format!("{path}\t{name}"));
        let text: Vec<_> = [viewer.who.id.to_string()].into_iter().chain(lines).collect();
        // Refused where the browser keeps nothing: then there is nothing recent.
        let _ = storage.set_item(NAME, &text.join("\n"));
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().session_storage().ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::{Seen, read, with};

    fn seen(path: &str) -> Seen {
        Seen { path: path.to_owned(), name: "x".to_owned() }
    }

    fn paths(kept: &[Seen]) -> Vec<&str> {
        kept.iter().map(|seen| seen.path.as_str()).collect()
    }

    #[test]
    fn the_newest_thing_is_first_and_none_is_there_twice() {
        let before: Vec<_> =
            ["/exceptions/EXC-001", "/policies/a.b", "/policies/c", "/policies/d", "/policies/e"]
                .map(seen)
                .into();
        let with = |path: &str| with(before.clone(), seen(path));
        assert_eq!(paths(&with("/policies/a.b"))[..2], ["/policies/a.b", "/exceptions/EXC-001"]);
        assert_eq!(with("/exceptions/EXC-002").len(), 5);
        assert_eq!(with("/exceptions"), before, "a place of the nav is no news");
        assert_eq!(with("/no/such/page"), before);
        assert_eq!(with("/exceptions/new"), before, "nor is a form");
    }

    #[test]
    fn what_one_person_saw_is_told_to_no_other() {
        let text = "ann\n/exceptions/EXC-001\tEXC-001\nnonsense";
        assert_eq!(paths(&read(text, "ann")), ["/exceptions/EXC-001"]);
        assert_eq!(read(text, "bob"), []);
        assert_eq!(read("/exceptions/EXC-001", "ann"), []);
    }
}
