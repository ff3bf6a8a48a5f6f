//! Folders that are pushed: what becomes a version, and what is refused with all its faults.

use portal::{
    Actor, Environment, Error, Permission, Scope,
    access::{Grant, Job, Role},
    exception::{self, Refusal, Wanted},
    identity,
    policy::{self, Bundle, Number},
    release,
    report::{Check, Outcome},
    testing::{POLICY, POLICY_TEST, World},
};
use rego::folder::Folder;
use sqlx::PgPool;

const SET_UP: Actor = Actor::Job(Job::SetUp);

#[sqlx::test(migrations = "../migrations")]
async fn a_folder_that_passes_becomes_a_version_with_its_policies(pool: PgPool) {
    let w = World::new(pool).await;
    let author = w.author().await;

    let version = w.pushed(&author).await;

    assert_eq!((version.bundle, version.number.to_string()), (Bundle::Provisioning, "v1.0.0".into()));
    let shown = policy::show(&w.portal, &author, "aegis.provisioning.s3").await.unwrap();
    assert_eq!(shown.policy.rules, ["deny_no_encryption"]);
    assert_eq!(
        shown.files.iter().map(|file| (file.path.as_str(), file.test)).collect::<Vec<_>>(),
        [("s3/s3.rego", false), ("s3/s3_test.rego", true)]
    );
    assert_eq!(shown.report.tests.len(), 1);
    assert_eq!(w.audit().await, ["person policy.push: changeset_passed"]);
}

#[sqlx::test(migrations = "../migrations")]
async fn the_same_files_make_no_second_version(pool: PgPool) {
    let w = World::new(pool).await;
    let author = w.author().await;

    let (first, again) = (w.pushed(&author).await, w.pushed(&author).await);

    assert_eq!(first, again);
    assert_eq!(policy::versions(&w.portal, &author, None).await.unwrap().len(), 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_a_push_left_that_came_to_nothing_is_in_nobodys_way(pool: PgPool) {
    let w = World::new(pool).await;
    let author = w.author().await;
    let folder = w.folder.path().join("objects/provisioning");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("v1.0.0.tar.gz"), "of other files, whose row was never committed").unwrap();

    w.pushed(&author).await;

    let archive = release::archive(&w.portal, &author, Bundle::Provisioning, Number::FIRST).await.unwrap();
    assert_eq!(std::fs::read(folder.join("v1.0.0.tar.gz")).unwrap(), archive);
}

/// What is wrong, the folder, the check that finds it, and a part of the file's name.
type Faulty<'a> = (&'a str, &'a [(&'a str, &'a str)], Check, &'a str);

