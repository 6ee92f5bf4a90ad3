import { describe, expect, test } from '@jest/globals';
import { encodeHeaders, messageBytes, type OutboxRow } from '#outbox';
import fc from 'fast-check';
import { splitByBytes } from './kafka-event-publisher.js';
import { toBrokerError } from './kafka-errors.js';

const aRow = (size: number, index: number): OutboxRow => ({
  sequence: BigInt(index),
  topics: ['t'],
  key: 'k',
  value: Buffer.alloc(size),
  headers: encodeHeaders({ ce_id: '1' }),
});

test('requests hold all rows in order, and more than one row only below the limit', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(2_000), { maxLength: 60 }), (sizes) => {
      const rows = sizes.map(aRow);
      const runs = splitByBytes(rows, 2_500);
      expect(runs.flat()).toEqual(rows);
      for (const run of runs) {
        const bytes = run.reduce((sum, row) => sum + messageBytes(row), 0);
        expect(run.length === 1 || bytes <= 2_500).toBe(true);
      }
    }),
  );
});

describe('toBrokerError', () => {
  const kafkaError = (fields: object): Error => Object.assign(new Error('m'), { name: 'KafkaJSProtocolError' }, fields);

  test.each([
    ['HUB_BROKER_UNREACHABLE', kafkaError({ name: 'KafkaJSConnectionError', retriable: true })],
    ['HUB_BROKER_UNREACHABLE', kafkaError({ type: 'OUT_OF_ORDER_SEQUENCE_NUMBER', retriable: false })],
    ['HUB_TOPIC_MISSING', kafkaError({ retriable: false, cause: kafkaError({ type: 'UNKNOWN_TOPIC_OR_PARTITION' }) })],
    ['HUB_PAYLOAD_TOO_LARGE', kafkaError({ type: 'MESSAGE_TOO_LARGE', retriable: false })],
    ['HUB_BROKER_UNAUTHORISED', kafkaError({ type: 'TOPIC_AUTHORIZATION_FAILED', retriable: false })],
    ['HUB_BROKER_UNAUTHORISED', kafkaError({ name: 'KafkaJSSASLAuthenticationError', retriable: false })],
    [
      'HUB_BROKER_UNAUTHORISED',
      kafkaError({ name: 'KafkaJSConnectionError', code: 'SELF_SIGNED_CERT_IN_CHAIN', retriable: true }),
    ],
    ['HUB_BROKER_REJECTED', kafkaError({ type: 'INVALID_TOPIC_EXCEPTION', retriable: false })],
    ['HUB_INVARIANT_BROKEN', new TypeError('a bug')],
  ])('%s', (code, error) => {
    expect(toBrokerError(error)).toMatchObject({ code, cause: error });
  });
});
