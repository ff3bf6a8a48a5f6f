use std::time::Duration;

use leptos::prelude::*;
use portal::exception::{ANSWERED_WITHIN, Outlook, is_pattern, longest};

use super::{look_ahead, page};
use crate::{
    Problem,
    ui::{Callout, Card, CardBody, Fact, Facts, Person, SeverityBadge, counted},
};

/// How long one types on before it is looked again.
const PAUSE: Duration = Duration::from_millis(300);

/// What a request is about so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct About {
    /// A package and a rule, joined by a slash.
    pub(super) target: String,
    /// One a line.
    pub(super) resources: String,
    pub(super) environments: Vec<String>,
}

impl About {
    pub(super) fn names_a_rule(&self) -> bool {
        self.target.split_once('/').is_some_and(|(package, rule)| !package.is_empty() && !rule.is_empty())
    }

    /// What is named, each once: by exact name, and by a pattern.
    fn named(&self) -> (usize, usize) {
        let mut names: Vec<&str> = vec![];
        for name in self.resources.lines().map(str::trim) {
            // No more than a hundred are taken: sorting them would cost the client more than this.
            if !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
        let patterns = names.iter().filter(|name| is_pattern(name)).count();
        (names.len() - patterns, patterns)
    }
}

/// Keeps up with what is typed, a moment later.
pub(super) fn follow(about: RwSignal<About>) -> impl Fn(About) + Copy {
    let timer = StoredValue::new(None::<TimeoutHandle>);
    move |typed: About| {
        if let Some(running) = timer.get_value() {
            running.clear();
        }
        let look = move || drop(about.try_set(typed.clone()));
        timer.set_value(set_timeout_with_handle(look, PAUSE).ok());
    }
}

/// What the request meets as it is typed: what it names, what holds already, who decides.
pub(super) fn ahead(about: RwSignal<About>, first: Option<Outlook>) -> impl IntoView {
    let found = RwSignal::new(first.map(Ok::<_, Problem>));
    let look = Action::new(move |asked: &About| {
        let asked = asked.clone();
        async move {
            let About { target, resources, environments } = asked.clone();
            let seen = look_ahead(target, resources, environments).await;
            // Answers overtake each other, and the page may be gone.
            if about.try_get_untracked() == Some(asked) {
                found.set(Some(seen));
            }
        }
    });
    Effect::new(move |before: Option<About>| {
        let now = about.get();
        if before.is_some_and(|before| before != now) && now.names_a_rule() {
            look.dispatch(now.clone());
        }
        now
    });
    view! {
        <Card title="What this matches">
            <CardBody>
                <div aria-live="polite">
                    {move || told(&about.read(), found.get())}
                </div>
            </CardBody>
        </Card>
        {move || found.get().and_then(Result::ok).map(who)}
    }
}

fn told(about: &About, found: Option<Result<Outlook, Problem>>) -> AnyView {
    let named = match about.named() {
        (0, 0) => "none named yet".to_owned(),
        (exact, 0) => format!("{}, by exact name", counted(exact, "resource")),
        (exact, patterns) => {
            format!(
                "{}, by exact name; {} not taken",
                counted(exact, "resource"),
                counted(patterns, "pattern")
            )
        }
    };
    match found {
        _ if !about.names_a_rule() => {
            view! { <p class="muted">"Choose a rule, and this says what leave from it would meet."</p> }
                .into_any()
        }
        None => view! { <p class="muted">"Looking."</p> }.into_any(),
        Some(Err(problem)) => view! { <p class="muted">{problem.to_string()}"."</p> }.into_any(),
        Some(Ok(outlook)) => {
            let days = longest(outlook.severity).num_days();
            view! {
                <Facts>
                    <Fact label="Resources">{named}</Fact>
                    <Fact label="Severity"><SeverityBadge severity=outlook.severity/>{format!(" {days} days at most")}</Fact>
                </Facts>
                {held(&outlook)}
            }
            .into_any()
        }
    }
}

fn held(outlook: &Outlook) -> impl IntoView + use<> {
    if outlook.held.is_empty() {
        return view! {
            <Callout tone="advice" icon="advice"><p>"Nothing else lets these resources through this rule."</p></Callout>
        }
        .into_any();
    }
    let link =
        |number: &portal::exception::Number| view! { " " <a href=page(*number)>{number.to_string()}</a> };
    let links = outlook.held.iter().map(link).collect_view();
    view! {
        <Callout tone="caution" icon="warning">
            <p><strong>"In force already: "</strong>{links}"."</p>
        </Callout>
    }
    .into_any()
}

fn who(outlook: Outlook) -> impl IntoView {
    let person = |name: String| view! { <li><Person name/></li> };
    let more =
        (outlook.more > 0).then(|| view! { <li class="muted">{format!("and {} more", outlook.more)}</li> });
    let nobody = outlook.deciders.is_empty().then(
        || view! { <p class="muted">"Nobody else may decide it yet. An admin grants the role approver."</p> },
    );
    view! {
        <Card title="Who may decide">
            <CardBody>
                {nobody}
                <ul class="stack tight">{outlook.deciders.into_iter().map(person).collect_view()}{more}</ul>
                <p class="muted">
                    <small>{format!("Any of them. Without an answer the request lapses after {} days.", ANSWERED_WITHIN.num_days())}</small>
                </p>
            </CardBody>
        </Card>
    }
}

#[cfg(test)]
mod tests {
    use super::About;

    #[test]
    fn a_request_names_a_rule_once_both_halves_are_there() {
        let about = |target: &str| About { target: target.into(), ..About::default() };
        assert!(about("aegis.ai.pii/deny").names_a_rule());
        for half in ["", "/", "aegis.ai.pii/", "/deny"] {
            assert!(!about(half).names_a_rule(), "{half}");
        }
    }

    #[test]
    fn what_is_named_twice_counts_once_and_a_pattern_apart() {
        let named = |resources: &str| About { resources: resources.into(), ..About::default() }.named();
        assert_eq!(named("a\n\n b \n"), (2, 0));
        assert_eq!(named("a\n a\nb"), (2, 0));
        assert_eq!(named("a\nb*\nc?\nb*"), (1, 2));
    }
}
