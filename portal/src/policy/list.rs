//! Lists that are gone through page by page: versions and changesets.

use uuid::Uuid;

use super::{
    ChangesetFilter, ChangesetLine, Outcome, Version, VersionFilter,
    store::{See, VersionRow, who},
};
use crate::{
    Actor, Portal, Result,
    access::Everything,
    list::{ByTime, COUNTED, Hits, Mark, Page, Question, SIZE},
    search::anywhere,
};

/// A page of the versions, and how many there are.
pub async fn search_versions(
    portal: &Portal,
    actor: &Actor,
    question: &Question<VersionFilter, ByTime>,
) -> Result<(Page<Version>, Hits)> {
    let mut view = portal.view::<See>(actor, Everything).await?;
    let Question { filter, sort, start } = question;
    let bundle = filter.bundle.map(|bundle| bundle.to_string());
    let hits = sqlx::query_scalar!(
        r#"select count(*) as "count!" from (
             select from version where ($1::text is null or bundle = $1)
               and (not $2 or exists (select from pointer join release on release.id = release_id
                                      where release.version_id = version.id))
             limit $3) found"#,
        bundle,
        filter.in_force,
        COUNTED + 1,
    )
    .fetch_one(view.conn())
    .await?;
    let rows = sqlx::query_as!(
        VersionRow,
        r#"select version.id, version.bundle, major, minor, patch, version.digest, version.served_digest, version.keyid,
                version.size, changeset_id, version.created_at, pushed_by, person.name as "pusher?",
                array(select distinct package from version_file file
                      where file.version_id = version.id and package is not null and not test order by 1) as "packages!: Vec<String>",
                array(select pointer.environment from pointer join release on release.id = release_id
                      join environment on environment.name = pointer.environment
                      where release.version_id = version.id order by position) as "in_force!: Vec<String>"
           from version join changeset on changeset.id = changeset_id left join person on person.id = pushed_by
           where ($1::text is null or version.bundle = $1)
             and (not $2 or exists (select from pointer join release on release.id = release_id
                                    where release.version_id = version.id))
             and ($3::timestamptz is null or case when $5
                  then (version.created_at, version.id) < ($3, $4::uuid)
                  else (version.created_at, version.id) > ($3, $4::uuid) end)
           order by case when $5 then version.created_at end desc, case when $5 then version.id end desc,
                    version.created_at, version.id
           limit $6"#,
        bundle,
        filter.in_force,
        start.mark().map(Mark::at),
        start.mark().map(|mark| mark.id.parse().unwrap_or(Uuid::nil())),
        sort.falls(start),
        SIZE as i64 + 1,
    )
    .fetch_all(view.conn())
    .await?;
    let found = rows.into_iter().map(Version::try_from).collect::<Result<_>>()?;
    let mark = |version: &Version| Mark::moment(version.at, version.id.to_string());
    Ok((Page::of(found, start, SIZE, mark), Hits::counted(hits)))
}

/// A page of the changesets, also of those that were refused, and how many there are.
pub async fn search_changesets(
    portal: &Portal,
    actor: &Actor,
    question: &Question<ChangesetFilter, ByTime>,
) -> Result<(Page<ChangesetLine>, Hits)> {
    let mut view = portal.view::<See>(actor, Everything).await?;
    let Question { filter, sort, start } = question;
    let (passed, text) =
        (filter.outcome.map(|outcome| outcome == Outcome::Passed), filter.text.as_deref().map(anywhere));
    let hits = sqlx::query_scalar!(
        r#"select count(*) as "count!" from (
             select from changeset left join person on person.id = pushed_by
             where ($1::bool is null or passed = $1) and ($2::text is null or note ilike $2 or person.name ilike $2)
             limit $3) found"#,
        passed,
        text,
        COUNTED + 1,
    )
    .fetch_one(view.conn())
    .await?;
    let rows = sqlx::query!(
        r#"select changeset.id, number, pushed_by, person.name as "pusher?", pushed_at, note, passed, faults
           from changeset left join person on person.id = pushed_by
           where ($1::bool is null or passed = $1) and ($2::text is null or note ilike $2 or person.name ilike $2)
             and ($3::bigint is null or case when $4 then number < $3 else number > $3 end)
           order by case when $4 then number end desc, number limit $5"#,
        passed,
        text,
        start.mark().map(|mark| mark.key),
        sort.falls(start),
        SIZE as i64 + 1,
    )
    .fetch_all(view.conn())
    .await?;
    let found = rows.into_iter().map(|row| ChangesetLine {
        id: row.id.into(),
        number: row.number,
        by: who(row.pushed_by, row.pusher),
        at: row.pushed_at,
        note: row.note,
        passed: row.passed,
        faults: row.faults as u32,
    });
    let page = Page::of(found.collect(), start, SIZE, |line| Mark::number(line.number));
    Ok((page, Hits::counted(hits)))
}
