use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use portal::exception::{Detail, Exception, Number, Reached};

use super::{
    decision::{Acts, decision},
    list::names,
    page, show_exception,
    timeline::story,
    words::{Spread, category, resources, stands},
};
use crate::{
    live,
    page::loaded,
    ui::{
        Badge, Badges, Card, CardBody, Fact, Facts, Icon, PageHead, Person, Progress, SeverityBadge, State,
        When, absolute,
    },
    viewer::Viewer,
};

/// What the page shows.
const KINDS: &[live::Kind] = &[live::Kind::Exception, live::Kind::Release, live::Kind::Instance];

/// One exception, with everything that a decision about it needs.
#[component]
pub fn OneException() -> impl IntoView {
    let number = use_params_map();
    let detail = live::load(KINDS, move || number.read().get("number").unwrap_or_default(), show_exception);
    let acts = Acts::new();
    loaded(detail, move |detail, viewer| view! { <One detail viewer acts/> })
}

#[component]
fn One(detail: Detail, viewer: Viewer, acts: Acts) -> impl IntoView {
    let exception = detail.exception.clone();
    let title = format!("{}: {} past {}", exception.number, resources(&exception.resources), exception.rule);
    let over = view! {
        {stands(&detail)}
        <SeverityBadge severity=exception.severity/>
        <Badge>{category(exception.category)}</Badge>
    };
    let meta = view! {
        <span>"Requested " <When at=exception.requested_at stop=true/> " by " {exception.requested_by.name.clone()}</span>
    };
    let asked = exception.state == portal::exception::State::Requested && !exception.lapsed(detail.now);
    let to_decision = asked.then(|| {
        view! { <a class="button primary only-narrow" href="#decide" rel="external"><Icon name="approved"/>"Decide"</a> }
    });
    view! {
        <PageHead title over=over.into_any() meta=meta.into_any() actions=to_decision.into_any()/>
        <div class="columns">
            <div class="stack">
                <Asked exception=exception.clone()/>
                <Reach detail=detail.clone()/>
                <Overlaps detail=detail.clone()/>
            </div>
            <div class="stack stick beside" id="decide" tabindex="-1">
                {decision(detail.clone(), viewer, acts)}
            </div>
            <div class="stack">{story(detail)}</div>
        </div>
    }
}

/// A sentence before the facts.
#[component]
fn Asked(exception: Exception) -> impl IntoView {
    let until = match &exception.state {
        portal::exception::State::Approved(approval) => approval.ends_at,
        _ => exception.wanted_until,
    };
    let policy = format!("/policies/{}", exception.package);
    let every_resource = (exception.resources.len() > 1).then(|| {
        let one = |name: &String| view! { <li><code>{name.clone()}</code></li> };
        let all = exception.resources.iter().map(one).collect_view();
        view! { <Fact label="Resources"><ul class="stack tight">{all}</ul></Fact> }
    });
    let waits = matches!(exception.state, portal::exception::State::Requested);
    view! {
        <Card title=if waits { "What is asked" } else { "What was asked" }>
            <CardBody>
                <p class="scope">
                    "Let " <strong>{resources(&exception.resources)}</strong>
                    " through " <code>{exception.rule.clone()}</code>
                    " of " <a href=policy>{exception.package.clone()}</a>
                    " in " <strong>{names(&exception.environments)}</strong>
                    ", until " <strong>{absolute(until)}</strong> "."
                </p>
                <blockquote class="prose"><p>{exception.justification}</p></blockquote>
                <Facts>
                    {every_resource}
                    <Fact label="Environments">
                        <Badges words=exception.environments.iter().map(ToString::to_string).collect()/>
                    </Fact>
                    <Fact label="Category">{category(exception.category)}</Fact>
                    <Fact label="Ticket">{exception.ticket}</Fact>
                    <Fact label="Requested by"><Person name=exception.requested_by.name/></Fact>
                </Facts>
            </CardBody>
        </Card>
    }
}

/// How far the newest change has come: on its way until the fleet itself reports the revision.
#[component]
fn Reach(detail: Detail) -> impl IntoView {
    if detail.reach.is_empty() {
        return ().into_any();
    }
    let spread = Spread::of(&detail);
    let word = if detail.exception.in_force(detail.now) { "In force" } else { "No longer in force" };
    let sentence = format!("{word} in {} of {} OPAs", spread.converged, spread.instances);
    let environments: Vec<_> = detail.reach.into_iter().map(|reached| view! { <Place reached/> }).collect();
    view! {
        <Card title="Where OPA knows it" id="reach">
            <CardBody>
                <p role="status"><strong>{sentence}</strong></p>
                <Facts>{environments}</Facts>
            </CardBody>
        </Card>
    }
    .into_any()
}

#[component]
fn Place(reached: Reached) -> impl IntoView {
    let Reached { environment, revision, instances, converged } = reached;
    let (state, word) = match (instances, converged) {
        // Never green where nothing reports.
        (0, _) => ("silent", "No OPA reports"),
        (all, converged) if converged < all => ("converging", "On its way"),
        _ => ("converged", "Every OPA has it"),
    };
    view! {
        <dt>{environment.to_string()}</dt>
        <dd>
            <div class="split">
                <State state>{word}</State>
                <span class="muted">{format!("{converged} of {instances} at ")} <code>{revision}</code></span>
            </div>
            {(instances > 0).then(|| view! {
                <Progress label="OPAs that have it" value=converged as usize whole=instances as usize/>
            })}
        </dd>
    }
}

#[component]
fn Overlaps(detail: Detail) -> impl IntoView {
    let link = |number: Number| view! { <li><a href=page(number)>{number.to_string()}</a></li> };
    (!detail.overlaps.is_empty()).then(|| {
        view! {
            <Card title="In force for the same rule and resource">
                <CardBody>
                    <ul class="row">{detail.overlaps.into_iter().map(link).collect_view()}</ul>
                </CardBody>
            </Card>
        }
    })
}
