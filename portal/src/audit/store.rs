use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};

use super::{Entry, Event, EventKind, Filter};
use crate::{
    Actor, Id, Invalid, Permission, Portal, Result,
    access::{Action, By, Everything, Hand},
    list::{self, ByTime, COUNTED, EXPORTED, Hits, Mark, Page, Question, SIZE, Since, Start, between},
    live,
    search::anywhere,
};

const PAGE: usize = 100;
/// People, and tokens, that a part of a name may mean.
const MEANT: usize = 500;

pub(super) struct List;
impl Action for List {
    type On = Everything;
    const PERMISSION: Permission = Permission::SeeAudit;
    // An auditor takes evidence away most of all when something is wrong.
    const WHILE_READ_ONLY: bool = true;
}

pub(crate) async fn append(
    conn: &mut PgConnection,
    at: DateTime<Utc>,
    hand: Hand,
    permission: Permission,
    event: &Event,
) -> Result<()> {
    let (person, token, job) = columns(hand.by);
    sqlx::query!(
        "insert into audit (at, person, token, job, permission, event, address, proven_at)
         values ($1, $2, $3, $4, $5, $6, $7::text::inet, $8)",
        at,
        person,
        token,
        job,
        permission.to_string(),
        Json(event) as _,
        hand.address.map(|address| address.to_string()),
        hand.proven_at,
    )
    .execute(&mut *conn)
    .await?;
    live::tell(conn, event.touches()).await
}

/// Appends that somebody was refused; the same refusal from the same address is told once a minute, however often it is
/// met. What strangers fail at is told once from wherever it came: addresses cost them nothing.
pub(crate) async fn append_refusal(
    conn: &mut PgConnection,
    at: DateTime<Utc>,
    hand: Hand,
    permission: Permission,
    event: &Event,
) -> Result<()> {
    let (person, token, job) = columns(hand.by);
    let told = sqlx::query!(
        "insert into audit (at, person, token, job, permission, event, address, proven_at)
         select $1, $2, $3, $4, $5, $6, $7::text::inet, $8
         where not exists (
             select from (select * from audit order by seq desc limit 1000) recent
             where recent.at > $1::timestamptz - interval '1 minute' and recent.permission = $5 and recent.event = $6
               and recent.person is not distinct from $2 and recent.token is not distinct from $3
               and recent.job is not distinct from $4
               and (recent.job is not null or recent.address is not distinct from $7::text::inet))",
        at,
        person,
        token,
        job,
        permission.to_string(),
        Json(event) as _,
        hand.address.map(|address| address.to_string()),
        hand.proven_at,
    )
    .execute(&mut *conn)
    .await?;
    if told.rows_affected() > 0 {
        live::tell(conn, event.touches()).await?;
    }
    Ok(())
}

/// The entries, newest first, a hundred at a time, from the one before `before`.
pub async fn list(portal: &Portal, actor: &Actor, filter: Filter, before: Option<i64>) -> Result<Vec<Entry>> {
    let start = before.map_or(Start::Head, |seq| Start::After(Mark::number(seq)));
    let question = Question { filter, sort: ByTime::Newest, start };
    batch(portal, actor, &question, PAGE, None).await.map(|page| page.rows)
}

/// The newest entries that tell of a change for everybody: not who came and went, nor what somebody keeps.
///
/// As dear as the entries are many since then, which are gone through from the newest on.
pub async fn changes(portal: &Portal, actor: &Actor, most: usize) -> Result<Vec<Entry>> {
    let mut view = portal.view::<List>(actor, Everything).await?;
    let asked = Asked { none_of: EventKind::NO_CHANGE.map(<&str>::from).to_vec(), ..Asked::default() };
    let page = select(view.conn(), &asked, ByTime::Newest, &Start::Head, most).await?;
    Ok(page.rows)
}

/// A page of the entries, and how many there are.
///
/// A million entries take 2 to 15 ms: each part of the filter has an index, and the plan is made for what is
/// asked. The dearest is a word that is in very many entries, together with a name that is in very few.
pub async fn search(
    portal: &Portal,
    actor: &Actor,
    question: &Question<Filter, ByTime>,
) -> Result<(Page<Entry>, Hits)> {
    let mut view = portal.view::<List>(actor, Everything).await?;
    view.plan_anew().await?;
    let asked = Asked::of(view.conn(), &question.filter, None).await?;
    let hits = Hits::counted(count(view.conn(), &asked, COUNTED + 1).await?);
    let page = select(view.conn(), &asked, question.sort, &question.start, SIZE).await?;
    Ok((page, hits))
}

