-- Lists are sorted, narrowed and gone through page by page: each order has an index to go along.

-- When it ends, as approved or else as asked; how severe it is; and all of its texts in which people look for words.
-- Rules for generated columns ask for functions that depend on nothing else: this one does not.
create function all_words(resources text[], more text) returns text language sql immutable parallel safe as
$$ select lower(array_to_string(resources, ' ') || ' ' || more) $$;
alter table exception
    add column ends timestamptz generated always as (coalesce(ends_at, wanted_until)) stored,
    add column rank int not null generated always as
        (case severity when 'critical' then 4 when 'high' then 3 when 'medium' then 2 else 1 end) stored,
    add column words text not null generated always as (all_words(resources,
        'exc-' || lpad(number::text, greatest(3, length(number::text)), '0') || ' ' || rule || ' ' || package || ' ' || ticket || ' ' || justification)) stored;
-- Parts of words are found by their groups of three letters.
create index exception_by_text on exception using gin (words gin_trgm_ops);
create index exception_by_end on exception (ends, number);
create index exception_by_rank on exception (rank, number);
-- What waits for an answer is counted for every page.
create index exception_waiting on exception (requested_at) where state = 'requested';

-- The audit holds a million entries before it is a year old. An entry is found by who, what, when and its words: whole
-- ones, for letters by three would be an index larger than the log.
alter table audit add column words tsvector not null generated always as (jsonb_to_tsvector('simple', event, '["string", "numeric"]')) stored;
create index audit_by_person on audit (person, seq);
create index audit_by_token on audit (token, seq) where token is not null;
create index audit_by_job on audit (job, seq) where job is not null;
create index audit_by_kind on audit ((event->>'kind'), seq);
create index audit_by_time on audit (at, seq);
create index audit_by_word on audit using gin (words);

create index version_by_time on version (created_at, id);
