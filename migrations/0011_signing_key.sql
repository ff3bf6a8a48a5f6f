-- The public halves of the keys that bundles are signed with: what is in force is verified with the key that
-- signed it, also once the private half is lost.
create table signing_key (
    keyid text primary key,
    public_pem text not null,
    since timestamptz not null
);
grant select, insert on signing_key to aegis_server;

-- A version can be signed again; its number, its files and its digest stay.
grant update (served_digest, keyid, size) on version to aegis_server;
