-- Who somebody is at the identity provider. Nobody is known by a name or a mail address: those go to others in time
-- (OpenID Connect Core 1.0, section 5.7).
create table person_identity (
    issuer text not null,
    subject text not null,
    person_id uuid not null references person,
    primary key (issuer, subject),
    constraint an_identity_has_an_end check (length(issuer) between 1 and 500 and length(subject) between 1 and 255)
);
create index person_identity_by_person on person_identity (person_id);
grant select, insert on person_identity to aegis_server;

-- What the provider last said of them, and since when they may not come in.
alter table person
    add column email text,
    add column disabled_at timestamptz,
    add constraint an_address_has_an_end check (length(email) <= 320);
grant update (name, email, disabled_at) on person to aegis_server;

-- The groups that somebody was in at the provider when they last signed in.
create table person_group (
    person_id uuid not null references person,
    group_name text not null,
    primary key (person_id, group_name),
    constraint a_group_has_a_name check (length(group_name) between 1 and 256)
);
grant select, insert, delete on person_group to aegis_server;

-- What a group of the provider's is granted here.
create table group_role (
    group_name text not null,
    role text not null,
    policy_id uuid,
    environment text references environment,
    mapped_at timestamptz not null,
    -- In a policy, in an environment, or (neither) in the whole portal.
    constraint a_grant_has_one_scope check (num_nonnulls(policy_id, environment) <= 1),
    constraint a_group_has_a_name check (length(group_name) between 1 and 256),
    unique nulls not distinct (group_name, role, policy_id, environment)
);
grant select, insert, delete on group_role to aegis_server;

-- What people hold, by hand or by a group.
create view held as
select person_id, role, policy_id, environment from person_grant
union
select person_id, role, policy_id, environment from person_group join group_role using (group_name);
grant select on held to aegis_server;

-- A session by the provider: ended by what it calls it, or by whose it is, and told to it when it ends here.
alter table session
    add column id uuid not null default gen_random_uuid() unique,
    add column issuer text,
    add column provider_session text,
    -- Names the session to the provider at sign-out; it goes with the session.
    add column id_token text,
    -- When they last proved to the provider who they are.
    add column proven_at timestamptz,
    -- What the browser calls itself, for whoever looks through their sessions.
    add column browser text not null default '',
    add constraint what_a_provider_says_has_an_end check (
        length(issuer) <= 500 and length(provider_session) <= 255 and length(id_token) <= 16384
        and length(browser) <= 200);
grant update (id_token) on session to aegis_server;
create index session_open_by_person on session (person_id) where closed_at is null;
create index session_open_by_provider on session (issuer, provider_session) where closed_at is null;

-- A sign-in under way, of the browser that holds the secret. It is used once.
create table sign_in_attempt (
    -- SHA-256 of that secret.
    digest bytea primary key,
    state text not null,
    nonce text not null,
    pkce_verifier text not null,
    leads_to text not null,
    -- A form that was sent when the session had ended.
    kept text,
    begun_at timestamptz not null,
    constraint a_digest_is_sha256 check (length(digest) = 32),
    constraint an_attempt_has_an_end check (
        length(state) <= 100 and length(nonce) <= 100 and length(pkce_verifier) <= 200
        and length(leads_to) <= 2000 and length(kept) <= 65536)
);
create index sign_in_attempt_by_age on sign_in_attempt (begun_at);
grant select, insert, delete on sign_in_attempt to aegis_server;

-- Logout tokens that were obeyed: each is obeyed once (OpenID Connect Back-Channel Logout 1.0, section 2.6).
create table logout_token (
    issuer text not null,
    id text not null,
    obeyed_at timestamptz not null,
    primary key (issuer, id),
    constraint an_id_has_an_end check (length(id) between 1 and 255)
);
create index logout_token_by_age on logout_token (obeyed_at);
grant select, insert, delete on logout_token to aegis_server;