#[sqlx::test(migrations = "../migrations")]
async fn a_folder_with_a_fault_is_refused_whole_and_changes_nothing(pool: PgPool) {
    let w = World::new(pool).await;
    let author = w.author().await;
    let failing = "package aegis.provisioning.s3_test\n\ntest_fails if {\n\tfalse\n}\n";
    let wrong = r#"{"package": "aegis.provisioning.s3", "deny": [{"rule": "deny_all"}]}"#;
    let cases: [Faulty<'_>; 6] = [
        (
            "a syntax error",
            &[("s3.rego", "package aegis.provisioning.s3\n\ndeny contains if {")],
            Check::Parse,
            "s3.rego",
        ),
        ("another namespace", &[("x.rego", "package other.s3\n\nx := 1\n")], Check::Namespace, "x.rego"),
        (
            "two defaults",
            &[
                ("a.rego", "package aegis.provisioning.s3\n\ndefault allow := false\n"),
                ("b.rego", "package aegis.provisioning.s3\n\ndefault allow := true\n"),
            ],
            Check::Conflict,
            "b.rego",
        ),
        ("a failing test", &[("s3.rego", POLICY), ("s3_test.rego", failing)], Check::Tests, "s3_test.rego"),
        (
            "a fixture that wants something else",
            &[
                ("rego/s3.rego", POLICY),
                ("rego/s3_test.rego", POLICY_TEST),
                ("test-fixtures/cases/b/input.json", r#"{"resource": {"name": "b"}}"#),
                ("test-fixtures/cases/b/want.json", wrong),
            ],
            Check::Fixtures,
            "test-fixtures/cases/b",
        ),
        ("a path that leaves the folder", &[("../s3.rego", POLICY)], Check::Folder, "../s3.rego"),
    ];
    for (what, files, check, file) in cases {
        let refused = w.push(&author, files).await;
        let fault = refused.report.faults().find(|fault| fault.check == check);
        let fault = fault.unwrap_or_else(|| panic!("{what}: {:?}", refused.report));
        assert!(!refused.passed && refused.versions.is_empty(), "{what}");
        assert!(fault.file.contains(file) && !fault.reason.is_empty(), "{what}: {fault:?}");
    }
    assert!(policy::list(&w.portal, &author).await.unwrap().is_empty());
    assert!(policy::versions(&w.portal, &author, None).await.unwrap().is_empty());
    assert!(w.audit().await.iter().all(|entry| entry == "person policy.push: changeset_refused"));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_check_has_one_outcome_whoever_finds_its_faults(pool: PgPool) {
    let w = World::new(pool).await;
    let over_a_rule = r#"{"aegis": {"provisioning": {"s3": {"deny": 1}}}, "elsewhere": 1}"#;
    let files = [("s3/s3.rego", POLICY), ("s3/s3_test.rego", POLICY_TEST), ("data.json", over_a_rule)];

    let report = w.push(&w.author().await, &files).await.report;

    let checks: Vec<_> = report.outcomes.iter().map(Outcome::check).collect();
    assert!(checks.is_sorted_by(|a, b| a < b), "{checks:?}");
    let reasons: Vec<_> = report.faults().map(|fault| fault.reason.as_str()).collect();
    assert!(reasons.iter().any(|reason| reason.contains("deny")), "{reasons:?}");
    assert!(reasons.iter().any(|reason| reason.contains("data.elsewhere")), "{reasons:?}");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_version_shows_what_it_changed(pool: PgPool) {
    let w = World::new(pool).await;
    let author = w.author().await;
    w.pushed(&author).await;
    let changed = POLICY.replace("no encryption", "not encrypted");

    let changeset = w.push(&author, &[("s3/s3.rego", &changed), ("s3/s3_test.rego", POLICY_TEST)]).await;

    let shown = policy::version(&w.portal, &author, changeset.versions[0].id).await.unwrap();
    assert_eq!(shown.before.map(|before| before.number.to_string()).as_deref(), Some("v1.0.0"));
    assert_eq!(shown.changes.len(), 1);
    assert_eq!(shown.changes[0].new.as_deref(), Some(changed.as_str()));
    assert_eq!(shown.changes[0].old.as_deref(), Some(POLICY));
}

#[sqlx::test(migrations = "../migrations")]
async fn whoever_may_not_push_is_told_before_the_work(pool: PgPool) {
    let w = World::new(pool).await;
    let folder = Ok(Folder::from_files([("s3.rego".to_owned(), POLICY.into())]).unwrap());
    let refused = policy::push(&w.portal, &w.approver().await, folder, "").await;
    assert_eq!(refused, Err(Error::Forbidden(Permission::PushPolicy)));
}

/// The small policy under another package, with this owner.
fn of(package: &str, owner: &str) -> (String, String) {
    let named = |text: &str| text.replace("provisioning.s3", &format!("provisioning.{package}"));
    (
        named(POLICY).replace("severity: high", &format!("severity: high\n#   owner: {owner}")),
        named(POLICY_TEST),
    )
}

#[sqlx::test(migrations = "../migrations")]
async fn an_author_of_one_owner_changes_their_policies_and_no_others(pool: PgPool) {
    let w = World::new(pool).await;
    let (admin, all) = (w.person("ada", &[Role::Admin]).await, w.author().await);
    let (pay, web) = (of("pay", "payments"), of("web", "web"));
    let files = |pay: &str, web: &str| {
        let own = |text: &(String, String), name: &str| {
            [
                (format!("{name}/{name}.rego"), text.0.clone()),
                (format!("{name}/{name}_test.rego"), text.1.clone()),
            ]
        };
        let (pay, web) = ((pay.to_owned(), of("pay", "payments").1), (web.to_owned(), of("web", "web").1));
        own(&pay, "pay").into_iter().chain(own(&web, "web")).collect::<Vec<_>>()
    };
    let push = async |by: &Actor, files: Vec<(String, String)>| {
        let folder = Folder::from_files(files.into_iter().map(|(path, text)| (path, text.into())));
        policy::push(&w.portal, by, folder, "a test").await.map(|changeset| changeset.versions.len())
    };
    let paula = w.person("paula", &[]).await;
    let id = paula.by().and_then(|by| by.person()).unwrap();
    let mine = Grant { role: Role::Author, scope: Scope::Owner("payments".into()) };
    identity::grant(&w.portal, &admin, id, mine).await.unwrap();
    let rights = async || {
        let grants = w.grants(id).await;
        Actor::Person { id, name: "paula".into(), grants, proven_at: None, address: None }
    };
    // Before there are any: a new one of theirs, and none of another's.
    let forbidden = Err(Error::Forbidden(Permission::PushPolicy));
    assert_eq!(push(&rights().await, files(&pay.0, &web.0)).await, forbidden);
    assert_eq!(push(&rights().await, files(&pay.0, &web.0).into_iter().take(2).collect()).await, Ok(1));
    assert_eq!(push(&all, files(&pay.0, &web.0)).await, Ok(1));

    let clearer = |text: &str| text.replace("no encryption", "not encrypted");
    assert_eq!(push(&rights().await, files(&clearer(&pay.0), &web.0)).await, Ok(1), "theirs alone");
    assert_eq!(push(&rights().await, files(&clearer(&pay.0), &clearer(&web.0))).await, forbidden, "both");
    let without = files(&clearer(&pay.0), &web.0).into_iter().take(2).collect();
    assert_eq!(push(&rights().await, without).await, forbidden, "another's would be gone");
    let mut with_data = files(&clearer(&pay.0), &web.0);
    with_data.push(("aegis/provisioning/pay/data.json".into(), "{\"limit\": 3}".into()));
    assert_eq!(push(&rights().await, with_data).await, forbidden, "data belongs to nobody");
    // Neither is it taken away, nor does a policy go over to others, by an author of one owner.
    let mut data = files(&clearer(&pay.0), &web.0);
    data.push(("aegis/provisioning/pay/data.json".into(), "{\"limit\": 3}".into()));
    assert_eq!(push(&all, data.clone()).await, Ok(1));
    assert_eq!(push(&rights().await, files(&pay.0, &web.0)).await, forbidden, "data would be gone");
    data[0].1 = pay.0.clone();
    assert_eq!(push(&rights().await, data.clone()).await, Ok(1), "it stays as it was");
    data[0].1 = pay.0.replace("owner: payments", "owner: web");
    assert_eq!(push(&rights().await, data.clone()).await, forbidden, "to another owner");
    // What was there once is no new policy.
    let (web_alone, pay_alone) = (data.split_off(2), data);
    drop(pay_alone);
    assert_eq!(push(&all, web_alone.clone()).await, Ok(1));
    let back =
        [("pay/pay.rego".to_owned(), of("pay", "payments").0), ("pay/pay_test.rego".into(), pay.1.clone())];
    assert_eq!(
        push(&rights().await, back.into_iter().chain(web_alone).collect()).await,
        Ok(1),
        "theirs still"
    );
    // The policy is theirs by its owner, for an approver too.
    let shown = policy::show(&w.portal, &rights().await, "aegis.provisioning.pay").await.unwrap();
    assert!(rights().await.may(Permission::PushPolicy, &Scope::Policy(shown.policy.id)));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_removed_policy_is_there_where_it_is_in_force_and_nowhere_else(pool: PgPool) {
    let w = World::new(pool).await;
    let (author, ann) = (w.author().await, w.requester().await);
    let ec2 = |text: &str| text.replace("provisioning.s3", "provisioning.ec2");
    let (policy, test) = (ec2(POLICY), ec2(POLICY_TEST));
    let both = [
        ("s3/s3.rego", POLICY),
        ("s3/s3_test.rego", POLICY_TEST),
        ("ec2/ec2.rego", &policy),
        ("ec2/ec2_test.rego", &test),
    ];
    let first = w.push(&author, &both).await.versions[0].clone();
    let listed = async || {
        let all = policy::list(&w.portal, &author).await.unwrap();
        all.into_iter().map(|policy| policy.package).collect::<Vec<_>>()
    };
    let leave = async |environment| {
        let policy = "aegis.provisioning.ec2".to_owned();
        let wanted = Wanted { policy, environments: vec![environment], ..w.wanted() };
        exception::request(&w.portal, &ann, wanted).await.map(drop)
    };
    w.pushed(&author).await;

    assert_eq!(listed().await, ["aegis.provisioning.s3"]);
    let removed = Err(Refusal::Removed("aegis.provisioning.ec2".into()).into());
    assert_eq!(leave(Environment::staging()).await, removed);
    release::begin(&w.portal, &SET_UP, Environment::production(), first.id).await.unwrap();
    assert_eq!(listed().await, ["aegis.provisioning.ec2", "aegis.provisioning.s3"]);
    assert_eq!(leave(Environment::production()).await, Ok(()));
    assert_eq!(leave(Environment::staging()).await, removed);
    assert!(policy::show(&w.portal, &author, "aegis.provisioning.ec2").await.is_ok());
}

#[sqlx::test(migrations = "../migrations")]
async fn pushing_again_stores_what_is_gone_and_signs_with_the_key_in_use(pool: PgPool) {
    let w = World::new(pool).await;
    let (author, development) = (w.author().await, Environment::development());
    let version = w.pushed(&author).await;
    release::begin(&w.portal, &SET_UP, development.clone(), version.id).await.unwrap();
    let signed = policy::version(&w.portal, &author, version.id).await.unwrap().version;
    let objects = w.folder.path().join("objects");
    std::fs::remove_dir_all(objects.join("archive")).unwrap();
    w.pushed(&author).await;
    assert!(release::archive(&w.portal, &author, Bundle::Provisioning, Number::FIRST).await.is_ok());

    let portal = w.without_its_key().await;
    let files =
        [("s3/s3.rego".to_owned(), POLICY.into()), ("s3/s3_test.rego".to_owned(), POLICY_TEST.into())];
    let again = policy::push(&portal, &author, Folder::from_files(files), "signed again").await.unwrap();

    assert_eq!(again.versions[0], version);
    let anew = policy::version(&portal, &author, version.id).await.unwrap().version;
    assert_eq!((anew.number, &anew.digest), (signed.number, &signed.digest));
    assert!(anew.keyid != signed.keyid && anew.served_digest != signed.served_digest);
    assert!(objects.join("provisioning/v1.0.0.tar.gz").exists());
    assert!(objects.join(format!("provisioning/v1.0.0.{}.tar.gz", anew.keyid)).exists());
    let promote = async || release::promote(&portal, &author, version.id, development.clone(), "").await;
    assert_eq!(promote().await.unwrap().digest, anew.served_digest);
    assert_eq!(promote().await, Err(release::Refusal::InForce.into()));
}
