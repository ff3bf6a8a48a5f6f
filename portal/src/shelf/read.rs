//! One reading of the database: a new picture, with the archives of the old one where they still stand.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use rego::bundle::{Discovery, KeyId, VerifyingKey};
use tokio::time::Instant;
use uuid::Uuid;

use super::{Archive, Bearer, Picture, Reading, Served};
use crate::{
    Actor, Environment, Error, Permission, Portal, Result,
    access::{Action, Everything, Job},
    fleet,
    identity::{bearer, grants_of},
    object::sha256,
    policy::{self, Bundle},
    release::Refusal,
};

const SHELF: Actor = Actor::Job(Job::Shelf);
/// How many earlier releases are known to be superseded.
const REMEMBERED: i64 = 50;

struct Read;
impl Action for Read {
    type On = Everything;
    const PERMISSION: Permission = Permission::SeeRelease;
}

struct Live;
impl Action for Live {
    type On = Everything;
    const PERMISSION: Permission = Permission::ReportInstance;
}

/// One pointer with what it supersedes.
struct Row {
    environment: String,
    bundle: String,
    revision: String,
    served_digest: String,
    keyid: String,
    superseded: Vec<String>,
}

pub(super) async fn picture(portal: &Portal, server: Uuid, old: &Picture) -> Result<Picture> {
    let begun = Instant::now();
    let alone = report_live(portal, server).await?;
    let (rows, tokens, live, kept) = {
        let mut view = portal.view::<Read>(&SHELF, Everything).await?;
        let rows = sqlx::query_as!(
            Row,
            r#"select pointer.environment, pointer.bundle, revision, served_digest, release.keyid,
                    array(select older.served_digest from release older
                          where older.environment = release.environment and older.bundle = release.bundle
                            and older.sequence < release.sequence and older.served_digest <> release.served_digest
                          order by older.sequence desc limit $1) as "superseded!: Vec<String>"
               from pointer join release on release.id = pointer.release_id"#,
            REMEMBERED
        )
        .fetch_all(view.conn())
        .await?;
        let now = view.at;
        let tokens = sqlx::query!(
            r#"select token.id, digest, owner_id, environment, scopes, ends_at
               from token left join person on person.id = owner_id
               where revoked_at is null and ends_at > $1
                 and person.disabled_at is null and (person.demo is not true or $2)"#,
            now,
            portal.parts.demo,
        )
        .fetch_all(view.conn())
        .await?;
        let owners: Vec<_> = tokens.iter().filter_map(|token| token.owner_id).collect();
        let grants = grants_of(view.conn(), &owners).await?;
        let live = fleet::live(view.conn(), now).await?;
        let kept = sqlx::query!("select keyid, public_pem from signing_key").fetch_all(view.conn()).await?;
        (rows, (tokens, grants), live, kept)
    };
    let (tokens, grants) = tokens;
    let kept = kept.into_iter().map(|row| (row.keyid, row.public_pem));
    let keys = keys(portal, kept);
    let tokens = tokens.into_iter().filter_map(|row| {
        let digest = <[u8; 32]>::try_from(row.digest).ok()?;
        let grants = row.owner_id.and_then(|owner| grants.get(&owner).cloned()).unwrap_or_default();
        let actor = bearer(row.id.into(), row.owner_id.map(Into::into), row.environment, &row.scopes, grants);
        Some((digest, Bearer { actor, ends_at: row.ends_at }))
    });
    Ok(Picture {
        environments: serve(portal, rows, &keys, old).await,
        keys: keys.into(),
        tokens: tokens.collect::<HashMap<_, _>>(),
        live,
        reading: Some(Reading { begun, alone }),
    })
}

/// The key in use, then the others.
fn keys(portal: &Portal, kept: impl Iterator<Item = (String, String)>) -> Vec<VerifyingKey> {
    let own = portal.parts.keys.verifying();
    let others = kept.filter(|(keyid, _)| *keyid != own.keyid().to_string()).filter_map(|(keyid, pem)| {
        let read = keyid.parse::<KeyId>().and_then(|keyid| VerifyingKey::from_pem(keyid, &pem));
        read.inspect_err(|error| tracing::warn!(keyid, %error, "a public key that was kept is none")).ok()
    });
    std::iter::once(own.clone()).chain(others).collect()
}

