-- A sign-in under way in which somebody is to prove anew who they are, though the provider may know them still.
alter table sign_in_attempt add column anew boolean not null default false;

-- Grants for all policies of one owner, as their METADATA names it: those of today and those to come.
alter table person_grant
    add column owner text,
    drop constraint a_grant_has_one_scope,
    drop constraint person_grant_person_id_role_policy_id_environment_key,
    add constraint a_grant_has_one_scope check (num_nonnulls(policy_id, environment, owner) <= 1),
    add constraint an_owner_has_a_name check (length(owner) between 1 and 200),
    add constraint a_person_is_granted_it_once unique nulls not distinct (person_id, role, policy_id, environment, owner);
alter table group_role
    add column owner text,
    drop constraint a_grant_has_one_scope,
    drop constraint group_role_group_name_role_policy_id_environment_key,
    -- In a policy, in those of an owner, in an environment, or (none of these) in the whole portal.
    add constraint a_grant_has_one_scope check (num_nonnulls(policy_id, environment, owner) <= 1),
    add constraint an_owner_has_a_name check (length(owner) between 1 and 200),
    add constraint a_group_is_granted_it_once unique nulls not distinct (group_name, role, policy_id, environment, owner);
create or replace view held as
select person_id, role, policy_id, environment, owner from person_grant
union
select person_id, role, policy_id, environment, owner from person_group join group_role using (group_name);
create index policy_by_owner on policy (owner);

-- When a machine last came with it: told to a minute.
alter table token add column used_at timestamptz;
grant update (used_at) on token to aegis_server;
create index token_by_owner on token (owner_id, id desc);
create index token_by_end on token (ends_at) where revoked_at is null;

-- SHA-256 of a version's data, which belongs to no policy: whoever may change the policies of one owner leaves it as it
-- is. Of earlier versions it is not known.
alter table version add column data_digest bytea;
