-- What a decision came to, read once when it is kept: numbers and lists of it must not read each event again.
--
-- A question about `…/allow` or `…/deny` has its answer in the result itself; one about a policy, or about a folder of
-- policies, in the result's members of those names. A result with none of them is an answer, but no verdict.
alter table decision add column outcome text not null generated always as (
    case
        when event ? 'error' then 'error'
        when not event ? 'result' then 'undefined'
        when path ~ '(^|/)allow$' and event->'result' = 'false' then 'denied'
        when path ~ '(^|/)allow$' and event->'result' = 'true' then 'allowed'
        when path ~ '(^|/)deny$' and jsonb_path_exists(event, '$.result[*] ? (@.type() == "string" || @.type() == "object")') then 'denied'
        when path ~ '(^|/)deny$' then 'allowed'
        when jsonb_path_exists(event, '$.result.**{0 to 1}.allow ? (@ == false)')
          or jsonb_path_exists(event, '$.result.**{0 to 1}.deny[*] ? (@.type() == "string" || @.type() == "object" || @ == true)') then 'denied'
        when jsonb_path_exists(event, '$.result.**{0 to 1}.exempted[*] ? (@.type() == "string" || @.type() == "object")') then 'exempted'
        when jsonb_path_exists(event, '$.result.**{0 to 1}.warn[*] ? (@.type() == "string" || @.type() == "object")') then 'advice'
        when jsonb_path_exists(event, '$.result.**{0 to 1}.allow ? (@ == true)')
          or jsonb_path_exists(event, '$.result.**{0 to 1}.deny') then 'allowed'
        else 'other'
    end
) stored;

-- A day's numbers are read from this alone, and the list behind each of them in its order.
create index decision_outcome on decision (outcome, decided_at desc, decision_id desc);

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
