-- From where an entry was asked for, and when whoever asked had last proved who they are. Of entries before these two
-- columns nobody knows, and their texts in the log stay what they were.
alter table audit add column address inet, add column proven_at timestamptz;
create index audit_of_addresses on audit (address, seq) where address is not null;
