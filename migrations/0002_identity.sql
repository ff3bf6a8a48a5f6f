create table person (
    id uuid primary key,
    name text not null,
    -- One of the demo's people; such a name is theirs alone.
    demo boolean not null default false,
    -- What the demo's sign-in page says of them.
    about text not null default '',
    created_at timestamptz not null,
    constraint a_person_has_a_name check (length(name) between 1 and 200)
);
create unique index demo_person_by_name on person (name) where demo;
grant select, insert, update (about) on person to aegis_server;

create table person_grant (
    person_id uuid not null references person,
    role text not null,
    policy_id uuid,
    environment text references environment,
    -- In a policy, in an environment, or (neither) in the whole portal.
    constraint a_grant_has_one_scope check (num_nonnulls(policy_id, environment) <= 1),
    unique nulls not distinct (person_id, role, policy_id, environment)
);
grant select, insert, delete on person_grant to aegis_server;

create table session (
    -- SHA-256 of the secret that the browser holds.
    digest bytea primary key,
    person_id uuid not null references person,
    opened_at timestamptz not null,
    used_at timestamptz not null,
    closed_at timestamptz,
    constraint a_digest_is_sha256 check (length(digest) = 32)
);
grant select, insert, update (used_at, closed_at) on session to aegis_server;

create table token (
    id uuid primary key,
    -- SHA-256 of the secret that the machine holds.
    digest bytea not null unique,
    name text not null,
    owner_id uuid references person,
    environment text references environment,
    scopes text[] not null,
    issued_at timestamptz not null,
    ends_at timestamptz not null,
    revoked_at timestamptz,
    constraint a_digest_is_sha256 check (length(digest) = 32),
    constraint a_token_ends check (ends_at > issued_at and ends_at <= issued_at + interval '365 days'),
    -- An `opa` token belongs to its environment, any other to a person.
    constraint a_token_has_an_owner check (
        case when 'opa' = any (scopes) then scopes = array['opa'] and environment is not null
             else owner_id is not null end)
);
grant select, insert, update (revoked_at) on token to aegis_server;
