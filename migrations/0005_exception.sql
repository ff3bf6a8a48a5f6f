-- EXC-001 and on. A request that came to nothing leaves a gap.
create sequence exception_number;
grant usage on sequence exception_number to aegis_server;

create table exception (
    id uuid primary key,
    number bigint not null unique,
    policy_id uuid not null references policy,
    package text not null,
    -- As it was when leave was asked: the caps below stand on it.
    severity text not null,
    rule text not null,
    resources text[] not null,
    environments text[] not null,
    justification text not null,
    ticket text not null,
    category text not null,
    wanted_until timestamptz not null,
    requested_by uuid not null references person,
    requested_at timestamptz not null,
    state text not null,
    decided_by uuid references person,
    decided_at timestamptz,
    ends_at timestamptz,
    decision text not null default '',
    revoked_by uuid references person,
    revoked_at timestamptz,
    revocation text not null default '',
    constraint four_eyes check (state not in ('approved', 'denied', 'revoked') or decided_by <> requested_by),
    constraint a_justification_is_given check (length(justification) between 1 and 4000),
    constraint a_ticket_is_given check (length(ticket) between 1 and 200),
    constraint resources_are_named check (cardinality(resources) between 1 and 100),
    constraint no_patterns check (array_to_string(resources, '') !~ '[*?]'),
    constraint environments_are_named check (cardinality(environments) >= 1),
    constraint a_category_is_known check (category in ('waiver', 'mitigated')),
    constraint the_end_is_in_reach check (ends_at is null or (ends_at > decided_at and ends_at <= decided_at +
        case severity when 'critical' then interval '30 days' when 'high' then interval '90 days'
                      else interval '365 days' end)),
    -- The row's reader leans on this one: every state has what it knows and nothing else.
    constraint a_state_knows_its_own check (case state
        when 'requested' then num_nonnulls(decided_by, decided_at, ends_at, revoked_by, revoked_at) = 0
        when 'denied' then num_nonnulls(decided_by, decided_at) = 2
            and num_nonnulls(ends_at, revoked_by, revoked_at) = 0 and length(decision) > 0
        when 'withdrawn' then decided_at is not null
            and num_nonnulls(decided_by, ends_at, revoked_by, revoked_at) = 0
        when 'approved' then num_nonnulls(decided_by, decided_at, ends_at) = 3
            and num_nonnulls(revoked_by, revoked_at) = 0
        when 'revoked' then num_nonnulls(decided_by, decided_at, ends_at, revoked_by, revoked_at) = 5
            and length(revocation) > 0
        else false
    end)
);
create index exception_by_policy on exception (policy_id, number desc);
create index exception_newest on exception (number desc);
-- What the exceptions bundle is made of.
create index exception_approved on exception (ends_at) where state = 'approved';
grant select, insert,
    update (state, decided_by, decided_at, ends_at, decision, revoked_by, revoked_at, revocation)
    on exception to aegis_server;
