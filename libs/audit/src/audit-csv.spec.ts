import { expect, test } from '@jest/globals';
import type { AuditLine } from '#contracts';
import { parse } from 'csv-parse/sync';
import { toAuditCsv } from './audit-csv.js';

const rowsOf = (text: string): string[][] => parse(text, { columns: false });
const line = (actor: string, target: string): AuditLine =>
  ({
    ...{ service: 'golden', seq: '7', at: '2026-11-26T22:05:00.000000Z', actor, kind: 'person', verb: 'approve' },
    ...{ resource: 'hold', target, requestId: 'r', phase: 'ended', outcome: 'done', keyId: 'k', prev: 'p', hash: 'h' },
  }) as AuditLine;

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '=HYPERLINK("http://x","y")'])(
  'a spreadsheet takes %j for a text',
  (hostile) => {
    const [, row = []] = rowsOf(toAuditCsv([line(hostile, hostile)], true));
    expect([row[3], row[7]]).toEqual([`'${hostile}`, `'${hostile}`]);
  },
);

test('quotes, commas and line breaks stay in their cell; a later part has no header', () => {
  const text = toAuditCsv([line('a "b", c\r\nd', 'GET /x')], false);
  expect(rowsOf(text)).toHaveLength(1);
  expect(rowsOf(text)[0]?.[3]).toBe('a "b", c\r\nd');
  expect(toAuditCsv([], true)).toBe(
    'at,service,seq,actor,kind,verb,resource,target,requestId,phase,outcome,keyId,prev,hash\r\n',
  );
});
