//! A folder becomes a changeset: checked as a whole, and, where it passes, a version of each bundle it
//! touches.

use std::collections::{BTreeMap, BTreeSet};

use rego::{
    bundle::{Archive, Contents},
    check,
    folder::Folder,
    opa,
    worker::Module,
};
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, types::Json};

use super::{
    Bundle, Changeset, Number, Refusal, VersionRef, store,
    touched::{Touched, data_digest},
};
use crate::{
    Actor, Error, Id, Invalid, Permission, Policy, Portal, Result, Version,
    access::{Action, Target, door::Change},
    audit::Event,
    object::{ObjectError, ObjectStore},
    release::pointer,
    report::{Check, Engine, Fault, Outcome, Package, Report},
};

const LONGEST_NOTE: usize = 500;

struct Push;
impl Action for Push {
    type On = Touched;
    const PERMISSION: Permission = Permission::PushPolicy;
}

/// Tells whoever may not push, before their folder is read.
///
/// # Errors
/// Where they may not, or it cannot be found out.
pub async fn may_push(portal: &Portal, actor: &Actor) -> Result<()> {
    portal.view::<Push>(actor, Touched::default()).await.map(drop)
}

/// Checks a folder and, if it passes, makes versions of it. Whoever may change the policies of some owners alone
/// leaves all others as they are.
///
/// A folder that could not even be read (`Err` with its faults) is kept as a refused changeset too, so that
/// whoever pushed it has an address where the faults stand. The checks take seconds and no transaction.
///
/// # Errors
/// Where the checks could not be run at all, or somebody may not push.
pub async fn push(
    portal: &Portal,
    actor: &Actor,
    folder: std::result::Result<Folder, Vec<Fault>>,
    note: &str,
) -> Result<Changeset> {
    // Whoever may not push is told before the work, not after it.
    may_push(portal, actor).await?;
    if note.contains('\0') {
        return Err(Invalid::new("note", "the character U+0000 cannot be kept").into());
    }
    let note: String = note.trim().chars().take(LONGEST_NOTE).collect();
    let (folder, report) = match folder {
        Ok(folder) => {
            let report = judge(portal, &folder).await?;
            (Some(folder), report)
        }
        Err(faults) => (None, refused(faults)),
    };
    let touched = folder.as_ref().map(|folder| Touched::of(folder, &report)).unwrap_or_default();
    let on = touched.clone();
    portal
        .change::<Push, _>(actor, on, async |change| {
            lock(change.conn()).await?;
            // Somebody else's push may have come between: theirs would be taken back unasked.
            if !actor.may_on_each(Push::PERMISSION, &touched.scopes(change.conn()).await?) {
                return Err(Error::Forbidden(Push::PERMISSION));
            }
            let (id, number) = keep(change, &report, &note).await?;
            let mut versions = Vec::new();
            if let Some(folder) = &folder {
                for bundle in bundles(&report) {
                    versions.push(make_version(portal, change, id, bundle, folder, &report).await?);
                }
            }
            for version in &versions {
                sqlx::query!(
                    "insert into changeset_version (changeset_id, version_id) values ($1, $2)",
                    id.uuid(),
                    version.id.uuid()
                )
                .execute(change.conn())
                .await?;
            }
            let event = event(id, number, &report, &versions);
            let by = change.person_behind();
            let name = store::name_of(change.conn(), by).await?;
            let by = store::who(by.map(Id::uuid), name);
            Ok((
                Changeset { id, number, by, at: change.at, note, passed: report.passed(), report, versions },
                event,
            ))
        })
        .await
}

fn refused(faults: Vec<Fault>) -> Report {
    Report { outcomes: vec![Outcome::Failed { check: Check::Folder, faults }], ..Report::default() }
}

/// All checks, ours and OPA's.
async fn judge(portal: &Portal, folder: &Folder) -> Result<Report> {
    let (parts, roots) = (&portal.parts, Bundle::OF_POLICIES.map(|bundle| bundle.catalogue().root()));
    let modules: Vec<Module> =
        folder.modules().map(|(path, text)| Module { path: path.into(), text: text.into() }).collect();
    let mut report = check::check(&modules, &folder.data(), &parts.namespaces, &parts.drafts)
        .await
        .map_err(|failure| Refusal::NotChecked(failure.to_string()))?;
    let outside = folder.data_outside(&roots).into_iter().map(|path| {
        let reason = format!("data.{path} lies under no bundle's root, so no engine would have it");
        fault(Check::Data, reason)
    });
    report.fail(Check::Data, outside.collect());
    if report.passed() && report.packages.is_empty() {
        report.fail(Check::Folder, vec![fault(Check::Folder, Refusal::NoPolicies.to_string())]);
    }
    check::fixtures(folder, &parts.drafts, &mut report)
        .await
        .map_err(|failure| Refusal::NotChecked(failure.to_string()))?;
    // What does not even parse here tells OPA nothing new, and costs it seconds.
    if report.passed() {
        opa::second_opinion(parts.opa.as_ref(), folder, &mut report).await;
    }
    Ok(report)
}

