//! Whose policies a folder changes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use rego::folder::Folder;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use super::{
    Bundle,
    push::{bundle_of, bundles},
};
use crate::{Id, Permission, Policy, Result, Scope, access::Target, report::Report};

/// Path and SHA-256 of each file.
type Files = BTreeSet<(String, Vec<u8>)>;

/// What a folder that passed would be the newest version of. Nothing where it passed not: that changes nothing, and
/// whoever may push anything may try.
#[derive(Clone, Default)]
pub(super) struct Touched(Arc<Pushed>);

#[derive(Default)]
struct Pushed {
    /// Of each package, with the owner that it names.
    packages: BTreeMap<String, (Files, Option<String>)>,
    bundles: Vec<String>,
    /// Of the data in each of these bundles.
    data: Vec<Vec<u8>>,
}

/// A policy as it was pushed last.
struct Kept {
    id: Id<Policy>,
    owner: Option<String>,
}

impl Touched {
    pub(super) fn of(folder: &Folder, report: &Report) -> Self {
        let texts: BTreeMap<&str, &str> = folder.modules().collect();
        let touched = bundles(report);
        let packages = report.packages.iter().filter(|package| touched.contains(&bundle_of(package)));
        let packages = packages.map(|package| {
            let paths = package.modules.iter().chain(&package.tests);
            let digest = |path: &String| {
                let text = texts.get(path.as_str())?;
                Some((path.clone(), Sha256::digest(text).to_vec()))
            };
            (package.path.clone(), (paths.filter_map(digest).collect(), package.owner.clone()))
        });
        Self(Arc::new(Pushed {
            packages: packages.collect(),
            bundles: touched.iter().map(ToString::to_string).collect(),
            data: touched.iter().map(|&bundle| data_digest(folder, bundle)).collect(),
        }))
    }

    /// The files of the newest versions, by package.
    async fn before(&self, conn: &mut PgConnection) -> Result<BTreeMap<String, Files>> {
        let rows = sqlx::query!(
            r#"select file.path, file.source_digest,
                    case when file.test then regexp_replace(file.package, '_test$', '') else file.package end as "package!"
               from unnest($1::text[]) as touched (bundle)
               join lateral (select id from version where version.bundle = touched.bundle
                             order by major desc, minor desc, patch desc limit 1) newest on true
               join version_file file on file.version_id = newest.id and file.package is not null"#,
            &self.0.bundles,
        )
        .fetch_all(conn)
        .await?;
        let mut before = BTreeMap::<String, Files>::new();
        for row in rows {
            before.entry(row.package).or_default().insert((row.path, row.source_digest));
        }
        Ok(before)
    }

    /// Whether the data of a bundle is not what its newest version has, or that is not known.
    async fn data_differs(&self, conn: &mut PgConnection) -> Result<bool> {
        let differs = sqlx::query_scalar!(
            r#"select exists (
                 select from unnest($1::text[], $2::bytea[]) as touched (bundle, digest)
                 left join lateral (select data_digest from version where version.bundle = touched.bundle
                                    order by major desc, minor desc, patch desc limit 1) newest on true
                 where coalesce(newest.data_digest, case when newest is null then $3 else ''::bytea end)
                       <> touched.digest) as "differs!""#,
            &self.0.bundles,
            &self.0.data,
            &Sha256::digest("")[..],
        )
        .fetch_one(conn)
        .await?;
        Ok(differs)
    }
}

/// SHA-256 of the data of a bundle; of nothing where it has none.
pub(super) fn data_digest(folder: &Folder, bundle: Bundle) -> Vec<u8> {
    let root = bundle.catalogue().root();
    let contents = folder.contents(&root);
    Sha256::digest(contents.get(&format!("{root}/data.json")).map_or(&b""[..], |data| data)).to_vec()
}

async fn kept(conn: &mut PgConnection, packages: &[String]) -> Result<BTreeMap<String, Kept>> {
    let rows = sqlx::query!("select id, package, owner from policy where package = any ($1)", packages)
        .fetch_all(conn)
        .await?;
    let kept = rows.into_iter().map(|row| (row.package, Kept { id: row.id.into(), owner: row.owner }));
    Ok(kept.collect())
}

impl Target for Touched {
    const NAME: &str = "policy";
    const SEE: Option<Permission> = None;

    async fn scope(&self, _: &mut PgConnection) -> Result<Scope> {
        Ok(Scope::Portal)
    }

    /// Of each policy that is not as in the newest version of its bundle: what was ever pushed is its own, what is new
    /// its owner's. What has no owner, a policy that goes over to another owner, and data, which belongs to no policy,
    /// take the right to all of them. Three queries, whatever the size of the folder.
    async fn scopes(&self, conn: &mut PgConnection) -> Result<Vec<Scope>> {
        let mut before = self.before(conn).await?;
        let all: BTreeSet<&String> = self.0.packages.keys().chain(before.keys()).collect();
        let kept = kept(conn, &all.into_iter().cloned().collect::<Vec<_>>()).await?;
        let mut scopes = if self.data_differs(conn).await? { vec![Scope::Portal] } else { vec![] };
        for (package, (files, owner)) in &self.0.packages {
            if before.remove(package).is_some_and(|same| same == *files) {
                continue;
            }
            scopes.push(match (kept.get(package), owner) {
                (Some(kept), owner) if kept.owner == *owner => Scope::Policy(kept.id),
                (None, Some(owner)) => Scope::Owner(owner.clone()),
                (Some(_), _) | (None, None) => Scope::Portal,
            });
        }
        // What the folder no longer has goes with it.
        let gone = before
            .keys()
            .map(|package| kept.get(package).map_or(Scope::Portal, |kept| Scope::Policy(kept.id)));
        scopes.extend(gone);
        Ok(scopes)
    }
}

impl fmt::Display for Touched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("policies")
    }
}
