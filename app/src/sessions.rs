//! The page on which somebody sees where they are signed in, and ends what they do not know.

use leptos::prelude::*;
use portal::identity::{IDLE, Opened, SESSION};

use crate::{
    ui::{Badge, Card, DataTable, PageHead, absolute},
    written::Written,
};

/// The page of one's own sessions.
pub fn sessions_page(opened: Vec<Opened>) -> Written {
    Written::of(move || {
        let text = format!(
            "Each ends {} hours after you signed in, and after {} minutes without use.",
            SESSION.num_hours(),
            IDLE.num_minutes()
        );
        let meta = view! { <span>{text}</span> };
        view! {
            <PageHead title="Your sessions" meta=meta.into_any()/>
            <Card title="Where you are signed in">
                <DataTable
                    caption="Your sessions"
                    columns=vec![("Browser", ""), ("Signed in", ""), ("Last used", "p1"), ("Action", "end")]
                    picks=None
                >
                    {opened.into_iter().map(row).collect_view()}
                </DataTable>
            </Card>
        }
        .into_any()
    })
}

fn row(session: Opened) -> impl IntoView {
    let browser = match session.browser.as_str() {
        "" => "A browser that did not say which".to_owned(),
        browser => browser.to_owned(),
    };
    let label = format!("End the session of {}", absolute(session.opened_at));
    let end = if session.here {
        view! {
            <form method="post" action="/sign-out">
                <button type="submit" class="button small">"Sign out"</button>
            </form>
        }
        .into_any()
    } else {
        view! {
            <form method="post" action="/sessions">
                <button type="submit" class="button small" name="session" value=session.id.to_string() aria-label=label>
                    "End"
                </button>
            </form>
        }
        .into_any()
    };
    view! {
        <tr>
            <th scope="row">
                <bdi>{browser}</bdi>
                {session.here.then(|| view! { " " <Badge tone="good">"This one"</Badge> })}
            </th>
            <td>{absolute(session.opened_at)}</td>
            <td class="p1">{absolute(session.used_at)}</td>
            <td class="end">{end}</td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use portal::{Id, identity::Opened};

    use super::sessions_page;

    #[test]
    fn it_shows_each_session_and_ends_all_but_the_one_in_which_one_looks_by_a_form() {
        let at = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let session = |browser: &str, here| {
            let id = Id::from(uuid::Uuid::from_u128(u128::from(here)));
            Opened { id, opened_at: at, used_at: at, browser: browser.into(), here }
        };
        let page = sessions_page(vec![session("Firefox <b>", true), session("", false)]).html;
        for part in [
            "Firefox &lt;b",
            "This one",
            "A browser that did not say which",
            r#"name="session""#,
            "4 Oct 2024",
        ] {
            assert!(page.contains(part), "{part} is missing in {page}");
        }
        assert_eq!(page.matches(r#"action="/sign-out""#).count(), 1);
    }
}
