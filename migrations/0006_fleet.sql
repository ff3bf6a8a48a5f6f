create table instance (
    id uuid primary key,
    environment text not null references environment,
    name text not null,
    process text not null,
    opa_version text not null,
    first_seen timestamptz not null,
    last_seen timestamptz not null,
    -- [{name, active_revision, error}], as OPA says it.
    bundles jsonb not null,
    dropped bigint not null,
    -- Whether the bundle plugin says that it is ready.
    ready boolean not null,
    unique (environment, name)
);
grant select, insert, update (process, opa_version, last_seen, bundles, dropped, ready) on instance to aegis_server;

-- The portal's own processes on this database.
create table server (
    id uuid primary key,
    started_at timestamptz not null,
    seen_at timestamptz not null
);
grant select, insert, update (seen_at), delete on server to aegis_server;
