-- The shop: a copy of everything, empty at first; kilograms, cents, one column a language. What writes it is audited.
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

DO $$
DECLARE relation text;
BEGIN
  FOREACH relation IN ARRAY ARRAY['product', 'product_price', 'inventory', 'customer'] LOOP
    EXECUTE format('CREATE INDEX ON %I (updated_at, id)', relation);
    EXECUTE format('CREATE TRIGGER updated BEFORE UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION set_updated()', relation);
  END LOOP;
END $$;
