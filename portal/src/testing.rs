//! The portal as tests set it up: on a real Postgres, signed in with the serving role, with a folder for
//! archives, a fresh key, and a clock that is wound by hand.

use chrono::{DateTime, TimeDelta, Utc};
use rego::{
    check::Namespaces,
    folder::Folder,
    opa::Opa,
    worker::{Config, Drafts, program_for_tests},
};
use sqlx::{ConnectOptions, PgPool, Postgres, Transaction, postgres::PgConnectOptions};
use tempfile::TempDir;

use crate::{
    Actor, Environment, Id, Person, Portal, Scope, Settings, Token,
    access::{Grant, Job, Role, TokenScope},
    clock::{Clock, ManualClock, SystemClock},
    exception::{Category, Number, Wanted},
    identity::{self, Secret, WantedToken},
    key::Keys,
    object::{self, ObjectStore},
    policy::{self, Bundle, Changeset, VersionRef},
    release::pointer,
};

/// The small policy that worlds are set up with.
pub const POLICY: &str = r#"# METADATA
# title: S3 encryption
# description: Every bucket is encrypted.
# custom:
#   severity: high
package aegis.provisioning.s3

finding contains {"rule": "deny_no_encryption", "name": input.resource.name, "msg": "no encryption"} if {
	object.get(input.resource, "encryption", null) == null
}

deny contains found if {
	some found in finding
	found.rule == "deny_no_encryption"
}
"#;

/// Its test: a policy without one is not covered.
pub const POLICY_TEST: &str = r#"package aegis.provisioning.s3_test

test_denies if {
	count(data.aegis.provisioning.s3.deny) == 1 with input as {"resource": {"name": "b"}}
}
"#;

pub struct World {
    pub portal: Portal,
    pub clock: ManualClock,
    /// What the server itself signs in with: for tests of what it may not do.
    pub server: PgPool,
    /// The tables' owner: for setting up what no room can, and for looking behind.
    pub owner: PgPool,
    /// Where the archives are.
    pub folder: TempDir,
}

impl World {
    pub async fn new(owner: PgPool) -> Self {
        let folder = tempfile::tempdir().expect("a folder for archives");
        Self::on(owner, folder).await
    }

    /// A world whose objects are kept there, and not in its folder.
    pub async fn kept_in(owner: PgPool, objects: ObjectStore) -> Self {
        let folder = tempfile::tempdir().expect("a folder for keys");
        let settings = Settings { objects, ..settings(&folder) };
        Self::set(owner, folder, settings).await
    }

    async fn on(owner: PgPool, folder: TempDir) -> Self {
        let settings = settings(&folder);
        Self::set(owner, folder, settings).await
    }

    async fn set(owner: PgPool, folder: TempDir, settings: Settings) -> Self {
        let serving = serving(&owner).await;
        let clock = ManualClock::at(DateTime::UNIX_EPOCH + TimeDelta::days(20_000));
        let portal = Portal::open(serving.to_url_lossy().as_str(), clock.clone(), settings);
        Self {
            portal: portal.expect("an address that we wrote"),
            clock,
            server: PgPool::connect_lazy_with(serving),
            owner,
            folder,
        }
    }

    /// Another server's portal on the same database, archives and keys, by the machine's own clock, which
    /// reaches its database through this port of 127.0.0.1.
    pub async fn behind(&self, port: u16) -> Portal {
        let serving = serving(&self.owner).await;
        // Made anew, for options that name a socket keep it.
        let through = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(port)
            .username(serving.get_username())
            .password("test")
            .database(serving.get_database().expect("each test has a database of its own"));
        let portal = Portal::open(through.to_url_lossy().as_str(), SystemClock, settings(&self.folder));
        portal.expect("an address that we wrote")
    }

    /// A portal on the same database, archives and keys that has no demo people.
    pub async fn without_demo_people(&self) -> Portal {
        let serving = serving(&self.owner).await;
        let settings = Settings { demo: false, ..settings(&self.folder) };
        let portal = Portal::open(serving.to_url_lossy().as_str(), self.clock.clone(), settings);
        portal.expect("an address that we wrote")
    }

    /// A portal on the same database and archives whose signing key was lost: it has made another.
    pub async fn without_its_key(&self) -> Portal {
        std::fs::remove_file(self.folder.path().join("keys/signing.pem")).expect("a key");
        let serving = serving(&self.owner).await;
        let portal =
            Portal::open(serving.to_url_lossy().as_str(), self.clock.clone(), settings(&self.folder));
        portal.expect("an address that we wrote")
    }

    /// Somebody enrolled with roles that hold everywhere.
    pub async fn person(&self, name: &str, roles: &[Role]) -> Actor {
        let id = identity::enrol(&self.portal, &Actor::Job(Job::SetUp), name, "", roles, false).await;
        person(id.expect("set-up enrols people"), name, roles, &Scope::Portal)
    }

    /// What somebody holds now, as their session would have it.
    pub async fn grants(&self, person: Id<Person>) -> Vec<Grant> {
        let mut conn = self.owner.acquire().await.expect("a database");
        let held = identity::grants_of(&mut conn, &[person.uuid()]).await.expect("grants can be read");
        held.into_values().next().unwrap_or_default()
    }

