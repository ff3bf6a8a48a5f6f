-- Decisions are told newest first, from any of them on; instants are shared, so the id settles the order.
create index decision_order on decision (decided_at desc, decision_id desc);
drop index decision_newest;
