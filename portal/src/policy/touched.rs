//! Whose policies a folder changes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use rego::folder::Folder;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use super::push::{bundle_of, bundles};
use crate::{Permission, Result, Scope, access::Target, report::Report};

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
    /// Data belongs to no policy, so it takes the right to all of them.
    data: bool,
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
            data: !touched.is_empty() && folder.has_data(),
        }))
    }
}

impl Target for Touched {
    const NAME: &str = "policy";
    const SEE: Option<Permission> = None;

    async fn scope(&self, _: &mut PgConnection) -> Result<Scope> {
        Ok(Scope::Portal)
    }

    /// Of each policy that is not as in the newest version of its bundle: what is there is its own, what is new its
    /// owner's, and without an owner it takes the right to all. One query, whatever the size of the folder.
    async fn scopes(&self, conn: &mut PgConnection) -> Result<Vec<Scope>> {
        let rows = sqlx::query!(
            r#"select file.path, regexp_replace(file.package, '_test$', '') as "package!", file.source_digest, policy.id
               from unnest($1::text[]) as touched (bundle)
               join lateral (select id from version where version.bundle = touched.bundle
                             order by major desc, minor desc, patch desc limit 1) newest on true
               join version_file file on file.version_id = newest.id and file.package is not null
               join policy on policy.package = regexp_replace(file.package, '_test$', '')"#,
            &self.0.bundles,
        )
        .fetch_all(conn)
        .await?;
        let mut before = BTreeMap::<String, (Files, Scope)>::new();
        for row in rows {
            let (files, _) =
                before.entry(row.package).or_insert((Files::new(), Scope::Policy(row.id.into())));
            files.insert((row.path, row.source_digest));
        }
        let mut scopes: Vec<Scope> = if self.0.data { vec![Scope::Portal] } else { vec![] };
        for (package, (files, owner)) in &self.0.packages {
            match (before.remove(package), owner) {
                (Some((same, _)), _) if same == *files => {}
                (Some((_, scope)), _) => scopes.push(scope),
                (None, Some(owner)) => scopes.push(Scope::Owner(owner.clone())),
                (None, None) => scopes.push(Scope::Portal),
            }
        }
        // What the folder no longer has goes with it.
        scopes.extend(before.into_values().map(|(_, scope)| scope));
        Ok(scopes)
    }
}

impl fmt::Display for Touched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("policies")
    }
}