    /// A token of somebody, or of an environment's OPAs, that ends in a day.
    pub async fn token(
        &self,
        owner: Option<Id<Person>>,
        environment: Option<Environment>,
        scopes: &[TokenScope],
    ) -> (Id<Token>, Secret) {
        let (name, scopes, ends_at) = ("test".to_owned(), scopes.to_vec(), self.in_days(1));
        let wanted = WantedToken { id: Id::fresh(), name, owner, environment, scopes, ends_at };
        let issued = identity::issue_token(&self.portal, &Actor::Job(Job::SetUp), wanted).await;
        issued.expect("set-up issues tokens")
    }

    pub async fn requester(&self) -> Actor {
        self.person("ann", &[Role::Requester]).await
    }

    pub async fn approver(&self) -> Actor {
        self.person("bob", &[Role::Approver]).await
    }

    pub async fn author(&self) -> Actor {
        self.person("cat", &[Role::Author]).await
    }

    /// The small policy, pushed: its first version.
    pub async fn pushed(&self, by: &Actor) -> VersionRef {
        let changeset = self.push(by, &[("s3/s3.rego", POLICY), ("s3/s3_test.rego", POLICY_TEST)]).await;
        changeset.versions.into_iter().next().unwrap_or_else(|| panic!("it passes: {:?}", changeset.report))
    }

    pub async fn push(&self, by: &Actor, files: &[(&str, &str)]) -> Changeset {
        let files = files.iter().map(|&(path, text)| (path.to_owned(), text.to_owned().into()));
        policy::push(&self.portal, by, Folder::from_files(files), "a test").await.expect("checks can be run")
    }

    pub fn wanted(&self) -> Wanted {
        Wanted {
            policy: "aegis.provisioning.s3".into(),
            rule: "deny_no_encryption".into(),
            resources: vec!["legacy-archive-bucket".into()],
            environments: vec![Environment::production()],
            justification: "migration is scheduled".into(),
            ticket: "SEC-1234".into(),
            category: Category::Waiver,
            until: self.in_days(30),
        }
    }

    pub fn in_days(&self, days: i64) -> DateTime<Utc> {
        self.clock.now() + TimeDelta::days(days)
    }

    /// Holds an exception's row, as a deed under way does.
    pub async fn hold(&self, number: Number) -> Transaction<'static, Postgres> {
        let mut deed = self.owner.begin().await.expect("a free connection");
        sqlx::query("select from exception where number = $1 for update")
            .bind(number.0)
            .execute(&mut *deed)
            .await
            .expect("a row to hold");
        deed
    }

    /// Holds an environment's bundle, as a release under way does.
    pub async fn hold_pointer(
        &self,
        environment: &Environment,
        bundle: Bundle,
    ) -> Transaction<'static, Postgres> {
        let mut deed = self.owner.begin().await.expect("a free connection");
        pointer::take(&mut deed, environment, bundle).await.expect("a pointer to hold");
        deed
    }

    /// Returns when so many deeds wait for a row that another one holds.
    pub async fn until_waiting(&self, deeds: i64) {
        let waiting = "select count(*) from pg_stat_activity
                       where datname = current_database() and wait_event_type = 'Lock'";
        while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&self.owner).await.expect("a count") < deeds {}
    }

    /// The audit in words, oldest first, from the first entry that is not set-up's.
    pub async fn audit(&self) -> Vec<String> {
        sqlx::query_scalar(
            "select case when token is not null then 'token' when person is not null then 'person' else job end
                    || ' ' || permission || ': ' || (event->>'kind')
             from audit where job is distinct from 'set-up' order by seq",
        )
        .fetch_all(&self.owner)
        .await
        .expect("the audit can be read")
    }
}

fn settings(folder: &TempDir) -> Settings {
    Settings {
        objects: ObjectStore::Folder(object::Folder::new(folder.path().join("objects"))),
        keys: Keys::open(&folder.path().join("keys")).expect("a key"),
        drafts: Drafts::new(Config { program: program_for_tests(), ..Config::drafts() }),
        opa: Some(Opa::find(None).expect("tests need opa: set OPA_BIN")),
        namespaces: Namespaces::default(),
        demo: true,
    }
}

pub fn person(id: Id<Person>, name: &str, roles: &[Role], scope: &Scope) -> Actor {
    let grants = roles.iter().map(|&role| Grant { role, scope: scope.clone() }).collect();
    // Nobody is asked again, whatever the clock is wound to.
    Actor::Person {
        id,
        name: name.into(),
        grants,
        proven_at: Some(DateTime::<Utc>::MAX_UTC - identity::PROVEN),
        address: None,
    }
}

pub fn token_of(owner: &Actor, scopes: &[TokenScope]) -> Actor {
    let Actor::Person { id: owner, grants, .. } = owner.clone() else { panic!("a person owns a token") };
    let (scopes, within) = (scopes.to_vec(), Scope::Portal);
    Actor::Token { id: Id::fresh(), owner: Some(owner), scopes, within, grants, address: None }
}

/// An OPA of that environment.
pub fn opa(environment: Environment) -> Actor {
    let within = Scope::Environment(environment);
    Actor::Token {
        id: Id::fresh(),
        owner: None,
        scopes: vec![TokenScope::Opa],
        within,
        grants: vec![],
        address: None,
    }
}

/// Signs in as a real server does: a member of the role that the migration grants to.
async fn serving(owner: &PgPool) -> PgConnectOptions {
    sqlx::query(
        "do $$ begin create role aegis_server_test login password 'test' in role aegis_server;
         exception when duplicate_object or unique_violation then null; end $$",
    )
    .execute(owner)
    .await
    .expect("tests may make a role");
    owner.connect_options().as_ref().clone().username("aegis_server_test").password("test")
}
