"""Makes the databases of the test system: `python prepare.py ADMIN_DATABASE DATABASE…`.

The first one is slow (30 s): an empty Tryton with its modules, a company and a few basics. It is built once under a name
of its own; the others are copies, made in a second. What exists is left alone.
"""
import os
import sys

import psycopg

# A new number for every change of the template: databases of an older one are left where they are.
TEMPLATE = 'tryton_template_8_2_1_v1'
# One launcher builds at a time, whichever stack it belongs to; the number is arbitrary.
BUILD_LOCK = 8_201_001


def main(admin_database, names):
    uri = os.environ['TRYTOND_DATABASE__URI']
    with psycopg.connect(uri + admin_database, autocommit=True) as server:
        server.execute('SELECT pg_advisory_lock(%s)', [BUILD_LOCK])
        missing = [name for name in names if not exists(server, name)]
        if missing and not exists(server, TEMPLATE):
            build_template(server)
        for name in missing:
            server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"')


def exists(server, name):
    found = server.execute('SELECT 1 FROM pg_database WHERE datname = %s', [name])
    return found.fetchone() is not None


def build_template(server):
    """Under another name until it is complete, so that a launcher that was killed leaves no half template."""
    from template import fill

    unfinished = TEMPLATE + '_unfinished'
    server.execute(f'DROP DATABASE IF EXISTS "{unfinished}" WITH (FORCE)')
    server.execute(f"CREATE DATABASE \"{unfinished}\" TEMPLATE template0 ENCODING 'UTF8'")
    fill(unfinished)
    # Tryton's own pool still holds connections to it.
    server.execute('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s', [unfinished])
    server.execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{TEMPLATE}"')


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2:])
