use leptos::{ev, html::textarea, prelude::*};

use super::Icon;
use crate::kept::Typed;

/// What every field says around what is typed: its label above, its hint, its limit and its error below, all
/// tied to it.
#[derive(Clone)]
struct Around {
    id: &'static str,
    label: &'static str,
    optional: bool,
    hint: Option<String>,
    limit: Option<Limit>,
    /// Asked for with `try_get` alone: what comes of an act may come when the page around it is going.
    error: Signal<Option<String>>,
}

/// How much a field takes, and how much is in it.
///
/// A browser would cut off what is too long, unseen. Here it is told, and the server refuses it.
#[derive(Clone, Copy)]
struct Limit {
    longest: usize,
    typed: RwSignal<usize>,
}

impl Limit {
    fn new(longest: usize, value: &str) -> Self {
        Self { longest, typed: RwSignal::new(value.chars().count()) }
    }

    fn count(self, typed: &str) {
        self.typed.set(typed.chars().count());
    }

    fn exceeded(self) -> bool {
        self.length() > self.longest
    }

    fn told(self) -> String {
        told(self.length(), self.longest)
    }

    /// What is told around a field may be told when the page around it is going.
    fn length(self) -> usize {
        self.typed.try_get().unwrap_or_default()
    }
}

/// As in `At most 200 characters.`, or how many are left, or too many.
fn told(typed: usize, longest: usize) -> String {
    match longest.checked_sub(typed) {
        _ if typed == 0 => format!("At most {longest} characters."),
        Some(left) => format!("{left} of {longest} characters left."),
        None => format!("{} characters too many: at most {longest}.", typed - longest),
    }
}

impl Around {
    fn hint_id(&self) -> String {
        format!("{}-hint", self.id)
    }

    fn limit_id(&self) -> String {
        format!("{}-limit", self.id)
    }

    fn error_id(&self) -> String {
        format!("{}-error", self.id)
    }

    /// The ids of what describes the field, as `aria-describedby` takes them.
    fn described_by(&self) -> impl Fn() -> Option<String> + Clone + Send + Sync + use<> {
        let hint = self.hint.is_some().then(|| self.hint_id());
        let limit = self.limit.is_some().then(|| self.limit_id());
        let (error_id, error) = (self.error_id(), self.error);
        move || {
            let error_id = error.try_get().flatten().map(|_| error_id.clone());
            let ids: Vec<String> = [&hint, &limit, &error_id].into_iter().flatten().cloned().collect();
            (!ids.is_empty()).then(|| ids.join(" "))
        }
    }

    fn invalid(&self) -> impl Fn() -> Option<&'static str> + Clone + Send + Sync + use<> {
        let (error, limit) = (self.error, self.limit);
        move || (error.try_get().flatten().is_some() || limit.is_some_and(Limit::exceeded)).then_some("true")
    }

    /// Counts what is typed.
    fn count(&self) -> impl Fn(ev::Event) + Clone + 'static + use<> {
        let limit = self.limit;
        move |typed| {
            if let Some(limit) = limit {
                limit.count(&event_target_value(&typed));
            }
        }
    }

    fn render(self, control: impl IntoView) -> impl IntoView {
        let (hint_id, limit_id, error_id, error) =
            (self.hint_id(), self.limit_id(), self.error_id(), self.error);
        let limit = self.limit.map(|limit| {
            view! { <p class="hint limit" class:exceeded=move || limit.exceeded() id=limit_id>{move || limit.told()}</p> }
        });
        let told =
            move || error.try_get().flatten().map(|error| view! { <FieldError id=error_id.clone() error/> });
        view! {
            <div class="field">
                <label for=self.id>
                    {self.label}
                    {self.optional.then(|| view! { " " <span class="optional">"optional"</span> })}
                </label>
                {control.into_view()}
                {self.hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
                {limit}
                {told}
            </div>
        }
    }
}

/// What is wrong with a field, below it.
#[component]
pub(crate) fn FieldError(id: String, error: String) -> impl IntoView {
    view! {
        <p class="error" id=id>
            <Icon name="error"/>
            {error}
        </p>
    }
}

