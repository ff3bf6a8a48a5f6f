-- What is said of a decision has an end. Not asked of rows that are there: a revocation must never fail for what an
-- approver once wrote.
alter table exception
    add constraint a_decision_has_an_end check (state = 'revoked' or length(decision) <= 2000) not valid,
    add constraint a_revocation_has_an_end check (length(revocation) <= 2000) not valid;