/// Says that this server is live and what it signs with, and learns whether it is the only one.
async fn report_live(portal: &Portal, server: Uuid) -> Result<bool> {
    portal
        .record::<Live, _>(&SHELF, Everything, async |record| {
            let at = record.at;
            sqlx::query!(
                "insert into server (id, started_at, seen_at) values ($1, $2, $2)
                 on conflict (id) do update set seen_at = excluded.seen_at",
                server,
                at,
            )
            .execute(record.conn())
            .await?;
            let key = portal.parts.keys.verifying();
            sqlx::query!(
                "insert into signing_key (keyid, public_pem, since) values ($1, $2, $3)
                 on conflict (keyid) do nothing",
                key.keyid().to_string(),
                key.to_pem(),
                at,
            )
            .execute(record.conn())
            .await?;
            sqlx::query!("delete from server where seen_at < $1::timestamptz - interval '1 day'", at)
                .execute(record.conn())
                .await?;
            let others = sqlx::query_scalar!(
                r#"select count(*) as "others!" from server where id <> $1 and seen_at > $2::timestamptz - interval '10 seconds'"#,
                server,
                at,
            )
            .fetch_one(record.conn())
            .await?;
            Ok(others == 0)
        })
        .await
}

/// What is served by these pointers. One archive that cannot be had costs nothing but itself.
async fn serve(
    portal: &Portal,
    rows: Vec<Row>,
    keys: &[VerifyingKey],
    old: &Picture,
) -> BTreeMap<Environment, Served> {
    let mut environments = BTreeMap::<Environment, Served>::new();
    for row in rows {
        let (Ok(environment), Ok(bundle)) = (row.environment.parse(), policy::bundle(&row.bundle)) else {
            tracing::error!(
                row.environment,
                row.bundle,
                "a pointer is of no environment or bundle known here"
            );
            continue;
        };
        let before = old.environments.get(&environment);
        let held = before.and_then(|served| served.bundles.get(&bundle));
        let served = environments.entry(environment.clone()).or_default();
        match bytes(portal, &row.served_digest, held).await {
            Ok(bytes) => {
                let archive = Archive {
                    etag: row.served_digest,
                    revision: row.revision,
                    keyid: Some(row.keyid),
                    bytes,
                    superseded: row.superseded.into(),
                };
                served.bundles.insert(bundle, archive);
            }
            Err(error) => {
                // Told once, and not at every reading.
                if before.and_then(|served| served.lacking.get(&bundle)) != Some(&row.served_digest) {
                    tracing::error!(%environment, %bundle, digest = row.served_digest, error, "a released archive cannot be had");
                }
                served.bundles.extend(held.map(|held| (bundle, held.clone())));
                served.lacking.insert(bundle, row.served_digest);
            }
        }
    }
    for (environment, served) in &mut environments {
        let before = old.environments.get(environment).and_then(|served| served.discovery.as_ref());
        served.discovery = discovery(environment, served, keys, before).ok().or_else(|| before.cloned());
    }
    environments
}

async fn bytes(portal: &Portal, digest: &str, held: Option<&Archive>) -> Result<Bytes, String> {
    if let Some(held) = held.filter(|held| held.etag == digest) {
        return Ok(held.bytes.clone());
    }
    let stored = portal.parts.objects.archive(digest).await.map_err(|error| error.to_string())?;
    stored.ok_or_else(|| Refusal::NotStored.to_string())
}

/// The discovery document names only what is in force, so that no OPA waits for a bundle that is not there; what
/// is in force and cannot be had just now is named, or an OPA that has it would let it go.
///
/// Of the keys it tells the one in use and those that something in force is signed with: where a key was lost,
/// what it signed stays good, and what comes after it moves OPAs to the new one.
fn discovery(
    environment: &Environment,
    served: &Served,
    keys: &[VerifyingKey],
    before: Option<&Archive>,
) -> Result<Archive> {
    let in_use = keys.first().ok_or_else(|| Error::internal("discovery", &"no key"))?;
    let mut signed = Vec::new();
    for bundle in [Bundle::Provisioning, Bundle::Exceptions] {
        let archive = served.bundles.get(&bundle);
        if archive.is_none() && !served.lacking.contains_key(&bundle) {
            continue;
        }
        let keyid = archive.and_then(|archive| archive.keyid.as_deref());
        let key = keys.iter().find(|key| keyid == Some(key.keyid().as_ref()));
        if archive.is_some() && key.is_none() {
            tracing::error!(%environment, %bundle, keyid, "what is in force is signed with an unknown key");
        }
        signed.push((bundle.to_string(), key.unwrap_or(in_use)));
    }
    let told = keys.iter().filter(|key| *key == in_use || signed.iter().any(|(_, used)| used == key));
    let document = Discovery {
        environment: environment.as_str(),
        bundles: &signed.iter().map(|(name, key)| (name.as_str(), key.keyid())).collect::<Vec<_>>(),
        keys: &told.cloned().collect::<Vec<_>>(),
    };
    let archive = document.archive().map_err(|error| Error::internal("discovery", &error))?;
    let (revision, bytes) = (archive.manifest().revision.clone(), archive.to_unsigned());
    let etag = sha256(&bytes);
    let superseded = match before {
        Some(before) if before.etag == etag => before.superseded.clone(),
        Some(before) => before.superseded.iter().cloned().chain([before.etag.clone()]).collect(),
        None => [].into(),
    };
    Ok(Archive { etag, revision, keyid: None, bytes, superseded })
}