/// One line of text, or a date (`kind="date"`), a file (`kind="file"`).
#[component]
pub fn Input(
    name: &'static str,
    label: &'static str,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional, into)] value: String,
    #[prop(optional)] optional: bool,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    /// The longest text that is taken, in characters.
    #[prop(optional_no_strip, into)]
    longest: Option<usize>,
    #[prop(optional_no_strip, into)] min: Option<String>,
    #[prop(optional_no_strip, into)] max: Option<String>,
    /// A text that must be typed exactly, such as the name of an environment.
    #[prop(optional_no_strip, into)]
    exactly: Option<String>,
    /// Names of known values, offered while typing.
    #[prop(optional, into)]
    list: Option<&'static str>,
    /// One of several fields of which one is needed: it is not required by itself.
    #[prop(optional)]
    or_another: bool,
    /// Several files at once.
    #[prop(optional)]
    multiple: bool,
    /// Of files: the endings that are offered.
    #[prop(optional, into)]
    accept: Option<&'static str>,
) -> impl IntoView {
    // No browser lets a page choose somebody's files.
    let value = if kind == "file" { value } else { Typed::here().or(name, value) };
    let limit = longest.map(|longest| Limit::new(longest, &value));
    let around = Around { id: name, label, optional, hint, limit, error };
    let (described_by, invalid, count) = (around.described_by(), around.invalid(), around.count());
    around.render(view! {
        <input
            class="input"
            id=name
            name=name
            type=kind
            value=value
            required=!(optional || or_another)
            on:input=count
            min=min
            max=max
            // Else a browser takes only what is whole minutes away from the moment that was filled in.
            step=(kind == "datetime-local").then_some("1")
            pattern=exactly.as_deref().map(literally)
            list=list
            multiple=multiple
            accept=accept
            autocomplete="off"
            aria-describedby=described_by
            aria-invalid=invalid
        />
    })
}

/// A text as a pattern that only it matches. Names of environments hold letters, digits and hyphens.
fn literally(text: &str) -> String {
    text.chars().flat_map(|c| (!c.is_alphanumeric()).then_some('\\').into_iter().chain([c])).collect()
}

/// Several lines of text.
#[component]
pub fn TextArea(
    name: &'static str,
    label: &'static str,
    #[prop(optional, into)] value: String,
    #[prop(optional)] optional: bool,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(optional_no_strip, into)] longest: Option<usize>,
) -> impl IntoView {
    let value = Typed::here().or(name, value);
    let limit = longest.map(|longest| Limit::new(longest, &value));
    let around = Around { id: name, label, optional, hint, limit, error };
    let (described_by, invalid, count) = (around.described_by(), around.invalid(), around.count());
    let area = textarea()
        .class("input")
        .id(name)
        .name(name)
        .rows("3")
        .required(!optional)
        .aria_describedby(described_by)
        .aria_invalid(invalid)
        .on(ev::input, count);
    // A text area cannot hold the marker that stands for an absent child.
    around.render(if value.is_empty() { area.into_any() } else { area.child(inside(value)).into_any() })
}

/// What stands in a text area. Leptos writes it as it is, and only there: what ends the area early would be read as
/// HTML, so the server escapes it. The line break in front is the one that a parser leaves out.
fn inside(value: String) -> String {
    if cfg!(feature = "ssr") {
        format!("\n{}", value.replace('&', "&amp;").replace('<', "&lt;"))
    } else {
        value
    }
}

/// One of several values, given as value and word.
#[component]
pub fn Select(
    name: &'static str,
    label: &'static str,
    options: Vec<(String, String)>,
    #[prop(optional, into)] chosen: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] error: Signal<Option<String>>,
) -> impl IntoView {
    let chosen = Typed::here().or(name, chosen);
    let around = Around { id: name, label, optional: false, hint, limit: None, error };
    let (described_by, invalid) = (around.described_by(), around.invalid());
    let option = move |(value, word): (String, String)| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{word}</option> }
    };
    around.render(view! {
        <select
            class="input"
            id=name
            name=name
            required
            aria-describedby=described_by
            aria-invalid=invalid
        >
            {options.into_iter().map(option).collect_view()}
        </select>
    })
}

