-- What somebody keeps of a list: its address's query under a name of theirs.
create table saved_view (
    id uuid primary key,
    person_id uuid not null references person,
    list text not null,
    name text not null,
    query text not null,
    saved_at timestamptz not null,
    constraint a_view_has_a_name check (length(name) between 1 and 40),
    constraint a_query_has_an_end check (length(query) <= 2000),
    unique (person_id, list, name)
);
grant select, insert, delete, update (query, saved_at) on saved_view to aegis_server;
