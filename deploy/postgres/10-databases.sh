#!/bin/bash
# Runs once, when the volume is new: the registry's database, and two small ones to try the hub on (erp, shop), which
# the user `reader` may only read: in mode `observe` that is enough.
set -euo pipefail

run() { psql --no-psqlrc --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" "$@"; }

run --dbname=postgres --set=password="$READER_PASSWORD" <<'SQL'
CREATE DATABASE registry;
CREATE DATABASE erp;
CREATE DATABASE shop;
CREATE ROLE reader LOGIN PASSWORD :'password';
SQL

run --dbname=erp <<'SQL'
CREATE TABLE products (sku text PRIMARY KEY, ean text, name text, brand text, weight_g numeric,
                       updated_at timestamptz NOT NULL DEFAULT now());
INSERT INTO products (sku, ean, name, brand, weight_g) VALUES
  ('A-1', '4006381333931', 'Hexagon bolt M8', 'Acme', 12),
  ('A-2', '4006381333948', 'Washer M8', 'Acme', 2),
  ('A-3', NULL, 'Threaded rod M8', 'Acme', 310);
GRANT SELECT ON products TO reader;
SQL

run --dbname=shop <<'SQL'
CREATE TABLE catalog_item (sku text PRIMARY KEY, gtin text, title text, maker text, weight_kg numeric,
                           changed_at timestamptz NOT NULL DEFAULT now());
INSERT INTO catalog_item (sku, gtin, title, maker, weight_kg) VALUES
  ('A-1', '4006381333931', 'Hexagon bolt M8', 'Acme', 0.012),
  ('A-2', '4006381333948', 'Washer M8 (old name)', 'Acme', 0.002);
GRANT SELECT ON catalog_item TO reader;
SQL
