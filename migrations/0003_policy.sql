create sequence changeset_number;
grant usage on sequence changeset_number to aegis_server;

create table changeset (
    id uuid primary key,
    number bigint not null unique,
    pushed_by uuid references person,
    pushed_at timestamptz not null,
    note text not null,
    passed boolean not null,
    faults int not null,
    -- The checks, packages, tests and coverage, as rego reports them.
    report jsonb not null,
    constraint what_passed_has_no_faults check (passed = (faults = 0))
);
create index changeset_newest on changeset (number desc);
grant select, insert on changeset to aegis_server;

create table version (
    id uuid primary key,
    bundle text not null,
    major int not null,
    minor int not null,
    patch int not null,
    -- SHA-256 of the unsigned canonical archive without its revision: the same files make the same.
    content_digest text not null,
    -- SHA-256 of the unsigned canonical archive.
    digest text not null,
    -- SHA-256 of the signed archive as it is served.
    served_digest text not null,
    keyid text not null,
    size bigint not null,
    -- Whether OPA's own checks ran and passed.
    opa_checked boolean not null,
    changeset_id uuid not null references changeset,
    created_at timestamptz not null,
    unique (bundle, major, minor, patch)
);
create index version_newest on version (bundle, major desc, minor desc, patch desc);
create index version_by_changeset on version (changeset_id);
grant select, insert on version to aegis_server;

-- The changeset led to these versions; some of them may have been there before.
create table changeset_version (
    changeset_id uuid not null references changeset,
    version_id uuid not null references version,
    primary key (changeset_id, version_id)
);
grant select, insert on changeset_version to aegis_server;

-- Texts are kept once, whatever the number of versions that hold them.
create table source (
    digest bytea primary key,
    text text not null
);
grant select, insert on source to aegis_server;

create table version_file (
    version_id uuid not null references version,
    path text not null,
    -- None of a data file.
    package text,
    test boolean not null,
    source_digest bytea not null references source,
    primary key (version_id, path)
);
grant select, insert on version_file to aegis_server;

-- A policy is one package; its row says what its newest version says.
create table policy (
    id uuid primary key,
    package text not null unique,
    bundle text not null,
    title text not null,
    description text not null,
    severity text not null,
    owner text,
    controls text[] not null,
    rules text[] not null,
    excepts boolean not null,
    library boolean not null,
    version_id uuid not null references version,
    constraint a_severity_is_known check (severity in ('low', 'medium', 'high', 'critical'))
);
grant select, insert,
    update (bundle, title, description, severity, owner, controls, rules, excepts, library, version_id)
    on policy to aegis_server;
