//! The evidence pack: the page that asks for its days, and the pack itself, sent as it is written.

use app::EvidencePage;
use axum::{
    Extension,
    body::Body,
    extract::{Query, Request, State, rejection::QueryRejection},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use chrono::{Datelike, Days, NaiveDate};
use futures_util::stream::try_unfold;
use portal::{
    Actor, Error, Portal,
    audit::{
        log,
        pack::{self, Period},
    },
    list::{Day, NOT_EXPORTED},
};
use serde::Deserialize;

use super::file_of;
use crate::{
    api::unreadable_pairs,
    login::wants_a_page,
    problem::Problem,
    render::{refused, written},
    site::Site,
};

const PAGE: &str = "/audit/evidence";
/// Characters of a day that somebody typed, at most, in the address that leads back to the page.
const LONGEST: usize = 40;

/// What the page's address says: the days, as they were typed, and why no pack came.
#[derive(Deserialize)]
pub(crate) struct Asked {
    since: Option<String>,
    until: Option<String>,
    #[serde(rename = "not-exported")]
    not_exported: Option<String>,
}

/// The form, for whoever may see the audit.
pub(crate) async fn page(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    asked: Result<Query<Asked>, QueryRejection>,
    request: Request,
) -> Response {
    let asked = match asked {
        Ok(Query(asked)) => asked,
        Err(refused) => return unreadable_pairs(&refused).into_response(),
    };
    let (parts, _) = request.into_parts();
    if let Err(error) = log::key(&site.portal, &actor).await {
        return refused(&site, &parts, error).await;
    }
    written(&site, &parts, StatusCode::OK, app::evidence_page(shown(&site.portal, asked))).await
}

fn shown(portal: &Portal, asked: Asked) -> EvidencePage {
    let now = portal.now();
    let today = now.date_naive();
    let tried = asked.since.is_some() || asked.until.is_some();
    let (from, to) = last_month(today);
    let since = asked.since.unwrap_or_else(|| from.to_string());
    let until = asked.until.unwrap_or_else(|| to.to_string());
    let wrong = Period::read(&since, &until, now).err().filter(|_| tried);
    // Their fields hold nothing but days.
    let [since, until] =
        [since, until].map(|day| if day.parse::<Day>().is_ok() { day } else { String::new() });
    let not_packed = asked.not_exported.filter(|_| wrong.is_none()).map(|status| match status.as_str() {
        "403" => "you may not see all that is in a pack.",
        "422" => "the period has too many entries; take a shorter one.",
        "503" => "the log cannot be signed just now; try again.",
        _ => "something broke on our side; try again.",
    });
    EvidencePage { since, until, today: today.to_string(), wrong, not_packed }
}

/// What auditors mostly ask for: the whole of the last month.
fn last_month(today: NaiveDate) -> (NaiveDate, NaiveDate) {
    let first = today.with_day(1).unwrap_or(today);
    let last = first.checked_sub_days(Days::new(1)).unwrap_or(first);
    (last.with_day(1).unwrap_or(last), last)
}

/// The pack that a form asks for. A browser whose days are no period is led back to the page, which says why.
pub(super) async fn asked(
    portal: Portal,
    actor: Actor,
    headers: &HeaderMap,
    since: &str,
    until: &str,
) -> Response {
    match sent(portal, actor, since, until).await {
        Ok(pack) => pack,
        Err(error) if !wants_a_page(headers) => Problem::from(error).into_response(),
        Err(error) => {
            let typed = |text: &str| text.chars().take(LONGEST).collect::<String>();
            let status = error.status().to_string();
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("since", &typed(since))
                .append_pair("until", &typed(until))
                .append_pair(NOT_EXPORTED, &status)
                .finish();
            Redirect::to(&format!("{PAGE}?{query}")).into_response()
        }
    }
}

/// The pack of these days, in parts as they are written. Where one cannot be, the transfer breaks off, and what came has
/// no manifest.
pub(crate) async fn sent(portal: Portal, actor: Actor, since: &str, until: &str) -> portal::Result<Response> {
    let period = Period::read(since, until, portal.now())?;
    let packing = pack::begin(&portal, &actor, period).await?;
    let file = format!("evidence-{}-{}.zip", period.since, period.until);
    let parts = try_unfold(packing, move |mut packing| {
        let (portal, actor) = (portal.clone(), actor.clone());
        async move {
            let part = packing.next(&portal, &actor).await?;
            Ok::<_, Error>(part.map(|part| (part, packing)))
        }
    });
    Ok(file_of("application/zip", &file, Body::from_stream(parts)))
}

#[cfg(test)]
mod tests {
    use super::last_month;

    #[test]
    fn the_last_month_is_offered() {
        let of = |day: &str| {
            let (from, to) = last_month(day.parse().unwrap());
            format!("{from} {to}")
        };
        assert_eq!(of("2026-03-31"), "2026-02-01 2026-02-28");
        assert_eq!(of("2026-01-01"), "2025-12-01 2025-12-31");
    }
}
