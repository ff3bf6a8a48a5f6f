-- A year of a large company, set by set: 20,000 exceptions, 1,000,000 audit entries and 50,000 decisions, on top of
-- what the demo has set up. Run by the owner; `audit` only takes appends.
begin;

create temporary table who on commit drop as
    select id, name, row_number() over (order by name) - 1 as at from person;
create temporary table what on commit drop as
    select id, package, severity, rules, row_number() over (order by package) - 1 as at
    from policy where excepts and cardinality(rules) > 0;

-- One in ten waits or has lapsed, one in ten was denied, the rest was approved; of those a third is over.
insert into exception (id, number, policy_id, package, severity, rule, resources, environments, justification, ticket,
    category, wanted_until, requested_by, requested_at, state, decided_by, decided_at, ends_at, decision)
select gen_random_uuid(), nextval('exception_number'), what.id, what.package, what.severity,
    what.rules[1 + n % cardinality(what.rules)],
    array['bucket-' || n, 'module.team' || n % 400 || '.aws_s3_bucket.archive[' || n || ']'],
    case n % 3 when 0 then array['production'] when 1 then array['staging'] else array['staging', 'production'] end,
    'Service ' || n % 900 || ' is moved this quarter by team ' || n % 400 || '; the new one is encrypted, and the old one has no readers left.',
    'SEC-' || 1000 + n, case n % 2 when 0 then 'waiver' else 'mitigated' end, asked + interval '25 days',
    asker.id, asked, stands,
    case when stands <> 'requested' then decider.id end, case when stands <> 'requested' then asked + interval '3 hours' end,
    case when stands = 'approved' then asked + interval '3 hours' + interval '25 days' end,
    case when stands = 'denied' then 'Encrypt it instead.' else '' end
from (
    select n, now() - (n % 75) * interval '1 day' - (n % 1440) * interval '1 minute' as asked,
        case n % 10 when 0 then 'requested' when 1 then 'denied' else 'approved' end as stands
    from generate_series(1, 20000) n
) one
join what on what.at = one.n % (select count(*) from what)
join who asker on asker.at = one.n % (select count(*) from who)
join who decider on decider.at = (one.n + 1) % (select count(*) from who);

-- People decide now and then; nearly all of the log is sign-ins, reloads and refusals.
insert into audit (at, person, token, job, permission, address, event)
select one.at, case when n % 50 = 0 then null else who.id end, null, case when n % 50 = 0 then 'set-up' end, permission,
    case when n % 50 > 0 then ('10.' || n % 4 || '.' || n / 7 % 256 || '.' || n % 251)::inet end,
    case permission
        when 'session.open' then jsonb_build_object('kind', case n % 2 when 0 then 'signed_in' else 'signed_out' end, 'id', who.id, 'name', who.name)
        when 'fleet.reload' then jsonb_build_object('kind', 'reload_triggered', 'environment', (array['development', 'staging', 'production'])[1 + n % 3])
        when 'audit.see' then jsonb_build_object('kind', 'refused', 'on', 'everything')
        when 'exception.request' then jsonb_build_object('kind', 'exception_requested', 'id', gen_random_uuid(), 'number', 'EXC-' || lpad((n / 50)::text, greatest(3, length((n / 50)::text)), '0'))
        else jsonb_build_object('kind', 'exception_approved', 'id', gen_random_uuid(), 'number', 'EXC-' || lpad((n / 50)::text, greatest(3, length((n / 50)::text)), '0'), 'ends_at', one.at + interval '25 days', 'seen', md5(n::text))
    end
from (
    select n, now() - (1000000 - n) * interval '30 seconds' as at,
        case when n % 50 = 1 then 'exception.request' when n % 50 = 2 then 'exception.decide'
             when n % 10 = 3 then 'fleet.reload' when n % 100 = 4 then 'audit.see' else 'session.open' end as permission
    from generate_series(1, 1000000) n
) one
join who on who.at = one.n % (select count(*) from who)
order by n;

insert into decision (decision_id, environment, instance, path, decided_at, received_at, event)
select gen_random_uuid(), (array['staging', 'production'])[1 + n % 2], 'opa-' || n % 40,
    (array['aegis/provisioning', 'aegis/provisioning/s3', 'aegis/ai/pii'])[1 + n % 3], at, at + interval '2 seconds',
    jsonb_build_object('decision_id', n, 'labels', jsonb_build_object('id', n % 40), 'path', 'aegis',
        'input', jsonb_build_object('resource', jsonb_build_object('name', 'bucket-' || n, 'type', 'aws_s3_bucket')),
        'result', jsonb_build_object('allow', n % 20 > 0, 'deny', case when n % 20 = 0 then jsonb_build_array(jsonb_build_object('rule', 'deny_no_encryption', 'name', 'bucket-' || n, 'msg', 'must be encrypted')) else '[]' end),
        'bundles', jsonb_build_object('aegis-provisioning', jsonb_build_object('revision', 'v1.0.0')),
        'metrics', jsonb_build_object('timer_server_handler_ns', 900000 + n))
from (select n, now() - n * interval '2 seconds' as at from generate_series(1, 50000) n) one;

commit;
vacuum analyze;
-- The portal gives all of them their places in its log: what is measured is how it answers after that.
do $$ begin while exists (select from audit_pending) loop perform pg_sleep(1); end loop; end $$;
