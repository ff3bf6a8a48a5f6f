//! Parts with which something is done.

use leptos::prelude::*;

use super::specimen::{Specimen, Specimens, now};
use crate::{
    act::act_and_then,
    fleet::ReloadFleet,
    ui::{
        Button, ButtonLink, CheckGroup, Chip, Choices, Dialog, DialogFoot, FilterBar, FilterField, Form,
        Input, Kind, LivePill, NotLive, OneToast, Segment, Segmented, Select, Takes, TextArea, Toast,
    },
};

fn pairs(words: &[&str]) -> Vec<(String, String)> {
    words.iter().map(|word| ((*word).to_owned(), (*word).to_owned())).collect()
}

fn wrong(reason: &str) -> Signal<Option<String>> {
    Signal::stored(Some(reason.to_owned()))
}

fn segments() -> Vec<Segment> {
    let segment = |title, current| Segment { title, href: "/ui".into(), current };
    vec![segment("Unified", true), segment("Side by side", false)]
}

#[component]
pub fn Acting() -> impl IntoView {
    let under_way = act_and_then::<ReloadFleet>(|_| ());
    let chip =
        |label: &str, word: &str| Chip { label: label.into(), word: word.into(), without: "/ui".into() };
    let field = |name: &str, label: &str, value: &str, takes| FilterField {
        name: name.into(),
        label: label.into(),
        value: value.into(),
        takes,
    };
    let places = Takes::Choice(pairs(&["staging", "production"]));
    let fields = [
        field("text", "Resource or number", "bucket", Takes::Text),
        field("environment", "Environment", "staging", places),
        field("since", "From", "2026-05-20", Takes::Day),
        field("mine", "Mine", "", Takes::Check),
    ];
    let chips = vec![chip("Text", "bucket"), chip("Environment", "staging")];
    view! {
        <Buttons/>
        <Fields/>
        <Specimen file="form" title="Form" about="Asks for something to be done. What is typed into it stays, through a refusal and a new sign-in.">
            <Form action=under_way class="stack">
                <TextArea name="specimen-reason" label="Reason" value="Encrypted today." longest=2000_usize/>
                <TextArea name="specimen-long" label="Comment" value="x".repeat(12) longest=10_usize optional=true/>
                <Button id="specimen-send" busy=Signal::stored(true)>"Under way"</Button>
            </Form>
        </Specimen>
        <Specimen file="segmented" title="Segmented" about="A few ways to look at the same thing. Each has an address.">
            <Segmented label="How a list is looked at" segments=segments()/>
        </Specimen>
        <Changes/>
        <Specimen file="filter_bar" title="FilterBar" about="Narrows a list. The filter stands in the address, so that it can be shared.">
            <FilterBar label="Filter specimens" action="/ui" narrowed=true hits="12 specimens".to_owned() chips unread=vec!["state=foo".into()]>
                {fields.map(FilterField::shown).into_iter().collect_view()}
            </FilterBar>
        </Specimen>
        <Specimen file="dialog" title="Dialog" about="One question in front of the page: what will happen, to how many, and the way back.">
            <Dialog name="specimen" title="Roll production back to v1.2.3?" back="/ui">
                <div class="body">
                    <p>"6 OPAs move from v1.3.0 to v1.2.3. It takes a second, and nothing is built anew."</p>
                </div>
                <DialogFoot back="/ui">
                    <Button id="specimen-last-step" kind=Kind::LastStep>"Roll back"</Button>
                </DialogFoot>
            </Dialog>
        </Specimen>
    }
}

