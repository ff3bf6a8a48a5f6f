//! Several exceptions ended at once: what that would do to each, the question, and what came of it.

use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use portal::{
    Permission, Scope,
    exception::{Exception, Number, Refusal, State},
    list::SIZE,
    release::LONGEST_REASON,
};

use super::{RevokeExceptions, chosen_exceptions, list::names, page, standing, words::resources};
use crate::{
    act::{Act, NotDone, act, field_error},
    live,
    page::loaded,
    ui::{
        Button, Callout, Card, CardBody, Column, DataTable, EmptyState, Form, Input, Kind, PageHead,
        State as StateBadge, TextArea, counted, left_out,
    },
    viewer::Viewer,
};

/// The exceptions that were picked in the list, as an address names them.
fn picked(query: &ParamsMap) -> Vec<Number> {
    let all = query.get_all("number").unwrap_or_default();
    let mut numbers: Vec<Number> = vec![];
    for number in all.iter().filter_map(|number| number.parse().ok()) {
        if let Err(at) = numbers.binary_search(&number) {
            numbers.insert(at, number);
        }
    }
    numbers.truncate(SIZE);
    numbers
}

/// What the address names that is not among these, once each: it is not there, or is none of theirs who look.
fn missing(query: &ParamsMap, chosen: &[Exception]) -> Vec<String> {
    let mut names: Vec<String> = vec![];
    for name in query.get_all("number").unwrap_or_default() {
        let is_there = name.is_empty() || chosen.iter().any(|one| one.number.to_string() == name);
        if !is_there && !names.contains(&name) && names.len() < SIZE {
            names.push(name);
        }
    }
    names
}

/// The address of the page for these.
#[cfg(feature = "ssr")]
pub(super) fn address(numbers: &[Number], done: bool) -> String {
    let mut query = ParamsMap::new();
    for number in numbers {
        query.insert("number", number.to_string());
    }
    if done {
        query.insert("done", "yes".to_owned());
    }
    format!("/exceptions/revoke{}", query.to_query_string())
}

/// Asks whether these are to be revoked, and shows what came of it.
#[component]
pub fn RevokeSome() -> impl IntoView {
    let query = use_query_map();
    let numbers = move || query.with(picked);
    let is_done = move || query.with(|query| query.get_str("done").is_some());
    let found = live::load(
        &[live::Kind::Exception],
        move || (numbers(), is_done()),
        |(numbers, _)| chosen_exceptions(numbers),
    );
    let revoke = act::<RevokeExceptions>();
    loaded(found, move |chosen, viewer| {
        let done = untrack(is_done);
        let missing = query.with_untracked(|query| missing(query, &chosen));
        view! { <Chosen chosen missing done viewer revoke/> }
    })
}

#[component]
fn Chosen(
    chosen: Vec<Exception>,
    missing: Vec<String>,
    done: bool,
    viewer: Viewer,
    revoke: Act,
) -> impl IntoView {
    if chosen.is_empty() {
        let none_picked = missing.is_empty();
        return view! {
            <PageHead title="Revoke exceptions"/>
            <div class="stack">
                {not_found(missing)}
                <NoneChosen none_picked/>
            </div>
        }
        .into_any();
    }
    let able = chosen.iter().filter(|one| hindrance(one, &viewer).is_none()).count();
    let over = chosen.iter().filter(|one| matches!(one.state, State::Revoked { .. })).count();
    let question = match (done, able) {
        (true, _) => view! { <Came over of=chosen.len()/> }.into_any(),
        (false, 0) => view! {
            <Callout tone="caution" icon="warning"><p>"None of these can be revoked."</p></Callout>
        }
        .into_any(),
        (false, able) => view! { <Question chosen=chosen.clone() able revoke/> }.into_any(),
    };
    // Once it is done nothing more can be revoked: then it says what could.
    let title = match if done { over } else { able } {
        0 => "Revoke exceptions".to_owned(),
        number => format!("Revoke {}", counted(number, "exception")),
    };
    view! {
        <PageHead title/>
        <div class="stack">
            {not_found(missing)}
            {question}
            <Card title="What happens to each"><Rows chosen done viewer/></Card>
            {(done || able == 0).then(|| view! {
                <div class="button-row"><a class="button" href="/exceptions">"Back to the exceptions"</a></div>
            })}
        </div>
    }
    .into_any()
}

/// Says which of those that were picked are none.
fn not_found(missing: Vec<String>) -> AnyView {
    left_out("Not found: ", "there is no such exception, or you may not see it.", missing)
}

