use leptos::prelude::*;

/// A column: its heading, and when it goes where there is no room (`p3` first, `p1` last, `""` never).
pub type Column = (&'static str, &'static str);

/// Rows of one kind of thing. Each row's first cell is a `th scope="row"` that names it.
#[component]
pub fn DataTable(
    /// What the table holds, for those who do not see it.
    #[prop(into)]
    caption: String,
    columns: Vec<Column>,
    children: Children,
) -> impl IntoView {
    let heading = |(title, class)| view! { <th scope="col" class=class>{title}</th> };
    let label = caption.clone();
    view! {
        <div class="table-scroll" role="region" aria-label=label tabindex="0">
            <table class="data-table">
                <caption class="visually-hidden">{caption}</caption>
                <thead>
                    <tr>{columns.into_iter().map(heading).collect_view()}</tr>
                </thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}

/// Leads from one page of a list to the older ones.
#[component]
pub fn Older(#[prop(into)] href: Option<String>) -> impl IntoView {
    href.map(|href| view! { <footer><a class="button small end" href=href>"Older"</a></footer> })
}
