-- An audit of the statements that write: who wrote how many rows of which table. It proves in scene 4 that nothing was
-- written. Created again, it keeps what it has noted.
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

CREATE OR REPLACE FUNCTION demo_audit(relations text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  relation text;
  operation text;
BEGIN
  FOREACH relation IN ARRAY relations LOOP
    FOREACH operation IN ARRAY ARRAY['insert', 'update', 'delete'] LOOP
      EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER %s ON %I REFERENCING %s TABLE AS touched
        FOR EACH STATEMENT EXECUTE FUNCTION demo_note_write()', 'demo_note_' || operation, operation, relation,
        CASE operation WHEN 'delete' THEN 'OLD' ELSE 'NEW' END);
    END LOOP;
  END LOOP;
END $$;
