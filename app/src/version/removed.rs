use leptos::prelude::*;

use crate::ui::Callout;

/// Says which policies go, where some do: a folder is pushed whole, and what is not in it is gone from the version.
#[component]
pub fn Removed(
    removed: Vec<String>,
    /// What still has them, such as a version or an environment.
    #[prop(into)]
    from: String,
) -> impl IntoView {
    (!removed.is_empty()).then(|| {
        let number = removed.len();
        let policies = if number == 1 { "1 policy".to_owned() } else { format!("{number} policies") };
        view! {
            <Callout tone="caution" icon="warning">
                <p>
                    <strong>{format!("Removes {policies} of {from}: ")}</strong>
                    <code>{removed.join(", ")}</code>
                    ". OPAs give no decision on them any more."
                </p>
            </Callout>
        }
    })
}
