-- People look for things by any part of their name: three letters of it find them without reading every row.
create extension if not exists pg_trgm;

-- What an exception is called besides its number. `array_to_string` is only stable, for what other types it takes;
-- of texts it makes the same text for ever.
create function exception_words(resources text[], ticket text) returns text
    language sql immutable parallel safe
    as $$ select array_to_string(resources, ' ') || ' ' || ticket $$;
create index exception_by_words on exception using gin (exception_words(resources, ticket) gin_trgm_ops);
create index policy_by_words on policy using gin ((package || ' ' || title) gin_trgm_ops);

-- A digest is found by how it begins, whatever the database's order of letters.
create index version_by_digest on version (digest text_pattern_ops);
create index version_by_served_digest on version (served_digest text_pattern_ops);
create index release_by_served_digest on release (served_digest text_pattern_ops);
