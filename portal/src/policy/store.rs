use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{
    Bundle, Changeset, ChangesetLine, InForce, Number, Policy, PolicyDetail, SourceFile, Version,
    VersionDetail, VersionRef, compare,
};
use crate::{
    Actor, Environment, Error, Id, Permission, Portal, Result, Scope,
    access::{Action, Everything, Target},
    identity::Who,
    report::{Engine, Package, Report},
};

const PAGE: i64 = 100;

pub(super) struct See;
impl Action for See {
    type On = Everything;
    const PERMISSION: Permission = Permission::SeePolicy;
}

impl Target for Id<Policy> {
    const NAME: &str = "policy";
    const SEE: Option<Permission> = Some(Permission::SeePolicy);
    async fn scope(&self, conn: &mut PgConnection) -> Result<Scope> {
        sqlx::query_scalar!("select id from policy where id = $1", self.uuid())
            .fetch_optional(conn)
            .await?
            .map(|id| Scope::Policy(id.into()))
            .ok_or_else(|| no_such("policy"))
    }
}

/// The policies of the newest versions and of those in force, by package.
pub async fn list(portal: &Portal, actor: &Actor) -> Result<Vec<Policy>> {
    let mut view = portal.view::<See>(actor, Everything).await?;
    let rows = sqlx::query_as!(
        PolicyRow,
        "select policy.id, package, policy.bundle, title, description, severity, owner, controls, rules, excepts, library,
                version_id, major, minor, patch
         from policy join version on version.id = policy.version_id
         where policy.version_id = (select id from version where bundle = policy.bundle
                                    order by major desc, minor desc, patch desc limit 1)
            or exists (select from pointer join release on release.id = release_id
                       join version_file file on file.version_id = release.version_id
                       where pointer.bundle = policy.bundle and file.package = policy.package)
         order by package limit 2000"
    )
    .fetch_all(view.conn())
    .await?;
    Ok(rows.into_iter().map(Policy::from).collect())
}

/// The owners that policies name in their METADATA; 200 at most.
pub async fn owners(portal: &Portal, actor: &Actor) -> Result<Vec<String>> {
    let mut view = portal.view::<See>(actor, Everything).await?;
    let owners = sqlx::query_scalar!(
        r#"select distinct owner as "owner!" from policy where length(owner) between 1 and 200 order by 1 limit 200"#
    )
    .fetch_all(view.conn())
    .await?;
    Ok(owners)
}

/// One policy with its newest version's files and report.
pub async fn show(portal: &Portal, actor: &Actor, package: &str) -> Result<PolicyDetail> {
    let mut view = portal.view::<See>(actor, Everything).await?;
    let now = view.at;
    let policy = by_package(view.conn(), package).await?;
    let version = policy.version_id.uuid();
    let tests = format!("{package}_test");
    let files = sqlx::query_as!(
        SourceFile,
        "select path, text, test from version_file join source on digest = source_digest
         where version_id = $1 and (package = $2 or package = $3) order by test, path",
        version,
        package,
        tests,
    )
    .fetch_all(view.conn())
    .await?;
    let report = report_of(view.conn(), version).await?;
    let in_force = sqlx::query!(
        "select release.environment, major, minor, patch, released_at
         from pointer join release on release.id = pointer.release_id join version on version.id = release.version_id
         join environment on environment.name = release.environment
         where release.bundle = $1
           and exists (select from version_file file where file.version_id = version.id and file.package = $2)
         order by position",
        policy.bundle.to_string(),
        package,
    )
    .fetch_all(view.conn())
    .await?
    .into_iter()
    .map(|row| {
        Ok(InForce {
            environment: row.environment.parse()?,
            version: Number { major: row.major, minor: row.minor, patch: row.patch },
            since: row.released_at,
        })
    })
    .collect::<Result<_>>()?;
    let exceptions = sqlx::query_scalar!(
        r#"select count(*) as "count!" from exception where policy_id = $1 and state = 'approved' and ends_at > $2"#,
        policy.id.uuid(),
        now,
    )
    .fetch_one(view.conn())
    .await?;
    Ok(PolicyDetail { policy, files, report, in_force, exceptions_in_force: exceptions as u32 })
}

pub(crate) async fn by_package(conn: &mut PgConnection, package: &str) -> Result<Policy> {
    let row = sqlx::query_as!(
        PolicyRow,
        "select policy.id, package, policy.bundle, title, description, severity, owner, controls, rules, excepts, library,
                version_id, major, minor, patch
         from policy join version on version.id = policy.version_id where package = $1",
        package
    )
    .fetch_optional(conn)
    .await?;
    row.map(Policy::from).ok_or_else(|| no_such("policy"))
}

