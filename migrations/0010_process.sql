-- Two processes may report under one name, so each has a row of its own.
alter table instance
    drop constraint instance_environment_name_key,
    add unique (environment, name, process);
-- A predecessor goes when its successor has been there for a while.
grant delete on instance to aegis_server;

-- The fleet: every instance but those whose successor began after their last word. OPA's own id is new for every
-- process, so one that was started again is a row more.
create view fleet as
select * from instance
where not exists (
    select from instance successor
    where successor.environment = instance.environment and successor.name = instance.name
      and successor.first_seen > instance.last_seen
);
grant select on fleet to aegis_server;
