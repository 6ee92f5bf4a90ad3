import { expect, test } from '@jest/globals';
import type { WebhookStatus } from '#contracts';
import type { Instant } from '#kernel';
import { renderStatus } from './status.view.js';

const NOW_MS = Date.parse('2026-03-01T12:00:00Z');
const webhook: WebhookStatus = {
  ...{ name: 'crm-hook', host: 'hooks.example.com', offReason: null, problem: null },
  ...{ pending: 3, oldestPendingAt: '2026-03-01T11:00:00.000000Z' as Instant, parked: 0 },
};
const render = (change: Partial<WebhookStatus>): string =>
  renderStatus(
    {
      systems: [],
      golden: null,
      holds: [],
      unreachable: [],
      parked: [],
      objectives: [],
      webhooks: [{ ...webhook, ...change }],
    },
    NOW_MS,
  );

test('events on their way to a receiver are nothing wrong', () => {
  expect(render({})).toBe('Nothing is wrong.');
});

test('a receiver that is off, and events that were given up, name the next command', () => {
  const off = render({ offReason: 'The receiver answers 410: it takes no more events.' });
  expect(off).toContain('It is OFF, someone must act: The receiver answers 410');
  expect(off).toContain('3 events wait');
  const parked = render({ parked: 2, problem: 'The receiver answers 500.' });
  expect(parked).toContain('2 events were tried for days');
  for (const text of [off, parked]) expect(text).toContain('plumbline resend crm-hook');
});