/// A package as it is described where it decides: by the newest version of its bundle, and by those in force in
/// these environments. None of them may hold it any more.
pub(crate) async fn described(
    conn: &mut PgConnection,
    policy: &Policy,
    environments: &[Environment],
) -> Result<Vec<Package>> {
    let environments: Vec<String> = environments.iter().map(ToString::to_string).collect();
    let packages = sqlx::query_scalar!(
        r#"select package as "package!: Json<Package>"
           from version join changeset on changeset.id = changeset_id,
                jsonb_array_elements(report->'packages') package
           where version.bundle = $1 and package->>'path' = $2
             and (version.id = (select id from version where bundle = $1
                                order by major desc, minor desc, patch desc limit 1)
                  or version.id in (select version_id from pointer join release on release.id = release_id
                                    where pointer.bundle = $1 and pointer.environment = any ($3)))"#,
        policy.bundle.to_string(),
        policy.package,
        &environments,
    )
    .fetch_all(conn)
    .await?;
    Ok(packages.into_iter().map(|package| package.0).collect())
}

async fn report_of(conn: &mut PgConnection, version: Uuid) -> Result<Report> {
    let report = sqlx::query_scalar!(
        r#"select report as "report: Json<Report>" from changeset join version on changeset_id = changeset.id
           where version.id = $1"#,
        version
    )
    .fetch_one(conn)
    .await?;
    Ok(report.0)
}

/// Versions, newest first.
pub async fn versions(portal: &Portal, actor: &Actor, bundle: Option<Bundle>) -> Result<Vec<Version>> {
    let mut view = portal.view::<See>(actor, Everything).await?;
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
           where $1::text is null or version.bundle = $1
           order by version.created_at desc, version.bundle, major desc, minor desc, patch desc limit $2"#,
        bundle.map(|bundle| bundle.to_string()),
        PAGE,
    )
    .fetch_all(view.conn())
    .await?;
    rows.into_iter().map(Version::try_from).collect()
}

/// One version with its report and what it changed.
pub async fn version(portal: &Portal, actor: &Actor, id: Id<Version>) -> Result<VersionDetail> {
    let mut view = portal.view::<See>(actor, Everything).await?;
    detail(view.conn(), id).await
}

/// The same, by what people call it.
pub async fn version_by_number(
    portal: &Portal,
    actor: &Actor,
    bundle: Bundle,
    number: Number,
) -> Result<VersionDetail> {
    let mut view = portal.view::<See>(actor, Everything).await?;
    let id = sqlx::query_scalar!(
        "select id from version where bundle = $1 and major = $2 and minor = $3 and patch = $4",
        bundle.to_string(),
        number.major,
        number.minor,
        number.patch,
    )
    .fetch_optional(view.conn())
    .await?
    .ok_or_else(|| no_such("version"))?;
    detail(view.conn(), id.into()).await
}

async fn detail(conn: &mut PgConnection, id: Id<Version>) -> Result<VersionDetail> {
    let version = find(conn, id).await?;
    let report = report_of(conn, id.uuid()).await?;
    let note = sqlx::query_scalar!("select note from changeset where id = $1", version.changeset.uuid())
        .fetch_one(&mut *conn)
        .await?;
    let before = sqlx::query!(
        "select id, major, minor, patch from version
         where bundle = $1 and (major, minor, patch) < ($2, $3, $4) order by major desc, minor desc, patch desc limit 1",
        version.bundle.to_string(),
        version.number.major,
        version.number.minor,
        version.number.patch,
    )
    .fetch_optional(&mut *conn)
    .await?
    .map(|row| VersionRef {
        id: row.id.into(),
        bundle: version.bundle,
        number: Number { major: row.major, minor: row.minor, patch: row.patch },
    });
    let changes = compare::differences(conn, before.as_ref().map(|before| before.id), id).await?;
    Ok(VersionDetail { version, report, note, before, changes })
}

pub(crate) async fn find(conn: &mut PgConnection, id: Id<Version>) -> Result<Version> {
    let row = sqlx::query_as!(
        VersionRow,
        r#"select version.id, version.bundle, major, minor, patch, version.digest, version.served_digest, version.keyid,
                version.size, changeset_id, version.created_at, pushed_by, person.name as "pusher?",
                array(select distinct package from version_file file
                      where file.version_id = version.id and package is not null and not test order by 1) as "packages!: Vec<String>",
                array(select pointer.environment from pointer join release on release.id = release_id
                      join environment on environment.name = pointer.environment
                      where release.version_id = version.id order by position) as "in_force!: Vec<String>"
           from version join changeset on changeset.id = changeset_id left join person on person.id = pushed_by
           where version.id = $1"#,
        id.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    row.map_or_else(|| Err(no_such("version")), Version::try_from)
}

/// Changesets, newest first, also those that were refused.
pub async fn changesets(portal: &Portal, actor: &Actor) -> Result<Vec<ChangesetLine>> {
    let mut view = portal.view::<See>(actor, Everything).await?;
    let rows = sqlx::query!(
        r#"select changeset.id, number, pushed_by, person.name as "pusher?", pushed_at, note, passed, faults
           from changeset left join person on person.id = pushed_by order by number desc limit $1"#,
        PAGE
    )
    .fetch_all(view.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ChangesetLine {
            id: row.id.into(),
            number: row.number,
            by: who(row.pushed_by, row.pusher),
            at: row.pushed_at,
            note: row.note,
            passed: row.passed,
            faults: row.faults as u32,
        })
        .collect())
}

