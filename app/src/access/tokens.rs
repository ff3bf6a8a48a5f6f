//! The page of tokens: everybody's for whoever may see them, one's own for others; a new one's secret is shown once.

use chrono::{DateTime, Utc};
use leptos::{context::Provider, prelude::*};
use portal::{
    Actor, Environment, Id, Permission, Scope, Token,
    access::TokenScope,
    identity::{TOKEN_ENDS_SOON, USUAL_TOKEN},
};
use strum::VariantArray;

use super::{came_back, fault, tabs};
use crate::{
    Kept,
    ui::{
        Badge, Callout, Card, CardBody, CheckGroup, DataTable, EmptyState, Input, PageHead, Select, absolute,
        not_read, relative,
    },
    written::Written,
};

/// What the form says in the place of an environment, and of an owner: neither is a name or an id.
pub const EVERYWHERE: &str = "(everywhere)";
pub const NOBODY: &str = "(nobody)";
/// The field with the id that the token gets, so that a form that is sent twice issues one.
pub const FRESH: &str = "fresh";

/// What the page shows.
pub struct TokensPage {
    pub tokens: Vec<Token>,
    pub environments: Vec<Environment>,
    /// People whom a token may belong to, by id and name; of whoever may issue but their own, none.
    pub people: Vec<(String, String)>,
    pub now: DateTime<Utc>,
    /// Whether there are more after these.
    pub more: bool,
    /// What of the address could not be read.
    pub unread: Vec<String>,
    /// A token that was just issued: its name and its secret.
    pub issued: Option<(String, String)>,
    /// A form that was not done.
    pub kept: Option<Kept>,
}

pub fn tokens_page(actor: &Actor, shown: TokensPage) -> Written {
    let (looks, all) = (actor.clone(), actor.may(Permission::SeeToken, &Scope::Portal));
    Written::of(move || {
        let TokensPage { tokens, environments, people, now, more, unread, issued, kept } = shown;
        let next = tokens.last().filter(|_| more).map(|last| format!("/access/tokens?before={}", last.id));
        let next =
            next.map(|href| view! { <CardBody><a href=href rel="external">"Older tokens"</a></CardBody> });
        let manages = looks.may(Permission::ManageToken, &Scope::Portal);
        let mine = looks.by().and_then(|by| by.person());
        let row = move |token: Token| {
            let may_revoke = manages || token.owner.as_ref().is_some_and(|owner| Some(owner.id) == mine);
            row(token, now, may_revoke)
        };
        let listed = if tokens.is_empty() {
            view! {
                <EmptyState icon="key" title="No tokens">
                    <p>"A token lets a program do what its owner may, for a while."</p>
                </EmptyState>
            }
            .into_any()
        } else {
            view! {
                <DataTable
                    caption="Tokens"
                    columns=vec![("Token", ""), ("Whose", ""), ("Scopes", "p1"), ("Last used", "p1"), ("Ends", ""), ("Action", "end")]
                    picks=None
                >
                    {tokens.into_iter().map(row).collect_view()}
                </DataTable>
            }
            .into_any()
        };
        // A form by which one was revoked says nothing of the next one.
        let issue = kept.as_ref().filter(|kept| kept.asks("issue"));
        let (told_why, typed) = (
            came_back(kept.as_ref(), issue.is_some(), &["name", "scopes", "environment", "days"]),
            issue.map(Kept::typed_again).unwrap_or_default(),
        );
        view! {
            <PageHead title=if all { "Tokens" } else { "Your tokens" }/>
            {tabs(&looks, "/access/tokens")}
            {not_read(unread)}
            <div class="stack">
                {issued.map(|(name, secret)| told(name, secret))}
                {told_why}
                <Card title=if all { "All tokens" } else { "Your tokens" }>{listed}{next}</Card>
                <Provider value=typed>
                    <Card title="Issue a token" id="issue">{form(environments, people, kept.as_ref())}</Card>
                </Provider>
            </div>
        }
        .into_any()
    })
}

/// Nothing keeps a secret but whoever it was told.
fn told(name: String, secret: String) -> impl IntoView {
    view! {
        <Callout tone="good" icon="approved" live=true>
            <p><strong>"Issued: "</strong><bdi>{name}</bdi></p>
            <p><code class="secret">{secret}</code></p>
            <p>"Copy it now: it is shown this once, and kept nowhere."</p>
        </Callout>
    }
}

