//! Parts that hold many things of one kind.

use chrono::TimeDelta;
use leptos::prelude::*;

use super::specimen::{Specimen, now};
use crate::ui::{
    BulkBar, CheckLine, CheckList, Column, ColumnSort, DataTable, Direction, Fact, Facts, Fold, Pager, Pick,
    Queue, State, Timeline, TimelineEvent, Waiting, When,
};

const COLUMNS: [Column; 4] = [("Exception", ""), ("State", ""), ("Rule", "p1"), ("Ends", "end")];

#[component]
pub fn Lists() -> impl IntoView {
    let row = |(number, state, word, days): (&'static str, &'static str, &'static str, i64)| {
        view! {
            <tr>
                <Pick name="number" value=number label=format!("Pick {number}")/>
                <th scope="row"><span class="cell-2"><span>{number}</span><small>"media-transcode-scratch"</small></span></th>
                <td><State state>{word}</State></td>
                <td class="p1"><code>"deny_no_encryption"</code></td>
                <td class="end"><When at=now() + TimeDelta::days(days)/></td>
            </tr>
        }
    };
    let rows = [("EXC-010", "in-force", "In force", 60), ("EXC-011", "expiring", "Expiring", 3)].map(row);
    let sorts = vec![
        ColumnSort { column: "Exception".into(), href: "/ui".into(), now: None },
        ColumnSort { column: "Ends".into(), href: "/ui".into(), now: Some(Direction::Ascending) },
    ];
    view! {
        <Specimen file="data_table" title="DataTable" about="Rows of one kind. Columns go where there is no room, the least needed first; the row's name never does.">
            <DataTable caption="Specimen exceptions" columns=COLUMNS.to_vec() sorts picks="EXC-010 EXC-011".to_owned()>{rows.into_iter().collect_view()}</DataTable>
        </Specimen>
        <Specimen file="bulk_bar" title="BulkBar" about="What can be done to the rows that are picked. In a list it is there once one is.">
            <BulkBar label="Picked specimens"><button class="button small danger" type="button">"Revoke"</button></BulkBar>
        </Specimen>
        <Specimen file="pager" title="Pager" about="From page to page of a list, both ways; a step that cannot be taken stays where it is.">
            <Pager first=None before=None after=Some("/ui".to_owned())/>
        </Specimen>
        <Specimen file="facts" title="Facts" about="Labels and their values, one pair a line.">
            <Facts>
                <Fact label="Ticket">"SEC-2041"</Fact>
                <Fact label="Digest"><code>"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"</code></Fact>
            </Facts>
        </Specimen>
        <Specimen file="queue" title="Queue" about="What waits for somebody, with enough in the row to know whether it is urgent.">
            <Queue>
                <Waiting icon="exception" what="EXC-014: media-transcode-scratch past deny_no_encryption" href="/ui" act="Review">
                    <span>"asked by Rita Requester"</span>
                    <When at=now() - TimeDelta::hours(2)/>
                </Waiting>
                <Waiting icon="release" what="aegis-provisioning v1.3.0 to production" href="/ui" act="Confirm">
                    <span>"asked by Arthur Author"</span>
                </Waiting>
            </Queue>
        </Specimen>
        <Specimen file="timeline" title="Timeline" about="What happened to one thing, and what has not yet.">
            <Timeline>
                <TimelineEvent tone="good" icon="approved" at=now() - TimeDelta::hours(1)><strong>"Approved"</strong><p>"by Adam Approver"</p></TimelineEvent>
                <TimelineEvent tone="accent" icon="requested" at=now() - TimeDelta::hours(3)><strong>"Requested"</strong><p>"by Rita Requester"</p></TimelineEvent>
            </Timeline>
        </Specimen>
        <Specimen file="check_list" title="CheckList" about="Checks with the evidence for each. What was not run says so, and is never shown as passed.">
            <CheckList>
                <CheckLine state="passed" word="Passed" title="Tests"><p>"12 of 12"</p></CheckLine>
                <CheckLine state="failed" word="Failed" title="Coverage"><p>"61 %, and 80 % are needed"</p></CheckLine>
                <CheckLine state="skipped" word="Not run" title="OPA's own checks"><p>"there is no opa on this machine"</p></CheckLine>
            </CheckList>
        </Specimen>
        <Specimen file="fold" title="Fold" about="A part of a card that is there for whoever unfolds it.">
            <Fold summary="2 of 2 checks passed">
                <CheckList>
                    <CheckLine state="passed" word="Passed" title="Every module parses"><p>"14 modules"</p></CheckLine>
                    <CheckLine state="passed" word="Passed" title="No rule depends on itself"><p>"0 cycles"</p></CheckLine>
                </CheckList>
            </Fold>
            <Fold summary="Unfolded" open=true><p class="muted">"And what is in it."</p></Fold>
        </Specimen>
    }
}
