-- What the first request with a key was, and what it was answered; gone a day later.
create table idempotency (
    -- A person's or a token's id.
    actor uuid not null,
    route text not null,
    key text not null,
    -- SHA-256 of the request.
    request bytea not null,
    at timestamptz not null,
    status smallint,
    kind text,
    location text,
    body bytea,
    primary key (actor, route, key),
    constraint a_request_is_a_sha256 check (length(request) = 32),
    constraint an_answer_is_whole check (num_nonnulls(status, kind, body) in (0, 3))
);
create index idempotency_oldest on idempotency (at);
grant select, insert, delete, update (status, kind, location, body) on idempotency to aegis_server;
