-- The ERP: German names, numeric ids, grams, codes. Triggers keep the time of change; nobody else sets it.
CREATE FUNCTION set_geaendert() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN NEW.geaendert_am := now(); RETURN NEW; END $$;

CREATE TABLE artikel (
  artikel_id integer PRIMARY KEY,
  artikelnr text NOT NULL UNIQUE,
  bezeichnung text NOT NULL,
  ean13 text,
  hersteller text NOT NULL,
  warengruppe text NOT NULL,
  einheit text NOT NULL CHECK (einheit IN ('ST', 'KG', 'M')),
  gewicht_g integer NOT NULL,
  steuerkz smallint NOT NULL CHECK (steuerkz IN (1, 2)),
  status char(1) NOT NULL CHECK (status IN ('A', 'S')),
  geaendert_am timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON artikel (geaendert_am, artikel_id);
CREATE TRIGGER geaendert BEFORE UPDATE ON artikel FOR EACH ROW EXECUTE FUNCTION set_geaendert();

CREATE TABLE preis (
  preis_id integer PRIMARY KEY,
  artikelnr text NOT NULL REFERENCES artikel (artikelnr),
  liste text NOT NULL,
  waehrung char(3) NOT NULL,
  betrag numeric(12, 2) NOT NULL,
  brutto smallint NOT NULL,
  gueltig_bis timestamptz,
  geaendert_am timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON preis (geaendert_am, preis_id);
CREATE INDEX ON preis (artikelnr);
CREATE TRIGGER geaendert BEFORE UPDATE ON preis FOR EACH ROW EXECUTE FUNCTION set_geaendert();

CREATE TABLE kunde (
  kunden_id integer PRIMARY KEY,
  kundennr text NOT NULL UNIQUE,
  firma text NOT NULL,
  ustid text,
  preisgruppe text NOT NULL,
  email text,
  geaendert_am timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON kunde (geaendert_am, kunden_id);
CREATE TRIGGER geaendert BEFORE UPDATE ON kunde FOR EACH ROW EXECUTE FUNCTION set_geaendert();
