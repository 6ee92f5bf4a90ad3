-- What the demo adds to Vendure's database: an audit of the statements that write, as in the demo's own shop. Then the
-- business data of a run before is deleted; administrators and settings stay.
CREATE TABLE IF NOT EXISTS demo_write_audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  relation text NOT NULL,
  operation text NOT NULL,
  row_count integer NOT NULL,
  writer text NOT NULL
);
CREATE OR REPLACE FUNCTION demo_note_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO demo_write_audit (relation, operation, row_count, writer)
  SELECT TG_TABLE_NAME, TG_OP, count(*), current_setting('application_name') FROM touched HAVING count(*) > 0;
  RETURN NULL;
END $$;

DO $$
DECLARE relation text;
BEGIN
  FOREACH relation IN ARRAY ARRAY['product', 'product_translation', 'product_variant', 'product_variant_translation',
    'product_variant_price', 'stock_level', 'customer'] LOOP
    EXECUTE format('CREATE OR REPLACE TRIGGER demo_note_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS touched
      FOR EACH STATEMENT EXECUTE FUNCTION demo_note_write()', relation);
    EXECUTE format('CREATE OR REPLACE TRIGGER demo_note_update AFTER UPDATE ON %I REFERENCING NEW TABLE AS touched
      FOR EACH STATEMENT EXECUTE FUNCTION demo_note_write()', relation);
    EXECUTE format('CREATE OR REPLACE TRIGGER demo_note_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS touched
      FOR EACH STATEMENT EXECUTE FUNCTION demo_note_write()', relation);
  END LOOP;
END $$;

TRUNCATE product, product_variant, customer CASCADE;
DO $$
DECLARE customers int[] := ARRAY(SELECT id FROM "user" WHERE id NOT IN (
  SELECT "userId" FROM administrator WHERE "userId" IS NOT NULL UNION SELECT "userId" FROM api_key));
BEGIN
  DELETE FROM authentication_method WHERE "userId" = ANY (customers);
  DELETE FROM session WHERE "userId" = ANY (customers);
  DELETE FROM "user" WHERE id = ANY (customers);
END $$;
TRUNCATE demo_write_audit;