fn fault(check: Check, reason: String) -> Fault {
    Fault { check, file: String::new(), line: None, rule: None, reason }
}

/// The bundles that a folder which passed touches.
pub(super) fn bundles(report: &Report) -> BTreeSet<Bundle> {
    if !report.passed() {
        return BTreeSet::new();
    }
    report.packages.iter().map(bundle_of).collect()
}

pub(super) fn bundle_of(package: &Package) -> Bundle {
    match package.engine {
        Engine::External => Bundle::Provisioning,
        Engine::Embedded => Bundle::Ai,
    }
}

/// One changeset at a time, so that numbers are given in turn.
async fn lock(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('changeset', 0))").execute(conn).await?;
    Ok(())
}

async fn keep(change: &mut Change<Push>, report: &Report, note: &str) -> Result<(Id<Changeset>, i64)> {
    let number = sqlx::query_scalar!(r#"select nextval('changeset_number') as "number!""#)
        .fetch_one(change.conn())
        .await?;
    let (id, at, by) = (Id::<Changeset>::fresh(), change.at, change.person_behind());
    sqlx::query!(
        "insert into changeset (id, number, pushed_by, pushed_at, note, passed, faults, report)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        id.uuid(),
        number,
        by.map(Id::uuid),
        at,
        note,
        report.passed(),
        report.faults().count() as i32,
        Json(report) as _,
    )
    .execute(change.conn())
    .await?;
    Ok((id, number))
}

fn event(id: Id<Changeset>, number: i64, report: &Report, versions: &[VersionRef]) -> Event {
    if report.passed() {
        let versions =
            versions.iter().map(|version| format!("{} {}", version.bundle, version.number)).collect();
        Event::ChangesetPassed { id, number, versions }
    } else {
        Event::ChangesetRefused { id, number, faults: report.faults().count() as u32 }
    }
}

/// The version that these files are: one that is there already, or a new one, built, signed and stored.
async fn make_version(
    portal: &Portal,
    change: &mut Change<Push>,
    changeset: Id<Changeset>,
    bundle: Bundle,
    folder: &Folder,
    report: &Report,
) -> Result<VersionRef> {
    let content_digest = build(bundle, folder, "")?.digest().to_owned();
    if let Some((version, signed)) = same(change.conn(), bundle, &content_digest).await? {
        if !signed.stands(portal).await {
            sign_again(portal, change, &version, folder).await?;
        }
        return Ok(version);
    }
    let number = next_number(change.conn(), bundle).await?;
    let archive = build(bundle, folder, &number.to_string())?;
    let (bytes, served_digest) = pointer::store(portal, &archive).await?;
    store_as(change.conn(), &portal.parts.objects, &version_key(bundle, number), &bytes).await?;
    let (id, at) = (Id::<Version>::fresh(), change.at);
    sqlx::query!(
        "insert into version (id, bundle, major, minor, patch, content_digest, digest, served_digest, keyid, size,
                              opa_checked, changeset_id, created_at, data_digest)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        id.uuid(),
        bundle.to_string(),
        number.major,
        number.minor,
        number.patch,
        content_digest,
        archive.digest(),
        served_digest,
        portal.parts.keys.signing().keyid().to_string(),
        bytes.len() as i64,
        opa_checked(report),
        changeset.uuid(),
        at,
        &data_digest(folder, bundle),
    )
    .execute(change.conn())
    .await?;
    let texts: BTreeMap<&str, &str> = folder.modules().collect();
    for package in report.packages.iter().filter(|package| bundle_of(package) == bundle) {
        keep_files(change.conn(), id, &texts, package).await?;
        keep_policy(change.conn(), id, bundle, package).await?;
    }
    Ok(VersionRef { id, bundle, number })
}

/// How a version was signed and stored.
struct Signed {
    keyid: String,
    served_digest: String,
}

impl Signed {
    /// Whether by the key in use, and whole.
    async fn stands(&self, portal: &Portal) -> bool {
        self.keyid == portal.parts.keys.signing().keyid().to_string()
            && matches!(portal.parts.objects.archive(&self.served_digest).await, Ok(Some(_)))
    }
}

