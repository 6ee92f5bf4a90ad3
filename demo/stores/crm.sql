-- The CRM: contacts of customers; ids of its own.
CREATE FUNCTION set_modified() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN NEW.modified_on := now(); RETURN NEW; END $$;

CREATE TABLE contact (
  contact_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_no text NOT NULL UNIQUE,
  display_name text,
  email_address text,
  phone_number text,
  address_line text,
  zip text,
  town text,
  country_code char(2),
  modified_on timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON contact (modified_on, contact_id);
CREATE TRIGGER modified BEFORE UPDATE ON contact FOR EACH ROW EXECUTE FUNCTION set_modified();
