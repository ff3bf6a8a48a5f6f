create table decision (
    -- OPA's `decision_id`: what is sent twice is stored once.
    decision_id text primary key,
    environment text not null references environment,
    instance text not null,
    path text not null,
    decided_at timestamptz not null,
    received_at timestamptz not null,
    event jsonb not null
);
create index decision_newest on decision (decided_at desc);
grant select, insert on decision to aegis_server;

-- What was sent as a decision and is none: kept for a look, and acknowledged, since OPA would send it for ever.
create table decision_quarantine (
    id bigint generated always as identity primary key,
    environment text not null references environment,
    received_at timestamptz not null,
    reason text not null,
    event bytea not null
);
grant select, insert on decision_quarantine to aegis_server;
