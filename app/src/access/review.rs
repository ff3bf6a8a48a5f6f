//! The page on which admins go through all that is granted: each grant is confirmed or removed.

use leptos::prelude::*;
use portal::{
    Actor, Permission, Scope,
    identity::{Holder, Reviewed, ToReview},
};

use super::{came_back, tabs, within};
use crate::{
    Kept,
    ui::{Badge, Callout, Card, CardBody, CardFoot, DataTable, EmptyState, PageHead, absolute},
    written::Written,
};

/// What the form says of a grant that is still needed.
pub const CONFIRM: &str = "confirm";
/// What it says of one that is not.
pub const REMOVE: &str = "remove";
/// The field that tells how many grants were shown, so that none is left out.
pub const SHOWN: &str = "shown";

/// What the page shows.
pub struct ReviewPage {
    pub to_review: ToReview,
    /// A form that was not done.
    pub kept: Option<Kept>,
}

pub fn review_page(actor: &Actor, shown: ReviewPage) -> Written {
    let looks = actor.clone();
    Written::of(move || {
        let ReviewPage { to_review: ToReview { grants, beyond, last }, kept } = shown;
        let reviews = !beyond && looks.may(Permission::ReviewAccess, &Scope::Portal);
        let last = match last {
            Some(at) => format!("Last reviewed {}.", absolute(at)),
            None => "Never reviewed yet.".to_owned(),
        };
        let meta = view! { <span>{last}</span> };
        let all = if grants.is_empty() {
            view! {
                <Card title="All that is granted">
                    <EmptyState icon="user" title="Nothing is granted">
                        <p>"Whoever runs the portal lets the first admin in by a setting."</p>
                    </EmptyState>
                </Card>
            }
            .into_any()
        } else {
            let card = listed(grants, kept.as_ref(), reviews);
            if reviews {
                view! { <form method="post" action="/access/review">{card}</form> }.into_any()
            } else {
                card
            }
        };
        view! {
            <PageHead title="Access review" meta=meta.into_any()/>
            {tabs(&looks, "/access/review")}
            {came_back(kept.as_ref(), reviews, &[])}
            {beyond.then(too_many)}
            {all}
        }
        .into_any()
    })
}

fn too_many() -> impl IntoView {
    view! {
        <Callout tone="caution" icon="warning">
            <p>
                "More is granted by hand than one review goes through, and the list below is not all of it. Grant roles to groups instead, and take those by hand away."
            </p>
        </Callout>
    }
}

fn listed(grants: Vec<Reviewed>, kept: Option<&Kept>, reviews: bool) -> AnyView {
    let shown = grants.len().to_string();
    let rows = grants.into_iter().map(|grant| row(grant, kept, reviews)).collect_view();
    let how = reviews.then(|| {
        view! {
            <CardBody>
                <p class="muted">
                    "Confirm each grant that is still needed, and remove the others. What you decide is done at once, and is one entry of the audit log."
                </p>
            </CardBody>
        }
    });
    let done = reviews.then(|| {
        view! {
            <CardFoot>
                <input type="hidden" name=SHOWN value=shown/>
                <button type="submit" class="button primary" name="act" value="review">"Put on record"</button>
            </CardFoot>
        }
    });
    view! {
        <Card title="All that is granted">
            {how}
            <DataTable
                caption="All that is granted"
                columns=vec![("Who", ""), ("Role", ""), ("How", "p1"), ("Decision", "")]
                picks=None
            >
                {rows}
            </DataTable>
            {done}
        </Card>
    }
    .into_any()
}

fn row(grant: Reviewed, kept: Option<&Kept>, reviews: bool) -> impl IntoView + use<> {
    let name = grant.key();
    let Reviewed { holder, role, scope } = grant;
    let (who, how) = match holder {
        Holder::Person(who) => (who.name, "by hand"),
        Holder::Group(group) => (group, "group"),
    };
    let label = format!("{who}, {role}{}", within(&scope));
    // What was decided before the form came back; nothing of a grant that has come since.
    let said = kept.map(|kept| kept.typed_again().or(&name, String::new()));
    let new = said.as_ref().is_some_and(String::is_empty);
    let choice = |value: &'static str, word: &'static str| {
        let checked = said.as_deref() == Some(value);
        view! {
            <label class="check">
                <input
                    type="radio"
                    name=name.clone()
                    value=value
                    required
                    checked=checked
                    aria-label=format!("{word} {label}")
                />
                {word}
            </label>
        }
    };
    let decision = reviews.then(|| {
        view! {
            <div class="checks">{choice(CONFIRM, "Confirm")}{choice(REMOVE, "Remove")}</div>
        }
    });
    view! {
        <tr>
            <th scope="row"><bdi class="name">{who}</bdi></th>
            <td><span class="name">{format!("{role}{}", within(&scope))}</span></td>
            <td class="p1"><Badge>{how}</Badge>{new.then(|| view! { " " <Badge>"new since"</Badge> })}</td>
            <td>{decision}</td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use portal::{
        Actor, Id, Scope,
        access::{Grant, Role},
        identity::{Holder, Reviewed, ToReview, Who},
    };

    use super::{ReviewPage, review_page};

    fn page(role: Role, beyond: bool) -> String {
        let who = Who { id: Id::from(uuid::Uuid::from_u128(7)), name: "Ann <Lee>".into() };
        let grants = vec![
            Reviewed { holder: Holder::Person(who), role: Role::Author, scope: Scope::Portal },
            Reviewed {
                holder: Holder::Group("ops".into()),
                role: Role::Operator,
                scope: Scope::Owner("pay".into()),
            },
        ];
        let (id, held) = (Id::from(uuid::Uuid::from_u128(8)), vec![Grant { role, scope: Scope::Portal }]);
        let looks = Actor::Person { id, name: "x".into(), grants: held, proven_at: None, address: None };
        let shown = ReviewPage { to_review: ToReview { grants, beyond, last: None }, kept: None };
        review_page(&looks, shown).html
    }

    #[test]
    fn each_grant_is_decided_by_an_admin_and_looked_at_by_others() {
        let admin = page(Role::Admin, false);
        for part in
            ["Ann &lt;Lee", "operator for policies of pay", "Never reviewed yet.", r#"value="remove""#]
        {
            assert!(admin.contains(part), "{part} is missing in {admin}");
        }
        assert!(!page(Role::Auditor, false).contains("radio"));
        let part = page(Role::Admin, true);
        assert!(part.contains("not all of it") && !part.contains("radio"), "{part}");
    }
}
