-- A rule is looked for by any part of its name, among the policies that have it and the exceptions from it.
create function exception_names(resources text[], rule text, ticket text) returns text
    language sql immutable parallel safe
    as $$ select array_to_string(resources, ' ') || ' ' || rule || ' ' || ticket $$;
create index exception_by_names on exception using gin (exception_names(resources, rule, ticket) gin_trgm_ops);
drop index exception_by_words;
drop function exception_words(text[], text);

create function policy_names(package text, title text, rules text[]) returns text
    language sql immutable parallel safe
    as $$ select package || ' ' || title || ' ' || array_to_string(rules, ' ') $$;
create index policy_by_names on policy using gin (policy_names(package, title, rules) gin_trgm_ops);
drop index policy_by_words;

-- So is an OPA.
create index instance_by_name on instance using gin (name gin_trgm_ops);
