//! Tokens about to end, as the first page warns of them; drawn by the server, for nothing of it is acted on there.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use portal::Token;

use crate::{
    drawn::Drawn,
    ui::{Badge, Card, CardBody, absolute, relative},
};

/// None where no token ends soon.
pub(super) fn drawn(tokens: Vec<Token>, now: DateTime<Utc>) -> Option<Drawn> {
    if tokens.is_empty() {
        return None;
    }
    let line = move |token: Token| {
        view! {
            <li>
                <bdi>{token.name}</bdi>
                " "
                <Badge tone="caution" icon="warning">{format!("Ends {}", relative(token.ends_at, now))}</Badge>
                " "
                <small class="muted">{absolute(token.ends_at)}</small>
            </li>
        }
    };
    Some(Drawn::of(view! {
        <Card title="Tokens about to end">
            <CardBody>
                <ul>{tokens.into_iter().map(line).collect_view()}</ul>
                <p><a href="/access/tokens" rel="external">"Issue the next ones before"</a></p>
            </CardBody>
        </Card>
    }))
}