/// A page of that many entries, without a count; none of it comes after the entry `last`.
pub async fn batch(
    portal: &Portal,
    actor: &Actor,
    question: &Question<Filter, ByTime>,
    size: usize,
    last: Option<i64>,
) -> Result<Page<Entry>> {
    let mut view = portal.view::<List>(actor, Everything).await?;
    view.plan_anew().await?;
    let asked = Asked::of(view.conn(), &question.filter, last).await?;
    select(view.conn(), &asked, question.sort, &question.start, size).await
}

/// Writes down that the list leaves the portal as a file; says with how many rows, and which entry is the last that
/// may be among them: the one that is written here comes after it.
///
/// # Errors
/// Invalid where they are too many.
pub async fn exported(
    portal: &Portal,
    actor: &Actor,
    question: &Question<Filter, ByTime>,
) -> Result<(u32, i64)> {
    portal
        .change::<List, _>(actor, Everything, async |change| {
            let last = sqlx::query_scalar!(r#"select coalesce(max(seq), 0) as "last!" from audit"#)
                .fetch_one(change.conn())
                .await?;
            let asked = Asked::of(change.conn(), &question.filter, Some(last)).await?;
            let rows = list::exportable(count(change.conn(), &asked, EXPORTED + 1).await?)?;
            let event = Event::ListExported { list: list::List::Audit, query: question.query(), rows };
            Ok(((rows, last), event))
        })
        .await
}

/// A filter as the table knows it.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) by: Option<Whoever>,
    pub(super) kind: Option<String>,
    pub(super) source: Option<String>,
    pub(super) from: Option<String>,
    none_of: Vec<&'static str>,
    pub(super) about: Option<String>,
    pub(super) since: Option<DateTime<Utc>>,
    pub(super) until: Option<DateTime<Utc>>,
    /// The first entry that may be, and the last.
    pub(super) first: Option<i64>,
    pub(super) last: Option<i64>,
}

/// All whom a name may mean. Found first, for there are few people and a million entries.
pub(super) struct Whoever {
    pub(super) people: Vec<uuid::Uuid>,
    pub(super) tokens: Vec<uuid::Uuid>,
    pub(super) job: String,
}

impl Asked {
    pub(super) async fn of(conn: &mut PgConnection, filter: &Filter, last: Option<i64>) -> Result<Self> {
        let by = match &filter.by {
            Some(name) => Some(whoever(conn, name).await?),
            None => None,
        };
        let (since, until) = between(filter.since.map(Since::Day), filter.until);
        // Entries are numbered when they are written, and bear the moment at which their change began: nearly in the
        // same order. So a stretch of time lies within one of numbers that reaches a day further on both sides.
        let bounds = sqlx::query!(
            r#"select (select seq from audit where at >= $1::timestamptz - interval '1 day' order by at, seq limit 1) as first,
                    (select seq from audit where at < $2::timestamptz + interval '1 day' order by at desc, seq desc limit 1) as last"#,
            since,
            until,
        )
        .fetch_one(conn)
        .await?;
        let first = since.map(|_| bounds.first.unwrap_or(i64::MAX));
        let until_last = until.map(|_| bounds.last.unwrap_or(i64::MIN));
        let last = [last, until_last].into_iter().flatten().min();
        let (kind, about) = (filter.kind.clone(), filter.about.clone());
        let source = filter.source.map(|source| source.to_string());
        let from = filter.from.map(|network| network.to_string());
        Ok(Self { by, kind, source, from, none_of: vec![], about, since, until, first, last })
    }
}

async fn whoever(conn: &mut PgConnection, name: &str) -> Result<Whoever> {
    let found = sqlx::query!(
        r#"select array(select id from person where person.name ilike $1 limit $2 + 1) as "people!",
                array(select id from token where token.name ilike $1 limit $2 + 1) as "tokens!""#,
        anywhere(name),
        MEANT as i64,
    )
    .fetch_one(conn)
    .await?;
    if found.people.len().max(found.tokens.len()) > MEANT {
        let told = format!("may mean more than {MEANT} people or tokens; type more of the name");
        return Err(Invalid::new("by", told).into());
    }
    Ok(Whoever { people: found.people, tokens: found.tokens, job: name.to_owned() })
}

