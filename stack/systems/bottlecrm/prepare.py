"""Makes BottleCRM's database: a clone of a template that is migrated once (about 100 CPU seconds).

Arguments: template, database. The PostgreSQL server is that of DBHOST, DBPORT, DBUSER, DBPASSWORD and MAINTENANCE_DB;
HUB_TOKEN is the access token that the clone shall accept. A template gets its name only when it is complete.
"""

import os
import subprocess
import sys

import psycopg
from psycopg import sql

EMAIL = "hub@example.com"
ORG = "Plumbline"
# What the hub needs: the records, the definitions of custom fields, and whether it sees all of them.
SCOPES = [
    *("accounts:read", "accounts:write", "contacts:read", "contacts:write"),
    *("custom-fields:read", "profile:read"),
]
FIELDS = {"customer_number": "Customer number", "vat_id": "VAT id", "price_group": "Price group"}


def main():
    template, database = sys.argv[1:]
    with connect(os.environ["MAINTENANCE_DB"]) as server:
        # Two stacks may use one server: the second waits, then finds what the first made.
        server.execute("SELECT pg_advisory_lock(hashtext('plumbline bottlecrm'))")
        if not exists(server, template):
            make_template(server, template)
        if not exists(server, database):
            run(server, "CREATE DATABASE {} TEMPLATE {}", database, template)
    in_django(database, issue_token)


def make_template(server, template):
    building = f"{template}_building"
    run(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", building)
    run(server, "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", building)
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--verbosity", "1"],
        env={**os.environ, "DBNAME": building},
        check=True,
    )
    subprocess.run([sys.executable, __file__, "--seed", building], check=True)
    run(server, "ALTER DATABASE {} RENAME TO {}", building, template)


def seed():
    """An organisation, its administrator, and the custom fields that a hub needs."""
    from common.models import CustomFieldDefinition, Org, Profile, User

    org = Org.objects.create(name=ORG)
    user = User.objects.create(email=EMAIL, is_active=True)
    enter(org)
    Profile.objects.create(user=user, org=org, role="ADMIN", is_active=True)
    for target in ("Account", "Contact"):
        for key, label in FIELDS.items():
            CustomFieldDefinition.objects.create(
                org=org, target_model=target, key=key, label=label, field_type="text", is_filterable=True
            )


def issue_token():
    """Accepts HUB_TOKEN and no other token of an earlier start."""
    from common.models import PersonalAccessToken, Profile

    profile = Profile.objects.select_related("org").get(
        # Tests give the same user profiles in organisations of their own.
        user__email=EMAIL,
        org__name=ORG,
    )
    enter(profile.org)
    raw = os.environ["HUB_TOKEN"]
    PersonalAccessToken.objects.filter(profile=profile).delete()
    PersonalAccessToken.objects.create(
        org=profile.org,
        profile=profile,
        name="hub",
        token_hash=PersonalAccessToken.hash_token(raw),
        token_prefix=raw[:13],
        scopes=SCOPES,
    )


def enter(org):
    """Row-level security of a role that is no superuser: the session belongs to an organisation."""
    from django.db import connection

    connection.cursor().execute("SELECT set_config('app.current_org', %s, false)", [str(org.id)])


def in_django(database, work):
    os.environ["DBNAME"] = database
    import django

    django.setup()
    work()


def connect(database):
    return psycopg.connect(
        host=os.environ["DBHOST"],
        port=os.environ["DBPORT"],
        user=os.environ["DBUSER"],
        password=os.environ["DBPASSWORD"],
        dbname=database,
        autocommit=True,
    )


def exists(server, database):
    return server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone() is not None


def run(server, statement, *names):
    server.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


if __name__ == "__main__":
    if sys.argv[1] == "--seed":
        in_django(sys.argv[2], seed)
    else:
        main()
