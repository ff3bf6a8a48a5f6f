-- Run by the owner. The server signs in as a member of `aegis_server`, which owns nothing: it can
-- neither alter a table nor switch a trigger off, and may write only what is granted below.
-- Roles belong to the whole Postgres, so another database, or the operator, may have made it already.
do $$
begin
    if not exists (select from pg_roles where rolname = 'aegis_server') then
        create role aegis_server nologin;
    end if;
exception when duplicate_object or unique_violation then
    null; -- another database's migration was quicker
end
$$;

-- Postgres before 15 lets everybody create tables in `public`.
revoke create on schema public from public;

create table environment (
    name text primary key,
    -- Versions move from lower to higher.
    position int not null unique,
    -- Whether a second person confirms what is promoted here.
    guarded boolean not null,
    constraint a_name_is_plain check (name ~ '^[a-z0-9-]{1,40}$')
);
insert into environment values ('development', 1, false), ('staging', 2, false), ('production', 3, true);
grant select on environment to aegis_server;