/// One of many values that stand in groups; each group by its name, with its values and words.
#[component]
pub fn GroupedSelect(
    name: &'static str,
    label: &'static str,
    /// The word for nothing chosen yet, which is no answer.
    none: &'static str,
    groups: Vec<(String, Vec<(String, String)>)>,
    #[prop(optional, into)] chosen: String,
    #[prop(optional, into)] error: Signal<Option<String>>,
) -> impl IntoView {
    let chosen = Typed::here().or(name, chosen);
    let around = Around { id: name, label, optional: false, hint: None, limit: None, error };
    let (described_by, invalid) = (around.described_by(), around.invalid());
    let option = |(value, word): (String, String)| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{word}</option> }
    };
    let group = |(name, options): (String, Vec<(String, String)>)| {
        view! { <optgroup label=name>{options.into_iter().map(option).collect_view()}</optgroup> }
    };
    let groups = groups.into_iter().map(group).collect_view();
    around.render(view! {
        <select class="input" id=name name=name required aria-describedby=described_by aria-invalid=invalid>
            <option value="">{none}</option>
            {groups}
        </select>
    })
}

/// Any number of several values, given as value and word.
#[component]
pub fn CheckGroup(
    legend: &'static str,
    /// As the server function reads a list: `environments[]`.
    name: &'static str,
    options: Vec<(String, String)>,
    #[prop(optional)] chosen: Vec<String>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] error: Signal<Option<String>>,
) -> impl IntoView {
    let chosen = Typed::here().all(name).unwrap_or(chosen);
    let option = move |(value, word): (String, String)| {
        let checked = chosen.contains(&value);
        view! {
            <label class="check">
                <input type="checkbox" name=name value=value checked=checked/>
                {word}
            </label>
        }
    };
    let id = name.trim_end_matches("[]");
    let around = Around { id, label: legend, optional: true, hint: hint.clone(), limit: None, error };
    let (described_by, hint_id, error_id) = (around.described_by(), around.hint_id(), around.error_id());
    view! {
        <fieldset class="field" id=id tabindex="-1" aria-describedby=described_by>
            <legend>{legend}</legend>
            <div class="checks">{options.into_iter().map(option).collect_view()}</div>
            {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
            {move || error.try_get().flatten().map(|error| view! { <FieldError id=error_id.clone() error/> })}
        </fieldset>
    }
}

/// One of a few values that need a word of explanation each, given as value, word and explanation.
#[component]
pub fn Choices(
    legend: &'static str,
    name: &'static str,
    options: Vec<(String, String, String)>,
    #[prop(into)] chosen: String,
) -> impl IntoView {
    let chosen = Typed::here().or(name, chosen);
    let option = move |(value, word, explanation): (String, String, String)| {
        let checked = value == chosen;
        view! {
            <label class="choice">
                <input type="radio" name=name value=value checked=checked required/>
                <span>{word}</span>
                <small>{explanation}</small>
            </label>
        }
    };
    view! {
        <fieldset class="field">
            <legend>{legend}</legend>
            <div class="choices">{options.into_iter().map(option).collect_view()}</div>
        </fieldset>
    }
}

#[cfg(test)]
mod tests {
    use leptos::prelude::*;

    use super::{TextArea, literally, told};

    #[test]
    fn a_typed_name_matches_only_itself() {
        assert_eq!(literally("eu-production"), r"eu\-production");
    }

    #[test]
    fn a_limit_is_told_before_and_counted_while_one_types() {
        assert_eq!(told(0, 200), "At most 200 characters.");
        assert_eq!(told(200, 200), "0 of 200 characters left.");
        assert_eq!(told(203, 200), "3 characters too many: at most 200.");
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn nothing_that_was_typed_leaves_a_text_area() {
        let typed = "\n</textarea><script>alert(1)</script> &lt;";
        let html = Owner::new().with(|| view! { <TextArea name="why" label="Why" value=typed/> }.to_html());
        let escaped = "\n\n&lt;/textarea>&lt;script>alert(1)&lt;/script> &amp;lt;</textarea>";
        assert!(html.contains(escaped), "{html}");
        assert_eq!(html.matches("</textarea>").count(), 1, "{html}");
    }
}
