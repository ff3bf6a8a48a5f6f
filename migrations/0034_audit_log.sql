-- The audit as a log that others can verify: each entry is a leaf of a Merkle tree, whose states are signed.

-- Entries without a leaf yet. A row comes in its entry's own transaction, so that the two are seen at the same moment:
-- numbers are handed out before commit, and whoever went by them would leave out what commits late. Only a list of what
-- is to be done: which entries have a leaf is said by the leaves alone.
create table audit_pending (entry bigint primary key);
grant select, insert, delete on audit_pending to aegis_server;

-- The schema is named, for a table of that name among somebody's temporary ones would come first.
create function await_a_leaf() returns trigger language plpgsql as
$$ begin
    execute format('insert into %I.audit_pending select seq from new_entries', tg_table_schema);
    return null;
end $$;
create trigger an_entry_awaits_its_leaf after insert on audit
    referencing new table as new_entries for each statement execute function await_a_leaf();
insert into audit_pending select seq from audit;

create table audit_leaf (
    -- From 0, without a gap.
    index bigint primary key check (index >= 0),
    entry bigint not null unique references audit,
    -- Its own hash, and the root of each full subtree that ends with it, 32 bytes each, from the bottom up.
    hashes bytea not null,
    constraint hashes_are_sha256 check (length(hashes) > 0 and length(hashes) % 32 = 0)
);
grant select, insert on audit_leaf to aegis_server;

-- The log's branches: a restore takes entries back that were signed for, and the log goes on as another one.
create table audit_branch (
    number int primary key check (number >= 1),
    -- How many entries it began with.
    size bigint not null,
    begun_at timestamptz not null,
    -- The newest checkpoint as it was stored then, which this branch goes on from.
    after text,
    -- Whether that was signed with another key, so that nothing from before can be verified with this one.
    another_key boolean not null default false
);
grant select, insert on audit_branch to aegis_server;
insert into audit_branch (number, size, begun_at) values (1, 0, now());

-- What was signed, and when. The object store has the same, out of this database's reach.
create table audit_checkpoint (
    branch int not null references audit_branch,
    size bigint not null,
    note text not null,
    at timestamptz not null,
    primary key (branch, size)
);
grant select, insert on audit_checkpoint to aegis_server;

-- What came of verifying the log the last time: all of it, or its newest part.
create table audit_verification (
    part text primary key,
    at timestamptz not null,
    size bigint not null,
    -- What was found wrong first.
    wrong text,
    constraint a_part_is_known check (part in ('whole', 'newest'))
);
grant select, insert, update on audit_verification to aegis_server;

create trigger leaves_are_append_only before update or delete or truncate on audit_leaf
    for each statement execute function refuse_to_rewrite();
create trigger branches_are_append_only before update or delete or truncate on audit_branch
    for each statement execute function refuse_to_rewrite();
create trigger checkpoints_are_append_only before update or delete or truncate on audit_checkpoint
    for each statement execute function refuse_to_rewrite();

-- Also where a session passes itself off as a replica's, for which ordinary triggers do not fire.
alter table audit enable always trigger the_audit_is_append_only;
alter table audit enable always trigger an_entry_awaits_its_leaf;
alter table audit_leaf enable always trigger leaves_are_append_only;
alter table audit_branch enable always trigger branches_are_append_only;
alter table audit_checkpoint enable always trigger checkpoints_are_append_only;
