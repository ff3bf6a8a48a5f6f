-- From where an entry was asked for, and when whoever asked had last proved who they are. Of entries before these two
-- columns nobody knows, and their texts in the log stay what they were.
alter table audit add column address inet, add column proven_at timestamptz;
create index audit_of_addresses on audit (address, seq) where address is not null;

-- A server from before this would give new entries their places without these two, for good. It finds nothing to do
-- under the name it knows, and leaves it to those that know better.
alter table audit_pending rename column entry to seq;
