-- Few entries are of tokens and jobs, so that those of a source are found without going through all others.
create index audit_of_tokens on audit (seq) where token is not null;
create index audit_of_jobs on audit (seq) where job is not null;
