-- The business data of a run before is deleted; administrators and settings stay.
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
