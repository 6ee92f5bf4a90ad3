export { canonicalize, type CanonicalOptions, type Canonicalized } from './canonicalize.js';
export { canonicalDecimal, divideDecimals, multiplyDecimals } from './decimal.js';
export {
  canonicalText,
  combineDigests,
  DIGEST_VERSION,
  differingFields,
  equalValues,
  recordDigest,
  toCombinedDigest,
  toCombinedDigests,
  toKeyDigests,
  type CombinedDigest,
} from './digest.js';
export {
  combinedBitsSql,
  combinedDigestSql,
  packedDigestsSql,
  packedKeyDigestsSql,
  recordDigestSql,
  type DigestColumn,
} from './digest-sql.js';
export { bitsTextSql, rowBitsSql } from './row-hash-sql.js';
export { sortedKeys } from './sorted-keys.js';
export { mariadbCombinedDigestSql, mariadbRecordDigestSql, type MariadbDigestColumn } from './digest-sql-mariadb.js';