fn row(token: Token, now: DateTime<Utc>, may_revoke: bool) -> impl IntoView {
    let Token { id, name, owner, environment, scopes, ends_at, revoked_at, used_at, .. } = token;
    let whose = match (owner, &environment) {
        (Some(owner), _) => view! { <bdi class="name">{owner.name}</bdi> }.into_any(),
        (None, Some(environment)) => format!("OPAs of {environment}").into_any(),
        (None, None) => "nobody".into_any(),
    };
    let scopes: Vec<String> = scopes.iter().map(ToString::to_string).collect();
    let within = environment.map(|environment| format!(" in {environment}")).unwrap_or_default();
    let end = match revoked_at {
        Some(at) => view! { <Badge>{format!("Revoked {}", absolute(at))}</Badge> }.into_any(),
        None if ends_at <= now => {
            view! { <Badge>{format!("Ended {}", absolute(ends_at))}</Badge> }.into_any()
        }
        None if ends_at <= now + TOKEN_ENDS_SOON => {
            let word = format!("Ends {}", relative(ends_at, now));
            view! { <Badge tone="caution" icon="warning">{word}</Badge><br/><small class="muted">{absolute(ends_at)}</small> }.into_any()
        }
        None => absolute(ends_at).into_any(),
    };
    let used = used_at.map_or_else(|| "never".to_owned(), absolute);
    let label = format!("Revoke {name}");
    let called = name.clone();
    let act = (may_revoke && revoked_at.is_none() && ends_at > now).then(|| {
        view! {
            <form method="post" action="/access/tokens">
                <input type="hidden" name="token" value=id.to_string()/>
                <input type="hidden" name="called" value=called/>
                <button type="submit" class="button small" name="act" value="revoke" aria-label=label>"Revoke"</button>
            </form>
        }
    });
    view! {
        <tr>
            <th scope="row"><bdi class="name">{name}</bdi></th>
            <td>{whose}</td>
            <td class="p1">{scopes.join(", ")}{within}</td>
            <td class="p1">{used}</td>
            <td>{end}</td>
            <td class="end">{act}</td>
        </tr>
    }
}

fn form(
    environments: Vec<Environment>,
    people: Vec<(String, String)>,
    kept: Option<&Kept>,
) -> impl IntoView + use<> {
    let fresh = Id::<Token>::fresh().to_string();
    let manages = !people.is_empty();
    let scopes = TokenScope::VARIANTS
        .iter()
        .filter(|scope| manages || **scope != TokenScope::Opa)
        .map(|scope| (scope.to_string(), scope.to_string()))
        .collect();
    // A browser takes an empty choice for none.
    let everywhere = (EVERYWHERE.to_owned(), "everywhere".to_owned());
    let within = environments.into_iter().map(|name| (name.to_string(), name.to_string()));
    let environments = [everywhere].into_iter().chain(within).collect();
    let [name, what, whose, place, end] =
        ["name", "scopes", "owner", "environment", "days"].map(|field| fault(kept, field));
    let owner = manages.then(|| {
        let me = people.first().map(|(id, _)| id.clone()).unwrap_or_default();
        let nobody = (NOBODY.to_owned(), "nobody: it is an OPA’s".to_owned());
        let options = people.into_iter().chain([nobody]).collect();
        view! {
            <Select
                name="owner"
                label="Who answers for it"
                options
                chosen=me
                hint="It may nothing that they may not, and ends with them."
                error=whose
            />
        }
    });
    view! {
        <CardBody>
            <form method="post" action="/access/tokens" class="stack readable">
                <input type="hidden" name=FRESH value=fresh/>
                <Input name="name" label="What it is for" longest=100usize error=name/>
                <CheckGroup legend="What it may" name="scopes" options=scopes error=what/>
                {owner}
                <Select name="environment" label="Where" options=environments error=place/>
                <Input
                    name="days"
                    kind="number"
                    label="Days until it ends"
                    value=USUAL_TOKEN.num_days().to_string()
                    min="1".to_owned()
                    max="365".to_owned()
                    hint="At most 365. To change over, issue the next one before: both hold until you revoke the old one."
                    error=end
                />
                <div class="button-row">
                    <button type="submit" class="button primary" name="act" value="issue">"Issue"</button>
                </div>
            </form>
        </CardBody>
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use portal::{Actor, Environment, Id, Token, access::TokenScope};

    use super::{TokensPage, tokens_page};

    fn token(n: u128, name: &str, ends_in: i64, now: DateTime<Utc>) -> Token {
        Token {
            id: Id::from(uuid::Uuid::from_u128(n)),
            name: name.into(),
            owner: None,
            environment: Some(Environment::staging()),
            scopes: vec![TokenScope::Opa],
            issued_at: now,
            ends_at: now + TimeDelta::days(ends_in),
            revoked_at: None,
            used_at: None,
        }
    }

    #[test]
    fn it_shows_when_tokens_end_and_a_secret_once() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let tokens = vec![token(1, "CI <b>", 30, now), token(2, "late", 3, now), token(3, "over", -1, now)];
        let shown = TokensPage {
            tokens,
            environments: vec![Environment::staging()],
            people: vec![],
            now,
            more: false,
            unread: vec!["before=<i>".into()],
            issued: Some(("next".into(), "aegis_token_x".into())),
            kept: None,
        };
        let page = tokens_page(&Actor::Anonymous, shown).html;
        for part in
            ["CI &lt;b", "Ends in 3 d", "Ended", "OPAs of staging", "never", "aegis_token_x", "before=&lt;i"]
        {
            assert!(page.contains(part), "{part} is missing in {page}");
        }
        assert!(!page.contains(r#"value="opa""#), "an OPA's token is an admin's to issue");
    }
}