pub(super) async fn count(conn: &mut PgConnection, asked: &Asked, most: i64) -> Result<i64> {
    let by = asked.by.as_ref();
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from (
             select from audit
             where ($1::uuid[] is null or person = any ($1) or token = any ($2) or job = $3)
               and ($4::text is null or event->>'kind' = $4)
               and ($5::text is null or words @@ websearch_to_tsquery('simple', $5))
               and ($6::bigint is null or seq >= $6) and ($7::bigint is null or seq <= $7)
               and ($9::timestamptz is null or at >= $9) and ($10::timestamptz is null or at < $10)
               and ($11::text is null or case $11 when 'token' then token is not null when 'job' then job is not null
                     else token is null and job is null end)
               and ($12::text is null or address <<= $12::text::inet)
             limit $8) found"#,
        by.map(|by| by.people.as_slice()),
        by.map(|by| by.tokens.as_slice()),
        by.map(|by| by.job.as_str()),
        asked.kind,
        asked.about,
        asked.first,
        asked.last,
        most,
        asked.since,
        asked.until,
        asked.source,
        asked.from,
    )
    .fetch_one(conn)
    .await?;
    Ok(count)
}

async fn select(
    conn: &mut PgConnection,
    asked: &Asked,
    sort: ByTime,
    start: &Start,
    size: usize,
) -> Result<Page<Entry>> {
    let by = asked.by.as_ref();
    let rows = sqlx::query!(
        r#"select audit.seq, audit.at, audit.permission, audit.job, audit.event as "event: Json<Event>",
                host(audit.address) as address, audit.proven_at, person.name as "person?", token.name as "token?"
         from (select * from audit
               where ($1::uuid[] is null or person = any ($1) or token = any ($2) or job = $3)
                 and ($4::text is null or event->>'kind' = $4)
                 and ($5::text is null or words @@ websearch_to_tsquery('simple', $5))
                 and ($6::bigint is null or seq >= $6) and ($7::bigint is null or seq <= $7)
                 and ($11::timestamptz is null or at >= $11) and ($12::timestamptz is null or at < $12)
                 and event->>'kind' <> all ($13::text[])
                 and ($14::text is null or case $14 when 'token' then token is not null when 'job' then job is not null
                     else token is null and job is null end)
                 and ($15::text is null or address <<= $15::text::inet)
                 and ($8::bigint is null or case when $9 then seq < $8 else seq > $8 end)
               order by case when $9 then seq end desc, seq limit $10) audit
         left join person on person.id = audit.person left join token on token.id = audit.token
         order by case when $9 then audit.seq end desc, audit.seq"#,
        by.map(|by| by.people.as_slice()),
        by.map(|by| by.tokens.as_slice()),
        by.map(|by| by.job.as_str()),
        asked.kind,
        asked.about,
        asked.first,
        asked.last,
        start.mark().map(|mark| mark.key),
        sort.falls(start),
        size as i64 + 1,
        asked.since,
        asked.until,
        &asked.none_of as _,
        asked.source,
        asked.from,
    )
    .fetch_all(conn)
    .await?;
    let entries = rows.into_iter().map(|row| Entry {
        seq: row.seq,
        at: row.at,
        by: match (row.person, row.token, row.job) {
            (Some(person), Some(token), _) => format!("{person} by token {token}"),
            (Some(person), None, _) => person,
            (None, Some(token), _) => format!("token {token}"),
            (None, None, job) => format!("job {}", job.unwrap_or_default()),
        },
        permission: row.permission,
        address: row.address,
        proven_at: row.proven_at,
        event: row.event.0,
    });
    Ok(Page::of(entries.collect(), start, size, |entry| Mark::number(entry.seq)))
}

fn columns(by: By) -> (Option<uuid::Uuid>, Option<uuid::Uuid>, Option<String>) {
    match by {
        By::Person(id) => (Some(id.uuid()), None, None),
        By::Token { id, owner } => (owner.map(Id::uuid), Some(id.uuid()), None),
        By::Job(job) => (None, None, Some(job.to_string())),
    }
}
