//! Folders that were put up for checks: the form that brings one, and what came of each.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map, use_query_map};
use portal::{
    Permission,
    identity::Who,
    policy::{ChangesetLine, PORTAL, VersionRef},
};
use serde::{Deserialize, Serialize};

use crate::{
    Problem,
    checks::Outcomes,
    drawn::Drawn,
    list::{Listed, ViewActs, list_page},
    live,
    page::{greeted, load, loaded},
    release::version_page,
    sent::Sent,
    ui::{
        Button, ButtonLink, Callout, Card, CardBody, Column, ColumnSort, DataTable, EmptyState, Fact, Facts,
        Input, Kind, PageHead, VersionNumber, When, counted,
    },
    upload::{Stage, upload},
    viewer::Viewer,
};
#[cfg(feature = "ssr")]
use crate::{
    checks::drawn,
    problem::{answer_page, caller},
};

#[cfg(feature = "ssr")]
mod told;

/// `query` is the query of the list's address.
#[server(endpoint = "changeset/list")]
pub async fn list_changesets(
    #[server(default)] query: String,
) -> Result<Sent<Listed<ChangesetLine>>, Problem> {
    let (portal, actor) = caller();
    answer_page(told::list(&portal, &actor, &query).await)
}

/// What came of one folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangesetPage {
    pub number: i64,
    pub passed: bool,
    pub faults: usize,
    pub note: String,
    pub by: Option<Who>,
    pub at: DateTime<Utc>,
    pub versions: Vec<VersionRef>,
    pub checks: Drawn,
}

#[server(endpoint = "changeset/show")]
pub async fn show_changeset(id: String) -> Result<Sent<ChangesetPage>, Problem> {
    let (portal, actor) = caller();
    answer_page(match id.parse() {
        Ok(id) => portal::policy::changeset(&portal, &actor, id).await.map(ChangesetPage::from),
        Err(_) => Err(portal::Error::NotFound("changeset".into())),
    })
}

#[cfg(feature = "ssr")]
impl From<portal::Changeset> for ChangesetPage {
    fn from(changeset: portal::Changeset) -> Self {
        let portal::Changeset { number, passed, report, note, by, at, versions, .. } = changeset;
        Self {
            number,
            passed,
            faults: report.faults().count(),
            note,
            by,
            at,
            versions,
            checks: drawn(report),
        }
    }
}

/// Every folder that was put up for checks, newest first.
#[component]
pub fn Changesets() -> impl IntoView {
    let (query, acts) = (use_location().search, ViewActs::new());
    let data = live::load_list(
        &[live::Kind::Changeset],
        move || query.get(),
        list_changesets,
        |list: &Listed<ChangesetLine>| list.rows.iter().map(|line| line.id).collect(),
    );
    loaded(data, move |Listed { around, rows }: Listed<ChangesetLine>, viewer| {
        let sorts = around.sorts.clone();
        let table = (!rows.is_empty()).then(|| view! { <Table found=rows sorts/> }.into_any());
        view! {
            <PageHead title="Imports" actions=import_link(&viewer).into_any()/>
            {list_page(around, acts, table, none_yet)}
        }
    })
}

fn none_yet() -> AnyView {
    view! {
        <EmptyState icon="branch" title="Nothing was imported yet">
            <p>"A folder of Rego is checked as a whole; what passes becomes a version."</p>
            <div class="button-row"><a class="button small" href="/changesets/new">"Import a folder"</a></div>
        </EmptyState>
    }
    .into_any()
}

/// Leads to the form, or says why not.
pub(crate) fn import_link(viewer: &Viewer) -> impl IntoView + use<> {
    let refused = viewer.lacks_everywhere(Permission::PushPolicy);
    view! {
        <ButtonLink id="import" href="/changesets/new" kind=Kind::Primary icon="plus" refused>
            "Import a folder"
        </ButtonLink>
    }
}

const COLUMNS: [Column; 5] =
    [("Changeset", ""), ("Checks", ""), ("Note", "p1"), ("By", "p2"), ("When", "end")];

#[component]
fn Table(found: Vec<ChangesetLine>, sorts: Vec<ColumnSort>) -> impl IntoView {
    let row = |line: ChangesetLine| {
        let faults = (line.faults > 0).then(|| view! { " " {counted(line.faults as usize, "fault")} });
        view! {
            <tr>
                <th scope="row"><a href=format!("/changesets/{}", line.id)>{format!("#{}", line.number)}</a></th>
                <td><Outcomes passed=line.passed/>{faults}</td>
                <td class="p1"><span class="name">{line.note}</span></td>
                <td class="p2">{line.by.map_or(PORTAL.to_owned(), |by| by.name)}</td>
                <td class="end"><When at=line.at/></td>
            </tr>
        }
    };
    let rows = found.into_iter().map(row).collect_view();
    view! { <DataTable caption="Changesets" columns=COLUMNS.to_vec() sorts>{rows}</DataTable> }
}