#[component]
fn Buttons() -> impl IntoView {
    view! {
        <Specimen file="button" title="Button" about="One primary a view, the likely next step. A refused one stays and says why; a busy one waits for the server.">
            <Specimens>
                <Button id="specimen-primary" kind=Kind::Primary>"Primary"</Button>
                <Button id="specimen-secondary">"Secondary"</Button>
                <Button id="specimen-quiet" kind=Kind::Quiet>"Quiet"</Button>
                <Button id="specimen-danger" kind=Kind::Danger>"Danger"</Button>
                <Button id="specimen-solid" kind=Kind::LastStep>"Last step"</Button>
            </Specimens>
            <Specimens>
                <Button id="specimen-small" small=true>"Small"</Button>
                <Button id="specimen-icon" icon="refresh">"With an icon"</Button>
                <Button id="specimen-busy" kind=Kind::Primary busy=Signal::stored(true)>"Under way"</Button>
                <ButtonLink id="specimen-link" href="/ui">"A link"</ButtonLink>
            </Specimens>
            <Specimens>
                <Button id="specimen-refused" refused="somebody else must decide your request".to_owned()>"Approve"</Button>
                <ButtonLink id="specimen-refused-link" href="/ui" refused="needs the role operator (fleet.reload)".to_owned()>"Reload"</ButtonLink>
            </Specimens>
        </Specimen>
    }
}

/// What speaks of changes.
#[component]
fn Changes() -> impl IntoView {
    let toast = |tone, icon, title: &str, text: &str, href: Option<String>| {
        let toast = Toast { tone, icon, title: title.to_owned(), text: text.to_owned(), href };
        view! { <OneToast toast dismiss=|| ()/> }
    };
    view! {
        <Specimen file="live_pill" title="LivePill" about="What has come meanwhile waits behind it, so that no row moves under the pointer.">
            <Specimens><LivePill text=Signal::stored(Some("3 new".to_owned())) show=|| ()/></Specimens>
        </Specimen>
        <Specimen file="not_live" title="NotLive" about="The page hears of no changes: what it shows may be old. It stands in the top bar.">
            <Specimens><NotLive seen=Some(now())/></Specimens>
        </Specimen>
        <Specimen file="toast" title="Toast" about="A word on what was done, by whoever looks or by somebody else. It waits while it is read.">
            <Specimens>
                {toast("good", "approved", "EXC-014 was approved", "by Adam Approver", Some("/ui".to_owned()))}
                {toast("accent", "converging", "Promoted to staging", "aegis-provisioning v1.3.0", None)}
                {toast("bad", "denied", "EXC-015 was denied", "by Adam Approver", Some("/ui".to_owned()))}
            </Specimens>
        </Specimen>
    }
}

#[component]
fn Fields() -> impl IntoView {
    let choices = ["Waived", "Mitigated"]
        .map(|word| (word.to_lowercase(), word.to_owned(), format!("The risk is {}.", word.to_lowercase())));
    view! {
        <Specimen file="field" title="Field" about="Label above, hint and error below, both tied to what is typed. What was typed stays.">
            <form class="field-grid">
                <Input name="specimen-text" label="Ticket" value="SEC-2041" hint="As your tracker calls it"/>
                <Input name="specimen-optional" label="Note" optional=true/>
                <Input name="specimen-wrong" label="Ends" kind="date" value="2020-01-01" error=wrong("a day that is to come")/>
                <Input name="specimen-file" label="One archive" kind="file" optional=true/>
                <Select name="specimen-select" label="Environment" options=pairs(&["staging", "production"]) chosen="production"/>
                <Select name="specimen-select-wrong" label="Severity" options=pairs(&["low", "high"]) error=wrong("choose one")/>
                <TextArea name="specimen-area" label="Why" value="The bucket holds public pictures only."/>
                <TextArea name="specimen-area-wrong" label="Reason" error=wrong("say why")/>
                <CheckGroup legend="Environments" name="specimen-checks" options=pairs(&["development", "staging"]) chosen=vec!["staging".into()]/>
                <CheckGroup legend="Bundles" name="specimen-checks-wrong" options=pairs(&["aegis-ai"]) error=wrong("choose one at least")/>
                <Choices legend="Category" name="specimen-choices" options=choices.to_vec() chosen="waived"/>
            </form>
        </Specimen>
    }
}
