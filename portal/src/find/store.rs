use super::{
    Hit,
    asked::{Asked, Versions},
};
use crate::{
    Actor, Environment, Error, Permission, Portal, Result, Scope,
    access::{Action, Everything},
    decision, exception, policy,
    search::anywhere,
};

/// So many of a kind at most: who gets as many looks again with more of the name.
const PAGE: i64 = 8;

struct SeePolicy;
impl Action for SeePolicy {
    type On = Everything;
    const PERMISSION: Permission = Permission::SeePolicy;
}

struct SeeRelease;
impl Action for SeeRelease {
    type On = Everything;
    const PERMISSION: Permission = Permission::SeeRelease;
}

struct SeeFleet;
impl Action for SeeFleet {
    type On = Everything;
    const PERMISSION: Permission = Permission::SeeFleet;
}

/// What the actor may see that is called like this, what is called exactly so first.
///
/// Where they may not look at all nothing is found, and nothing is refused: they asked for no such thing.
pub async fn find(portal: &Portal, actor: &Actor, text: &str) -> Result<Vec<Hit>> {
    if actor.by().is_none() {
        return Err(Error::Unauthenticated);
    }
    let asked = Asked::from(text);
    let (number, words) = (asked.exception, asked.words.as_deref());
    let mut hits = exception::by_words(portal, actor, number, &asked.exceptions, words, PAGE).await?;
    if actor.may(Permission::SeePolicy, &Scope::Portal) {
        hits.extend(versions(portal, actor, &asked).await?);
        hits.extend(policies(portal, actor, &asked).await?);
    }
    if actor.may(Permission::SeeRelease, &Scope::Portal) {
        hits.extend(releases(portal, actor, &asked).await?);
    }
    if actor.may(Permission::SeeFleet, &Scope::Portal) {
        hits.extend(instances(portal, actor, &asked).await?);
    }
    if let Some(id) = &asked.decision
        && let Some(line) = decision::find(portal, actor, id).await?
    {
        hits.push(Hit::Decision { id: line.decision_id, path: line.path, environment: line.environment });
    }
    // What is called exactly so is what was meant.
    hits.sort_by_key(|hit| !is_exactly(hit, &asked));
    Ok(hits)
}

fn is_exactly(hit: &Hit, asked: &Asked) -> bool {
    match hit {
        Hit::Exception { number, .. } => asked.exception == Some(*number),
        Hit::Policy { package: name, .. } | Hit::Instance { name, .. } => asked.words.as_ref() == Some(name),
        Hit::Version { digest, .. } | Hit::Release { digest, .. } => {
            asked.digest.as_ref().is_some_and(|beginning| digest.starts_with(beginning))
        }
        Hit::Decision { .. } => true,
    }
}

async fn versions(portal: &Portal, actor: &Actor, asked: &Asked) -> Result<Vec<Hit>> {
    let (digest, after) = within(asked);
    if digest.is_none() && asked.versions.is_none() {
        return Ok(vec![]);
    }
    let mut view = portal.view::<SeePolicy>(actor, Everything).await?;
    let numbered = asked.versions.as_ref();
    let bundles = numbered.map(|of| of.bundles.iter().map(ToString::to_string).collect::<Vec<_>>());
    let part = |part: fn(&Versions) -> Option<i32>| numbered.and_then(part);
    let rows = sqlx::query!(
        r#"(select bundle as "bundle!", major as "major!", minor as "minor!", patch as "patch!", digest as "digest!"
            from version where digest ~>=~ $1 and digest ~<~ $2 limit $7)
           union
           (select bundle, major, minor, patch, served_digest
            from version where served_digest ~>=~ $1 and served_digest ~<~ $2 limit $7)
           union
           (select bundle, major, minor, patch, digest from version
            where bundle = any($3) and ($4::int is null or major = $4) and ($5::int is null or minor = $5)
              and ($6::int is null or patch = $6)
            order by major desc, minor desc, patch desc limit $7)
           order by 2 desc, 3 desc, 4 desc, 1 limit $7"#,
        digest,
        after,
        bundles.as_deref(),
        part(|of| of.major),
        part(|of| of.minor),
        part(|of| of.patch),
        PAGE,
    )
    .fetch_all(view.conn())
    .await?;
    let hit = |row: (String, i32, i32, i32, String)| {
        let (bundle, major, minor, patch, digest) = row;
        let number = policy::Number { major, minor, patch };
        Ok(Hit::Version { bundle: policy::bundle(&bundle)?, number, digest })
    };
    rows.into_iter().map(|row| hit((row.bundle, row.major, row.minor, row.patch, row.digest))).collect()
}

async fn policies(portal: &Portal, actor: &Actor, asked: &Asked) -> Result<Vec<Hit>> {
    let Some(words) = &asked.words else { return Ok(vec![]) };
    let mut view = portal.view::<SeePolicy>(actor, Everything).await?;
    let rows = sqlx::query!(
        "select package, title from policy where policy_names(package, title, rules) ilike $1
         order by length(package), package limit $2",
        anywhere(words),
        PAGE,
    )
    .fetch_all(view.conn())
    .await?;
    Ok(rows.into_iter().map(|row| Hit::Policy { package: row.package, title: row.title }).collect())
}

/// Releases of bundles that have no versions; of the others the version is found.
async fn releases(portal: &Portal, actor: &Actor, asked: &Asked) -> Result<Vec<Hit>> {
    let (Some(digest), Some(after)) = within(asked) else { return Ok(vec![]) };
    let mut view = portal.view::<SeeRelease>(actor, Everything).await?;
    let rows = sqlx::query!(
        "select environment, bundle, revision, served_digest from release
         where served_digest ~>=~ $1 and served_digest ~<~ $2 and version_id is null
         order by sequence desc limit $3",
        digest,
        after,
        PAGE,
    )
    .fetch_all(view.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Hit::Release {
                environment: row.environment.parse::<Environment>()?,
                bundle: policy::bundle(&row.bundle)?,
                revision: row.revision,
                digest: row.served_digest,
            })
        })
        .collect()
}

/// OPAs by a part of their name; a name that several use is found as often.
async fn instances(portal: &Portal, actor: &Actor, asked: &Asked) -> Result<Vec<Hit>> {
    let Some(words) = &asked.words else { return Ok(vec![]) };
    let mut view = portal.view::<SeeFleet>(actor, Everything).await?;
    let rows = sqlx::query!(
        r#"select id as "id!", name as "name!", environment as "environment!" from fleet where name ilike $1
           order by length(name), name, last_seen desc limit $2"#,
        anywhere(words),
        PAGE,
    )
    .fetch_all(view.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let environment = row.environment.parse::<Environment>()?;
            Ok(Hit::Instance { id: row.id.into(), name: row.name, environment })
        })
        .collect()
}

/// The first digest that begins so, and the first after all that do: no digit of hex comes after `f`.
fn within(asked: &Asked) -> (Option<String>, Option<String>) {
    asked.digest.clone().map(|beginning| (beginning.clone(), beginning + "g")).unzip()
}
