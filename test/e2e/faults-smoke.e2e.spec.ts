import { describe, expect, test } from '@jest/globals';
import { runFaults } from './run-faults.js';

describe('faults', () => {
  test('what a killed process, a connector dead between two steps, and a cut Kafka leave is mended', async () => {
    const result = await runFaults(['--smoke', '--seed', '1', '--json']);
    expect(result).toMatchObject({ verdict: 'valid', cells: 3, invalid: [], unknown: [], skipped: [] });
  }, 600_000);
});
