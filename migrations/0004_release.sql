-- Counted up over the whole portal, so that of two releases the later one is known.
create sequence release_sequence;
grant usage on sequence release_sequence to aegis_server;

create table release (
    id uuid primary key,
    sequence bigint not null unique,
    environment text not null references environment,
    bundle text not null,
    -- None of the exceptions bundle.
    version_id uuid references version,
    revision text not null,
    served_digest text not null,
    keyid text not null,
    size bigint not null,
    released_by uuid references person,
    released_at timestamptz not null,
    how text not null,
    reason text not null,
    replaced text,
    constraint only_exceptions_have_no_version check ((version_id is null) = (bundle = 'aegis-exceptions')),
    constraint how_is_known check (how in ('begun', 'promoted', 'rolled_back', 'excepted')),
    constraint a_digest_is_sha256 check (served_digest ~ '^[0-9a-f]{64}$')
);
create index release_newest on release (environment, bundle, sequence desc);
grant select, insert on release to aegis_server;

-- What is in force: one pointer an environment and bundle.
create table pointer (
    environment text not null references environment,
    bundle text not null,
    release_id uuid not null references release,
    sequence bigint not null,
    -- The release that the object store's `latest` shows.
    stored_sequence bigint not null default 0,
    primary key (environment, bundle)
);
grant select, insert, update (release_id, sequence, stored_sequence) on pointer to aegis_server;

create function refuse_to_go_back() returns trigger language plpgsql as
$$ begin raise exception 'a pointer only moves to a later release'; end $$;
create trigger a_pointer_never_goes_back before update on pointer
    for each row when (new.sequence < old.sequence or new.stored_sequence < old.stored_sequence)
    execute function refuse_to_go_back();

create table promotion (
    id uuid primary key,
    environment text not null references environment,
    version_id uuid not null references version,
    asked_by uuid not null references person,
    asked_at timestamptz not null,
    reason text not null,
    pushed_by uuid references person,
    state text not null,
    decided_by uuid references person,
    decided_at timestamptz,
    decision text not null default '',
    constraint four_eyes check (state <> 'confirmed' or decided_by <> asked_by),
    constraint not_the_author check (state <> 'confirmed' or decided_by is distinct from pushed_by),
    constraint a_reason_is_given check (length(reason) between 1 and 2000),
    constraint a_state_knows_its_own check (case state
        when 'asked' then num_nonnulls(decided_by, decided_at) = 0
        when 'confirmed' then num_nonnulls(decided_by, decided_at) = 2
        when 'declined' then num_nonnulls(decided_by, decided_at) = 2 and length(decision) > 0
        when 'withdrawn' then decided_at is not null
        else false
    end)
);
create unique index asked_once on promotion (environment, version_id) where state = 'asked';
create index promotion_waiting on promotion (environment) where state = 'asked';
grant select, insert, update (state, decided_by, decided_at, decision) on promotion to aegis_server;