/// Signs and stores a version once more. What was put in force before stays as it was signed then.
async fn sign_again(
    portal: &Portal,
    change: &mut Change<Push>,
    version: &VersionRef,
    folder: &Folder,
) -> Result<()> {
    let &VersionRef { id, bundle, number } = version;
    let archive = build(bundle, folder, &number.to_string())?;
    let (bytes, served_digest) = pointer::store(portal, &archive).await?;
    let (keyid, objects) = (portal.parts.keys.signing().keyid().to_string(), &portal.parts.objects);
    match objects.create(&version_key(bundle, number), &bytes).await {
        Err(ObjectError::Taken(_)) => {
            let key = format!("{}/{number}.{keyid}.tar.gz", bundle.catalogue().folder);
            store_as(change.conn(), objects, &key, &bytes).await?;
        }
        created => created?,
    }
    sqlx::query!(
        "update version set served_digest = $2, keyid = $3, size = $4 where id = $1",
        id.uuid(),
        served_digest,
        keyid,
        bytes.len() as i64,
    )
    .execute(change.conn())
    .await?;
    Ok(())
}

fn build(bundle: Bundle, folder: &Folder, revision: &str) -> Result<Archive> {
    let root = bundle.catalogue().root();
    let contents = Contents {
        revision: revision.into(),
        files: folder.contents(&root),
        roots: vec![root],
        metadata: serde_json::Map::new(),
    };
    Archive::build(&contents).map_err(|error| Error::internal("a checked folder makes no bundle", &error))
}

/// Where a version stands in the object store, for whoever reads that directly.
fn version_key(bundle: Bundle, number: Number) -> String {
    format!("{}/{number}.tar.gz", bundle.catalogue().folder)
}

/// Writes a key of which no row speaks yet: other bytes there are what a push left that came to nothing.
async fn store_as(
    conn: &mut PgConnection,
    objects: &ObjectStore,
    key: &str,
    bytes: &bytes::Bytes,
) -> Result<()> {
    match objects.create(key, bytes).await {
        Err(ObjectError::Taken(_)) => {
            // Asked for again: with the connection gone the number may be somebody else's by now.
            lock(conn).await?;
            Ok(objects.reclaim(key, bytes).await?)
        }
        created => Ok(created?),
    }
}

/// Whether OPA's own checks were run, and so passed.
fn opa_checked(report: &Report) -> bool {
    [Check::OpaCheck, Check::OpaTest].iter().all(|wanted| {
        report
            .outcomes
            .iter()
            .any(|outcome| matches!(outcome, Outcome::Passed { check, .. } if check == wanted))
    })
}

async fn same(
    conn: &mut PgConnection,
    bundle: Bundle,
    content_digest: &str,
) -> Result<Option<(VersionRef, Signed)>> {
    let row = sqlx::query!(
        "select id, major, minor, patch, keyid, served_digest from version where bundle = $1 and content_digest = $2
         order by major desc, minor desc, patch desc limit 1",
        bundle.to_string(),
        content_digest,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| {
        let number = Number { major: row.major, minor: row.minor, patch: row.patch };
        let version = VersionRef { id: row.id.into(), bundle, number };
        (version, Signed { keyid: row.keyid, served_digest: row.served_digest })
    }))
}

async fn next_number(conn: &mut PgConnection, bundle: Bundle) -> Result<Number> {
    let newest = sqlx::query_as!(
        Number,
        "select major, minor, patch from version where bundle = $1 order by major desc, minor desc, patch desc limit 1",
        bundle.to_string(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(newest.map_or(Number::FIRST, Number::next))
}

async fn keep_files(
    conn: &mut PgConnection,
    version: Id<Version>,
    texts: &BTreeMap<&str, &str>,
    package: &Package,
) -> Result<()> {
    let modules = package.modules.iter().map(|path| (path, false));
    for (path, test) in modules.chain(package.tests.iter().map(|path| (path, true))) {
        let Some(&text) = texts.get(path.as_str()) else { continue };
        let digest = Sha256::digest(text);
        sqlx::query!(
            "insert into source (digest, text) values ($1, $2) on conflict (digest) do nothing",
            &digest[..],
            text
        )
        .execute(&mut *conn)
        .await?;
        let name = if test { format!("{}_test", package.path) } else { package.path.clone() };
        sqlx::query!(
            "insert into version_file (version_id, path, package, test, source_digest) values ($1, $2, $3, $4, $5)",
            version.uuid(),
            path,
            name,
            test,
            &digest[..],
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

async fn keep_policy(
    conn: &mut PgConnection,
    version: Id<Version>,
    bundle: Bundle,
    package: &Package,
) -> Result<()> {
    sqlx::query!(
        "insert into policy (id, package, bundle, title, description, severity, owner, controls, rules, excepts,
                             library, version_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict (package) do update
         set bundle = excluded.bundle, title = excluded.title, description = excluded.description,
             severity = excluded.severity, owner = excluded.owner, controls = excluded.controls,
             rules = excluded.rules, excepts = excluded.excepts, library = excluded.library,
             version_id = excluded.version_id",
        Id::<Policy>::fresh().uuid(),
        package.path,
        bundle.to_string(),
        package.title,
        package.description,
        package.severity.to_string(),
        package.owner,
        &package.controls,
        &package.rules,
        package.excepts,
        package.library,
        version.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}
