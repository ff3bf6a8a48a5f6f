-- What a decision came to, read once when it is kept: numbers and lists of it must not read each event again.
--
-- The gravest of what the rules `allow`, `deny`, `exempted` and `warn` found, in one policy or in all below a folder.
-- A result with none of them is an answer, but no verdict. (The portal reads the single findings in the same way.)
create function found(rule jsonb) returns boolean language sql immutable parallel safe as
$$ select rule <> all (array['false', 'null', '""', '[]', '{}']::jsonb[]) $$;

create function verdict(document jsonb) returns text language plpgsql immutable parallel safe
set search_path from current as $$
begin
    if jsonb_typeof(document) is distinct from 'object' then
        return 'other';
    end if;
    if document ?| array['allow', 'deny', 'exempted', 'warn'] then
        return case
            when document->'allow' = 'false' or found(document->'deny') then 'denied'
            when found(document->'exempted') then 'exempted'
            when found(document->'warn') then 'advice'
            when document->'allow' = 'true' or document ? 'deny' then 'allowed'
            else 'other'
        end;
    end if;
    return coalesce(
        (select outcome from (select verdict(value) as outcome from jsonb_each(document)) below
         order by array_position(array['denied', 'exempted', 'advice', 'allowed', 'other'], outcome) limit 1),
        'other');
end
$$;

alter table decision add column outcome text not null generated always as (
    case
        when event ? 'error' then 'error'
        when not event ? 'result' then 'undefined'
        -- One rule alone was asked for.
        when path ~ '(^|/)(allow|deny|exempted|warn)$'
            then verdict(jsonb_set('{}', array[substring(path from '[^/]*$')], event->'result'))
        else verdict(event->'result')
    end
) stored;

-- A day's numbers are read from this alone, and the list behind each of them in its order.
create index decision_outcome on decision (outcome, decided_at desc, decision_id desc);
-- What everybody narrows the list to.
create index decision_by_instance on decision (instance, decided_at desc, decision_id desc);
create index decision_by_environment on decision (environment, decided_at desc, decision_id desc);
create index decision_quarantine_newest on decision_quarantine (received_at);

-- What an instance said of itself whenever that was something new. Of reports that say the same again only the time of
-- the last is kept, in `instance`.
create table instance_report (
    instance uuid not null references instance on delete cascade,
    at timestamptz not null,
    opa_version text not null,
    bundles jsonb not null,
    ready boolean not null,
    primary key (instance, at)
);
grant select, insert, delete on instance_report to aegis_server;
