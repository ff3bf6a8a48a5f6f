-- A policy may have become more severe while a request waited: what is approved is kept as it was judged.
grant update (severity) on exception to aegis_server;