#[component]
fn NoneChosen(none_picked: bool) -> impl IntoView {
    let title = if none_picked { "No exception was picked" } else { "Nothing to revoke" };
    view! {
        <section class="card">
            <EmptyState icon="exception" title>
                <p>"Pick those that are to end, and then Revoke."</p>
                <div class="button-row"><a class="button small" href="/exceptions">"Exceptions"</a></div>
            </EmptyState>
        </section>
    }
}

/// Why it cannot be revoked, where that is so.
fn hindrance(exception: &Exception, viewer: &Viewer) -> Option<String> {
    let rule = if exception.in_force(viewer.now) { Ok(()) } else { Err(Refusal::NotInForce) };
    viewer.refused(Permission::DecideException, &Scope::Policy(exception.policy), rule)
}

const COLUMNS: [Column; 4] = [("Resource", ""), ("State", ""), ("Environments", "p1"), ("What happens", "")];

#[component]
fn Rows(chosen: Vec<Exception>, done: bool, viewer: Viewer) -> impl IntoView {
    let row = move |exception: Exception| {
        let (state, word) = standing(exception.standing(viewer.now));
        let happens = match (&exception.state, hindrance(&exception, &viewer)) {
            (State::Revoked { by, .. }, _) => format!("Revoked by {}: it is denied again.", by.name),
            (_, Some(why)) => format!("Stays as it is: {why}."),
            (_, None) if done => "Still in force: not revoked.".to_owned(),
            (_, None) => format!("{} denies it again.", exception.rule),
        };
        view! {
            <tr>
                <th scope="row">
                    <a href=page(exception.number)>
                        <span class="cell-2">
                            <span class="name">{resources(&exception.resources)}</span>
                            <small class="num">{exception.number.to_string()}</small>
                        </span>
                    </a>
                </th>
                <td><StateBadge state>{word}</StateBadge></td>
                <td class="p1">{names(&exception.environments)}</td>
                <td>{happens}</td>
            </tr>
        }
    };
    view! {
        <DataTable caption="Picked exceptions" columns=COLUMNS.to_vec()>{chosen.into_iter().map(row).collect_view()}</DataTable>
    }
}

#[component]
fn Question(chosen: Vec<Exception>, able: usize, revoke: Act) -> impl IntoView {
    let problem = revoke.problem();
    let number =
        |one: &Exception| view! { <input type="hidden" name="numbers[]" value=one.number.to_string()/> };
    view! {
        <Card title="Confirm" emphasis=true>
            <CardBody>
                <Form action=revoke class="stack readable">
                    {chosen.iter().map(number).collect_view()}
                    <p>
                        <strong>{counted(able, "exception")}</strong>
                        {(able < chosen.len()).then(|| format!(" of {}", chosen.len()))}
                        {if able == 1 { " ends" } else { " end" }}
                        " within about two seconds, in every OPA that it concerns. Nothing but a new request brings back what was revoked."
                    </p>
                    <TextArea name="reason" label="Reason" longest=LONGEST_REASON error=field_error(problem, "reason")/>
                    <Input
                        name="typed"
                        label="How many end"
                        hint=format!("Type {able} to confirm.")
                        error=field_error(problem, "typed")
                    />
                    <NotDone problem/>
                    <div class="button-row">
                        <Button id="revoke-them" kind=Kind::LastStep icon="revoked" busy=revoke.pending()>
                            {format!("Revoke {able}")}
                        </Button>
                        <a class="button" href="/exceptions">"Cancel"</a>
                    </div>
                </Form>
            </CardBody>
        </Card>
    }
}

/// What came of it. Each row says its own.
#[component]
fn Came(over: usize, of: usize) -> impl IntoView {
    let (tone, icon) = if over == of { ("good", "approved") } else { ("caution", "warning") };
    view! {
        <Callout tone icon live=true>
            <p><strong>{format!("{over} of {of} revoked. ")}</strong>"Each row says what became of it."</p>
        </Callout>
    }
}

#[cfg(test)]
mod tests {
    use leptos_router::params::ParamsMap;
    use portal::exception::Number;

    use super::{missing, picked};

    #[test]
    fn what_was_picked_is_read_once_and_nonsense_not_at_all() {
        let query: ParamsMap = ["EXC-003", "EXC-001", "EXC-003", "EXC-x", ""]
            .map(|number| ("number".to_owned(), number.to_owned()))
            .into_iter()
            .collect();
        assert_eq!(picked(&query), [Number(1), Number(3)]);
        assert_eq!(missing(&query, &[]), ["EXC-003", "EXC-001", "EXC-x"]);
        let many: ParamsMap = (1..200).map(|n| ("number".to_owned(), format!("EXC-{n}"))).collect();
        assert_eq!(picked(&many).len(), 50);
    }
}
