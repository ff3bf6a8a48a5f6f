use leptos::prelude::*;

/// A drawing beside a word, in the word's colour. Its shape is `.i-{name}` of `style/icon.css`.
#[component]
pub fn Icon(
    name: &'static str,
    /// Turns while something is under way.
    #[prop(optional)]
    spin: bool,
) -> impl IntoView {
    view! { <i class=format!("icon i-{name}") class:spin=spin aria-hidden="true"></i> }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use std::{fs, path::Path};

    /// Every Rust file below a folder, in one text.
    fn sources(folder: &Path) -> String {
        let entries = fs::read_dir(folder).expect("the sources are here").flatten();
        entries
            .map(|entry| match entry.path() {
                folder if folder.is_dir() => sources(&folder),
                file => fs::read_to_string(file).expect("a source is text"),
            })
            .collect()
    }

    #[test]
    fn every_icon_that_is_drawn_has_a_shape() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let shapes = fs::read_to_string(root.join("../style/icon.css")).expect("the shapes are here");
        let text = sources(&root.join("src"));
        let named = ["icon=\"", "<Icon name=\""].into_iter().flat_map(|start| text.split(start).skip(1));
        let names: Vec<&str> =
            named.filter_map(|rest| rest.split('"').next()).filter(|name| !name.is_empty()).collect();
        assert!(names.len() > 50, "the search finds only {}", names.len());
        for name in names {
            assert!(
                shapes.contains(&format!(".i-{name} ")) || shapes.contains(&format!(".i-{name},")),
                "{name}"
            );
        }
    }
}
