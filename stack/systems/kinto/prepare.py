"""Makes Kinto's database and its tables: `python prepare.py INI DATABASE`; the server is that of MAINTENANCE_URL."""

import os
import sys

import psycopg2
from kinto.__main__ import main
from psycopg2 import sql

ini, database = sys.argv[1:]
server = psycopg2.connect(os.environ["MAINTENANCE_URL"])
server.autocommit = True  # CREATE DATABASE takes no transaction
with server.cursor() as cursor:
    # Two stacks may use one server: the second waits, then finds what the first made.
    cursor.execute("SELECT pg_advisory_lock(hashtext('plumbline kinto'))")
    cursor.execute("SELECT FROM pg_database WHERE datname = %s", [database])
    if cursor.rowcount == 0:
        cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(database)))
    status = main(["migrate", "--ini", ini])
server.close()
sys.exit(status)
