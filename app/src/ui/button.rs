use leptos::prelude::*;

use super::Icon;

/// How loud a button is. One `Primary` a view: the likely next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    Primary,
    #[default]
    Secondary,
    Quiet,
    Danger,
    /// The last step of something that cannot be taken back with one click.
    LastStep,
}

impl Kind {
    fn class(self) -> &'static str {
        match self {
            Self::Primary => "button primary",
            Self::Secondary => "button",
            Self::Quiet => "button quiet",
            Self::Danger => "button danger",
            Self::LastStep => "button danger solid",
        }
    }
}

/// Sends the form it stands in.
///
/// A button that a rule or a permission refuses stays where it is and says why. It is then no submit
/// button at all, so that it does nothing without scripts either.
#[component]
pub fn Button(
    /// Unique on the page: the reason is tied to the button by it.
    #[prop(into)]
    id: String,
    #[prop(optional)] kind: Kind,
    #[prop(optional)] small: bool,
    #[prop(optional_no_strip, into)] icon: Option<&'static str>,
    /// Why it cannot be pressed now.
    #[prop(optional_no_strip, into)]
    refused: Option<String>,
    /// The id of what tells the reason already, where several buttons share one.
    #[prop(optional_no_strip)]
    told_by: Option<String>,
    /// True while the server has not answered yet.
    #[prop(optional, into)]
    busy: Signal<bool>,
    children: Children,
) -> impl IntoView {
    let Some(reason) = refused else {
        // A second click while the first is on its way would do it twice.
        let once = move |click: leptos::ev::MouseEvent| {
            if busy.try_get_untracked() == Some(true) {
                click.prevent_default();
            }
        };
        let busy = move || (busy.try_get() == Some(true)).then_some("true");
        let face = face(icon, children);
        return view! {
            <button id=id class=kind.class() class:small=small type="submit" aria-busy=busy on:click=once>
                {face}
            </button>
        }
        .into_any();
    };
    let own = told_by.is_none().then(|| format!("{id}-reason"));
    let described_by = told_by.or_else(|| own.clone());
    view! {
        <span class="refused">
            <button
                id=id
                class=kind.class()
                class:small=small
                type="button"
                aria-disabled="true"
                aria-describedby=described_by
            >
                {face(icon, children)}
            </button>
            {own.map(|id| view! { <span class="button-reason" id=id>{reason}</span> })}
        </span>
    }
    .into_any()
}

/// What stands on a button.
fn face(icon: Option<&'static str>, children: Children) -> impl IntoView {
    view! {
        {icon.map(|name| view! { <Icon name/> })}
        {children()}
    }
}

/// A link that looks like a button: it leads to where something is done, and does nothing itself.
///
/// Refused, it is a disabled button with the reason beside it.
#[component]
pub fn ButtonLink(
    #[prop(into)] id: String,
    #[prop(into)] href: String,
    #[prop(optional)] kind: Kind,
    #[prop(optional)] small: bool,
    #[prop(optional_no_strip, into)] icon: Option<&'static str>,
    #[prop(optional_no_strip, into)] refused: Option<String>,
    #[prop(optional_no_strip)] told_by: Option<String>,
    children: Children,
) -> impl IntoView {
    match refused {
        Some(reason) => view! { <Button id kind small icon refused=reason told_by children/> }.into_any(),
        None => view! {
            <a id=id class=kind.class() class:small=small href=href>
                {face(icon, children)}
            </a>
        }
        .into_any(),
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use leptos::prelude::*;

    use super::{Button, ButtonLink};

    fn written(view: impl FnOnce() -> AnyView) -> String {
        Owner::new().with(|| view().to_html())
    }

    #[test]
    fn a_button_sends_its_form() {
        let html = written(|| view! { <Button id="approve">"Approve"</Button> }.into_any());
        assert!(html.contains(r#"type="submit""#) && !html.contains("aria-disabled"), "{html}");
    }

    #[test]
    fn a_refused_button_sends_nothing_and_is_described_by_its_reason() {
        let refused = Some("somebody else must decide your request".to_owned());
        let html = written(|| view! { <Button id="approve" refused>"Approve"</Button> }.into_any());
        for part in [
            r#"type="button""#,
            r#"aria-disabled="true""#,
            r#"aria-describedby="approve-reason""#,
            r#"id="approve-reason""#,
            "somebody else must decide your request",
        ] {
            assert!(html.contains(part), "{part} is missing in {html}");
        }
        assert!(!html.contains("submit"), "{html}");
    }

    #[test]
    fn a_refused_link_leads_nowhere() {
        let refused = Some("no".to_owned());
        let html = written(|| {
            view! { <ButtonLink id="deny" href="?ask=deny" refused>"Deny"</ButtonLink> }.into_any()
        });
        assert!(!html.contains("href") && html.contains("aria-disabled"), "{html}");
    }
}
