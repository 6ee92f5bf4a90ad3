-- The WMS: quantities by item and warehouse.
CREATE FUNCTION set_counted() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN NEW.counted_at := now(); RETURN NEW; END $$;

CREATE TABLE stock_position (
  position_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  item_code text NOT NULL,
  warehouse text NOT NULL,
  quantity numeric(14, 3) NOT NULL,
  minimum numeric(14, 3),
  counted_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (item_code, warehouse)
);
CREATE INDEX ON stock_position (counted_at, position_id);
CREATE TRIGGER counted BEFORE UPDATE ON stock_position FOR EACH ROW EXECUTE FUNCTION set_counted();
