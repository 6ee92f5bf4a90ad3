-- A small wholesaler: an ERP, a PIM, a warehouse and a shop, a schema each. What changes a row stamps it.
CREATE SCHEMA erp;
CREATE SCHEMA pim;
CREATE SCHEMA wms;
CREATE SCHEMA shop;

CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN NEW.changed_at := clock_timestamp(); RETURN NEW; END $$;

CREATE TABLE erp.article (
  article_no text COLLATE "C" PRIMARY KEY, maker text, weight_g int, unit text,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE erp.price (
  article_no text COLLATE "C" PRIMARY KEY, amount numeric(12, 2),
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE pim.text (
  article_no text COLLATE "C" PRIMARY KEY, title_de text, title_en text, body_en text, maker text,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE wms.stock (
  article_no text COLLATE "C" PRIMARY KEY, on_hand numeric(14, 3),
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE shop.product (
  sku text COLLATE "C" PRIMARY KEY, title_de text, title_en text, body_en text, brand text, weight_kg numeric(12, 3),
  unit text, changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE shop.price (
  sku text COLLATE "C" PRIMARY KEY, amount numeric(12, 2), changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE shop.stock (
  sku text COLLATE "C" PRIMARY KEY, quantity numeric(14, 3), changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TRIGGER stamp BEFORE UPDATE ON erp.article FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE TRIGGER stamp BEFORE UPDATE ON erp.price FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE TRIGGER stamp BEFORE UPDATE ON pim.text FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE TRIGGER stamp BEFORE UPDATE ON wms.stock FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE TRIGGER stamp BEFORE UPDATE ON shop.product FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE TRIGGER stamp BEFORE UPDATE ON shop.price FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE TRIGGER stamp BEFORE UPDATE ON shop.stock FOR EACH ROW EXECUTE FUNCTION stamp();

INSERT INTO erp.article
SELECT 'A-' || 10000 + i, (ARRAY['Würth & Söhne', 'Bolt Bros.', 'Česká Ocel', '山本金属'])[1 + i % 4], 40 + i * 7 % 900,
  (ARRAY['C62', 'KGM', 'MTR'])[1 + i % 3]
FROM generate_series(1, 240) AS i;
INSERT INTO erp.price SELECT article_no, 1.9 + row_number() OVER () * 37 % 400 FROM erp.article;
INSERT INTO pim.text
SELECT article_no, thing_de || ' M' || size || ' ' || quality_de, thing_en || ' M' || size || ', ' || quality_en,
  thing_en || ' for indoor and outdoor use. ' || 'Packed by the hundred.', maker
FROM (SELECT article_no, maker, row_number() OVER () AS i, 3 + row_number() OVER () % 20 AS size FROM erp.article) AS a,
  LATERAL (SELECT (ARRAY['Sechskantschraube', 'Flügelmutter', 'Schlauchschelle', 'Gewindestange'])[1 + i % 4] AS thing_de,
    (ARRAY['Hexagon bolt', 'Wing nut', 'Hose clamp', 'Threaded rod'])[1 + i % 4] AS thing_en,
    (ARRAY['verzinkt', 'aus Edelstahl', 'schwarz'])[1 + i % 3] AS quality_de,
    (ARRAY['galvanised', 'stainless', 'black'])[1 + i % 3] AS quality_en) AS words;
INSERT INTO wms.stock SELECT article_no, row_number() OVER () * 13 % 500 FROM erp.article;

-- What an attacker would write, in the key and in every text.
INSERT INTO erp.article
VALUES ('X/1?a=<b>&"''#%2e', '<img src=x onerror="document.title=''hacked''">', 1, 'C62');
INSERT INTO erp.price VALUES ('X/1?a=<b>&"''#%2e', 9.9);
INSERT INTO pim.text
SELECT article_no, '"><script>document.title="hacked"</script>', 'javascript:document.title="hacked"',
  '{{constructor.constructor(''document.title=1'')()}} <svg onload=document.title=1>', maker
FROM erp.article WHERE article_no LIKE 'X/%';
