import type { AuditLine } from '#contracts';
import { stringify } from 'csv-stringify/sync';

const COLUMNS = [
  ...['at', 'service', 'seq', 'actor', 'kind', 'verb', 'resource', 'target', 'requestId', 'phase', 'outcome'],
  ...['keyId', 'prev', 'hash'],
] as const satisfies readonly (keyof AuditLine)[];

/**
 * Entries as a table (RFC 4180). A text that a spreadsheet would take for a formula has an apostrophe before it: actors and
 * targets come from outside. @see https://owasp.org/www-community/attacks/CSV_Injection
 */
export function toAuditCsv(entries: readonly AuditLine[], hasHeader: boolean): string {
  const options = { header: hasHeader, columns: [...COLUMNS], escape_formulas: true, record_delimiter: '\r\n' };
  return stringify([...entries], options);
}
