-- The shop: a copy of everything, empty at first; kilograms, cents, one column a language. Every statement that writes
-- is noted in write_audit, which proves in scene 4 that nothing was written.
CREATE FUNCTION set_updated() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;

CREATE TABLE product (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sku text NOT NULL UNIQUE,
  gtin text,
  title_de text,
  title_en text,
  body_de text,
  body_en text,
  manufacturer text,
  category_code text,
  unit_code text,
  weight_kg numeric(10, 3),
  vat_class text,
  is_active boolean,
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE product_price (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sku text NOT NULL,
  price_list text NOT NULL,
  currency text NOT NULL,
  amount_cents bigint,
  gross boolean,
  valid_until timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (sku, price_list, currency)
);
CREATE TABLE inventory (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sku text NOT NULL,
  location text NOT NULL,
  quantity numeric(14, 3),
  reorder_level numeric(14, 3),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (sku, location)
);
CREATE TABLE customer (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number text NOT NULL UNIQUE,
  name text,
  vat_id text,
  price_group text,
  email text,
  phone text,
  street text,
  postcode text,
  city text,
  country text,
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE write_audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  relation text NOT NULL,
  operation text NOT NULL,
  row_count integer NOT NULL,
  writer text NOT NULL
);
CREATE FUNCTION note_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO write_audit (relation, operation, row_count, writer)
  SELECT TG_TABLE_NAME, TG_OP, count(*), current_setting('application_name') FROM touched HAVING count(*) > 0;
  RETURN NULL;
END $$;

DO $$
DECLARE relation text;
BEGIN
  FOREACH relation IN ARRAY ARRAY['product', 'product_price', 'inventory', 'customer'] LOOP
    EXECUTE format('CREATE INDEX ON %I (updated_at, id)', relation);
    EXECUTE format('CREATE TRIGGER updated BEFORE UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION set_updated()', relation);
    EXECUTE format('CREATE TRIGGER note_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS touched
      FOR EACH STATEMENT EXECUTE FUNCTION note_write()', relation);
    EXECUTE format('CREATE TRIGGER note_update AFTER UPDATE ON %I REFERENCING NEW TABLE AS touched
      FOR EACH STATEMENT EXECUTE FUNCTION note_write()', relation);
    EXECUTE format('CREATE TRIGGER note_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS touched
      FOR EACH STATEMENT EXECUTE FUNCTION note_write()', relation);
  END LOOP;
END $$;