/// One changeset with all that was found.
pub async fn changeset(portal: &Portal, actor: &Actor, id: Id<Changeset>) -> Result<Changeset> {
    let mut view = portal.view::<See>(actor, Everything).await?;
    let row = sqlx::query!(
        r#"select changeset.id, number, pushed_by, person.name as "pusher?", pushed_at, note, passed, report as "report: Json<Report>"
           from changeset left join person on person.id = pushed_by where changeset.id = $1"#,
        id.uuid()
    )
    .fetch_optional(view.conn())
    .await?
    .ok_or_else(|| no_such("changeset"))?;
    let versions = sqlx::query!(
        "select id, bundle, major, minor, patch from changeset_version join version on version.id = version_id
         where changeset_version.changeset_id = $1 order by bundle",
        id.uuid()
    )
    .fetch_all(view.conn())
    .await?;
    let versions = versions.into_iter().map(|row| {
        let number = Number { major: row.major, minor: row.minor, patch: row.patch };
        Ok(VersionRef { id: row.id.into(), bundle: bundle(&row.bundle)?, number })
    });
    Ok(Changeset {
        id,
        number: row.number,
        by: who(row.pushed_by, row.pusher),
        at: row.pushed_at,
        note: row.note,
        passed: row.passed,
        report: row.report.0,
        versions: versions.collect::<Result<_>>()?,
    })
}

pub(crate) fn who(id: Option<Uuid>, name: Option<String>) -> Option<Who> {
    Some(Who { id: id?.into(), name: name? })
}

/// A bundle as a row names it: only those of the catalogue are ever written.
pub(crate) fn bundle(name: &str) -> Result<Bundle> {
    name.parse().map_err(|_| Error::internal("a bundle that is not in the catalogue", &name))
}

pub(super) async fn name_of(
    conn: &mut PgConnection,
    person: Option<Id<crate::Person>>,
) -> Result<Option<String>> {
    let Some(person) = person else { return Ok(None) };
    Ok(sqlx::query_scalar!("select name from person where id = $1", person.uuid())
        .fetch_optional(conn)
        .await?)
}

pub(super) fn no_such(what: &str) -> Error {
    Error::NotFound(what.into())
}

struct PolicyRow {
    id: Uuid,
    package: String,
    bundle: String,
    title: String,
    description: String,
    severity: String,
    owner: Option<String>,
    controls: Vec<String>,
    rules: Vec<String>,
    excepts: bool,
    library: bool,
    version_id: Uuid,
    major: i32,
    minor: i32,
    patch: i32,
}

impl From<PolicyRow> for Policy {
    fn from(row: PolicyRow) -> Self {
        let bundle = if row.bundle == Bundle::Ai.to_string() { Bundle::Ai } else { Bundle::Provisioning };
        Self {
            id: row.id.into(),
            package: row.package,
            bundle,
            engine: if bundle == Bundle::Ai { Engine::Embedded } else { Engine::External },
            title: row.title,
            description: row.description,
            severity: row.severity.parse().unwrap_or_else(|_| {
                unreachable!("the table's `a_severity_is_known` forbids {}", row.severity)
            }),
            owner: row.owner,
            controls: row.controls,
            rules: row.rules,
            excepts: row.excepts,
            library: row.library,
            version: Number { major: row.major, minor: row.minor, patch: row.patch },
            version_id: row.version_id.into(),
        }
    }
}

pub(super) struct VersionRow {
    pub(super) id: Uuid,
    pub(super) bundle: String,
    pub(super) major: i32,
    pub(super) minor: i32,
    pub(super) patch: i32,
    pub(super) digest: String,
    pub(super) served_digest: String,
    pub(super) keyid: String,
    pub(super) size: i64,
    pub(super) changeset_id: Uuid,
    pub(super) created_at: chrono::DateTime<chrono::Utc>,
    pub(super) pushed_by: Option<Uuid>,
    pub(super) pusher: Option<String>,
    pub(super) packages: Vec<String>,
    pub(super) in_force: Vec<String>,
}

impl TryFrom<VersionRow> for Version {
    type Error = Error;
    fn try_from(row: VersionRow) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            bundle: bundle(&row.bundle)?,
            number: Number { major: row.major, minor: row.minor, patch: row.patch },
            digest: row.digest,
            served_digest: row.served_digest,
            keyid: row.keyid,
            size: row.size,
            changeset: row.changeset_id.into(),
            by: who(row.pushed_by, row.pusher),
            at: row.created_at,
            packages: row.packages,
            in_force: row.in_force.iter().map(|name| name.parse()).collect::<Result<_, _>>()?,
        })
    }
}
