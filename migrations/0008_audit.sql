create table audit (
    seq bigint generated always as identity primary key,
    at timestamptz not null,
    person uuid,
    token uuid,
    job text,
    permission text not null,
    event jsonb not null,
    -- By a person, by a token (of a person's, or of an environment's), or by a job.
    constraint an_entry_is_by_one_actor check (
        case when job is null then num_nonnulls(person, token) >= 1 else num_nonnulls(person, token) = 0 end)
);
create index audit_newest on audit (seq desc);
grant select, insert on audit to aegis_server;

create function refuse_to_rewrite() returns trigger language plpgsql as
$$ begin raise exception 'the audit is append-only'; end $$;

-- Rights keep the server out; this stops the owner's slip of the hand.
create trigger the_audit_is_append_only before update or delete or truncate on audit
    for each statement execute function refuse_to_rewrite();
