use leptos::{ev, html, prelude::*, wasm_bindgen::JsCast};
use leptos_router::{NavigateOptions, hooks::use_navigate, params::ParamsMap};

use super::{Icon, raise};
use crate::place::rel;

/// Lines of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaletteGroup {
    pub title: &'static str,
    pub lines: Vec<PaletteLine>,
}

/// Somewhere that the palette leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaletteLine {
    pub icon: &'static str,
    pub name: String,
    /// What tells it from others of its name.
    pub about: String,
    pub kind: String,
    pub href: String,
}

/// What leads to the palette: a link to the page that does the same, for whoever has no scripts.
#[component]
pub fn PaletteTrigger(open: RwSignal<bool>) -> impl IntoView {
    let in_front = move |click: ev::MouseEvent| {
        if !(click.ctrl_key() || click.meta_key() || click.shift_key()) {
            click.prevent_default();
            open.set(true);
        }
    };
    view! {
        <a class="search-trigger" href="/find" aria-keyshortcuts="Control+K Meta+K" on:click=in_front>
            <Icon name="search"/>
            <span>"Find or do"</span>
            <kbd>"Ctrl K"</kbd>
        </a>
    }
}

/// A field in front of the page with what its text leads to below it. The arrow keys choose, Enter goes there, Escape
/// goes back to where the focus was.
#[component]
pub fn Palette(
    open: RwSignal<bool>,
    text: RwSignal<String>,
    groups: Signal<Vec<PaletteGroup>>,
    /// While more may be found.
    waits: Signal<bool>,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    raise(node, Memo::new(move |_| open.get()));
    // A click on the dialog itself is one beside what it holds.
    let beside = move |click: ev::MouseEvent| {
        let on = click.target().and_then(|on| on.dyn_into::<web_sys::Element>().ok());
        if on.is_some_and(|on| on.class_list().contains("palette")) {
            open.set(false);
        }
    };
    view! {
        <dialog
            class="palette"
            node_ref=node
            aria-label="Find or do"
            on:close=move |_| open.set(false)
            on:click=beside
        >
            <Show when=move || open.get()>
                <Asked open text groups waits/>
            </Show>
        </dialog>
    }
}

#[component]
fn Asked(
    open: RwSignal<bool>,
    text: RwSignal<String>,
    groups: Signal<Vec<PaletteGroup>>,
    waits: Signal<bool>,
) -> impl IntoView {
    let current = RwSignal::new(0_usize);
    let lines = Memo::new(move |_| -> Vec<String> {
        groups.read().iter().flat_map(|group| &group.lines).map(|line| line.href.clone()).collect()
    });
    let navigate = use_navigate();
    let go = move |to: &str| {
        open.set(false);
        match rel(to) {
            // Refused by no browser: it is an address of ours.
            Some(_) => drop(window().location().set_href(to)),
            None => navigate(to, NavigateOptions::default()),
        }
    };
    let key = move |event: ev::KeyboardEvent| {
        let (all, here) = (lines.read_untracked().len(), current.get_untracked());
        let next = match event.key().as_str() {
            "ArrowDown" => Some(if here + 1 < all { here + 1 } else { 0 }),
            "ArrowUp" => Some(if here > 0 { here - 1 } else { all.saturating_sub(1) }),
            "Enter" if !event.is_composing() => {
                event.prevent_default();
                let chosen = lines.read_untracked().get(here).cloned();
                return go(&chosen.unwrap_or_else(|| asked_of_the_page(&text.get_untracked())));
            }
            _ => None,
        };
        if let Some(next) = next {
            event.prevent_default();
            current.set(next);
            show(next);
        }
    };
    let typed = move |event: ev::Event| {
        text.set(event_target_value(&event));
        current.set(0);
    };
    let field = NodeRef::<html::Input>::new();
    Effect::new(move || {
        if let Some(field) = field.get() {
            // Refused only where it is no longer part of the page.
            let _ = field.focus();
        }
    });
    let chosen = move || (!lines.read().is_empty()).then(|| option_id(current.get()));
    let told = move || match (lines.read().len(), waits.get()) {
        (0, true) => "Looking".to_owned(),
        (0, false) => "Nothing is called like this".to_owned(),
        (all, _) => super::counted(all, "result"),
    };
    view! {
        <div class="ask">
            <Icon name="search"/>
            <input
                node_ref=field
                type="text"
                role="combobox"
                aria-label="Find or do"
                aria-expanded="true"
                aria-autocomplete="list"
                aria-controls="palette-list"
                aria-activedescendant=chosen
                placeholder="EXC-014, a resource, v1.2.3, a digest, a page"
                autocomplete="off"
                spellcheck="false"
                maxlength="200"
                on:input=typed
                on:keydown=key
            />
            <button type="button" class="button quiet small" on:click=move |_| open.set(false)>"Esc"</button>
        </div>
        <div class="found" id="palette-list" role="listbox" aria-label="Results">
            {move || found(groups.get(), current, open)}
        </div>
        <p class="none" class:visually-hidden=move || !lines.read().is_empty() role="status">{told}</p>
        <div class="foot" aria-hidden="true">
            <span><kbd>"↑"</kbd> " " <kbd>"↓"</kbd> " move"</span>
            <span><kbd>"↵"</kbd> " open"</span>
        </div>
    }
}

fn found(groups: Vec<PaletteGroup>, current: RwSignal<usize>, open: RwSignal<bool>) -> impl IntoView {
    let mut count = 0..;
    let group = |group: PaletteGroup| {
        let line = |line: PaletteLine| {
            let at = count.next().unwrap_or_default();
            let is_current = move || current.get() == at;
            view! {
                <a
                    id=option_id(at)
                    role="option"
                    tabindex="-1"
                    rel=rel(&line.href)
                    href=line.href
                    class:current=is_current
                    aria-selected=move || is_current().to_string()
                    on:click=move |_| open.set(false)
                >
                    <Icon name=line.icon/>
                    <span class="what">
                        {line.name}
                        {(!line.about.is_empty()).then(|| view! { " " <bdi class="muted">{line.about}</bdi> })}
                    </span>
                    <span class="end">{line.kind}</span>
                </a>
            }
        };
        view! {
            <div role="group" aria-label=group.title>
                <p class="title" aria-hidden="true">{group.title}</p>
                {group.lines.into_iter().map(line).collect_view()}
            </div>
        }
    };
    groups.into_iter().map(group).collect_view()
}

fn option_id(at: usize) -> String {
    format!("palette-{at}")
}

/// Brings a line into sight.
fn show(at: usize) {
    let how = web_sys::ScrollIntoViewOptions::new();
    how.set_block(web_sys::ScrollLogicalPosition::Nearest);
    if let Some(line) = document().get_element_by_id(&option_id(at)) {
        line.scroll_into_view_with_scroll_into_view_options(&how);
    }
}

/// The page that finds the same: for whoever presses Enter before anything is found.
fn asked_of_the_page(text: &str) -> String {
    let mut query = ParamsMap::new();
    query.insert("q", text.trim().to_owned());
    format!("/find{}", query.to_query_string())
}