/// Brings a folder, as one archive or as its files. A plain form: the browser sends it without scripts.
#[component]
pub fn ImportForm() -> impl IntoView {
    let query = use_query_map();
    let stage = RwSignal::new(Stage::Filled);
    let nothing = Signal::derive(move || {
        // Without scripts the server has led back here.
        let came_back =
            stage.get() == Stage::Filled && query.read().get_str("failed") == Some(NOTHING_CHOSEN);
        (came_back || stage.get() == Stage::Nothing)
            .then(|| "choose an archive, or the folder itself".to_owned())
    });
    greeted(move |viewer| {
        let refused = viewer.lacks_everywhere(Permission::PushPolicy);
        let fields = view! {
            <Input name="note" label="What changes" optional=true longest=500_usize/>
            <div class="field-grid">
                <Input
                    name="archive"
                    label="One archive"
                    kind="file"
                    or_another=true
                    accept=".tar.gz,.tgz,application/gzip"
                    hint="A .tar.gz of at most 32 MiB. This or the folder itself is needed."
                    error=nothing
                />
                <Folder/>
            </div>
            <div class="button-row">
                <Button id="send" kind=Kind::Primary icon="approved" refused busy=Signal::derive(move || stage.get().under_way())>
                    "Import and check"
                </Button>
                <a class="button quiet" href="/changesets">"Cancel"</a>
            </div>
        };
        view! {
            <PageHead title="Import a folder of policies"/>
            <div class="readable stack">
            {query.read_untracked().get("failed").filter(|status| status != NOTHING_CHOSEN).map(|status| not_taken(&status))}
            <Card title="The folder">
                <CardBody>
                    <p>
                        "It is checked as a whole. One fault refuses all of it, with file, line and reason for each; what passes becomes a version that nobody can change."
                    </p>
                    {upload("/changesets", stage, fields)}
                </CardBody>
            </Card>
            </div>
        }
    })
}

/// The status of a form in which nothing was chosen.
const NOTHING_CHOSEN: &str = "422";

/// Why a folder was not even checked, by the status that it was answered with.
fn not_taken(status: &str) -> impl IntoView + use<> {
    let why = match status {
        "403" => "You may not import folders.",
        "408" => "The folder took longer than a minute to arrive.",
        "409" => "The checks could not be run. Import it again in a few seconds.",
        "413" => "The folder has more than 32 MiB. Pack it as a .tar.gz, without what is no policy.",
        "503" => {
            "Too many folders are being checked just now, or the database is away. Import it again in a few seconds."
        }
        _ => "The form could not be read. Choose the folder again.",
    };
    view! {
        <Callout tone="bad" icon="denied" live=true>
            <p><strong>"Nothing was imported: "</strong>{why}</p>
        </Callout>
    }
}

/// A folder chosen in the browser; it sends each file with its path.
#[component]
fn Folder() -> impl IntoView {
    view! {
        <div class="field">
            <label for="files">"Or the folder itself"</label>
            <input class="input" id="files" name="files" type="file" multiple webkitdirectory aria-describedby="files-hint"/>
            <p class="hint" id="files-hint">"At most 10,000 files, and 1 MiB of Rego each."</p>
        </div>
    }
}

/// What came of one folder.
#[component]
pub fn OneChangeset() -> impl IntoView {
    let id = use_params_map();
    let data = load(move || id.read().get("id").unwrap_or_default(), show_changeset);
    loaded(data, |changeset: ChangesetPage, viewer| view! { <One changeset viewer/> })
}

#[component]
fn One(changeset: ChangesetPage, viewer: Viewer) -> impl IntoView {
    let by = changeset.by.map_or(PORTAL.to_owned(), |by| by.name);
    let over = view! { <Outcomes passed=changeset.passed/> };
    let meta = view! { <span>"Imported " <When at=changeset.at stop=true/> " by " {by}</span> };
    view! {
        <PageHead
            title=format!("Changeset #{}", changeset.number)
            over=over.into_any()
            meta=meta.into_any()
            actions=import_link(&viewer).into_any()
        />
        <div class="columns">
            <div class="stack">
                {(!changeset.passed).then(|| refused(changeset.faults))}
                <Card title="Checks">{changeset.checks.show()}</Card>
            </div>
            <div class="stack stick">
                <Became versions=changeset.versions note=changeset.note/>
            </div>
        </div>
    }
}

fn refused(faults: usize) -> impl IntoView {
    view! {
        <Callout tone="bad" icon="failed">
            <p><strong>"Refused as a whole: "</strong>{counted(faults, "fault")}". Nothing changed; no OPA was told anything."</p>
        </Callout>
    }
}

#[component]
fn Became(versions: Vec<VersionRef>, note: String) -> impl IntoView {
    let line = |version: VersionRef| {
        let number = version.number.to_string();
        let href = version_page(version.bundle, &number);
        view! { <li class="split"><code>{version.bundle.to_string()}</code><VersionNumber number href=Some(href)/></li> }
    };
    let versions = match versions.is_empty() {
        true => view! { <p class="muted">"No version."</p> }.into_any(),
        false => view! { <ul class="stack">{versions.into_iter().map(line).collect_view()}</ul> }.into_any(),
    };
    view! {
        <Card title="What it became">
            <CardBody>
                {versions}
                {(!note.is_empty()).then(|| view! { <Facts><Fact label="Note">{note}</Fact></Facts> })}
            </CardBody>
        </Card>
    }
}
