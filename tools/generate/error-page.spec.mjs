import { expect, test } from '@jest/globals';

import { readErrorCodes } from './error-page.mjs';

test('reads every entry, whatever its quotes and line breaks', () => {
  const source = [
    "  HUB_A: ['stop', 'Correct it.'],",
    '  HUB_B: ["retry", "The system\'s own log says why."],'.replace('"retry"', "'retry'"),
    "  HUB_C: [\n    'park',\n    'A long line.',\n  ],",
  ].join('\n');
  expect(readErrorCodes(source)).toEqual([
    { code: 'HUB_A', disposition: 'stop', hint: 'Correct it.' },
    { code: 'HUB_B', disposition: 'retry', hint: "The system's own log says why." },
    { code: 'HUB_C', disposition: 'park', hint: 'A long line.' },
  ]);
});

test('refuses a table of which it would lose a code', () => {
  expect(() => readErrorCodes("  HUB_A: ['stop', `Correct it.`],")).toThrow('names 1 codes, of which only 0');
});
