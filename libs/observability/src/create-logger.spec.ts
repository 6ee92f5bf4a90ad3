import { expect, test } from '@jest/globals';
import { HubError } from '#kernel';
import { createLogger, createMetrics } from './index.js';

function logged(write: (log: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  write(
    createLogger('golden', 'info', {
      write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>),
    }),
  );
  return lines;
}

test('a line has level, time, service, facts and a message; lower levels are dropped', () => {
  const [line, ...rest] = logged((log) => {
    log.debug({}, 'unseen');
    log.child({ system: 'erp' }).warn({ offset: 12n }, 'message parked');
  });
  expect(rest).toEqual([]);
  expect(line).toMatchObject({
    level: 'warn',
    service: 'golden',
    system: 'erp',
    offset: '12',
    message: 'message parked',
  });
});

test('secrets are hidden by name and in URLs, also inside errors and their causes', () => {
  const cause = new Error('connect postgres://u:sesame@db/x failed');
  const [line] = logged((log) =>
    log.error(
      {
        token: 'sesame',
        config: { dbPassword: 'sesame', list: ['redis://:sesame@r'] },
        error: new HubError('HUB_SOURCE_ERROR', 'no', {}, { cause }),
      },
      'x',
    ),
  );
  expect(JSON.stringify(line)).not.toContain('sesame');
  expect(line).toMatchObject({
    error: { code: 'HUB_SOURCE_ERROR', cause: { message: 'connect postgres://[hidden]@db/x failed' } },
  });
});

test('a metric keeps its kind', async () => {
  const metrics = createMetrics({ processMetrics: false });
  metrics.observe('plumbline_relay_batch_ms', 3);
  metrics.gauge('plumbline_outbox_rows', 5, { service: 'golden' });
  metrics.gauge('plumbline_outbox_rows', 4, { service: 'golden' });
  expect(await metrics.text()).toContain('plumbline_outbox_rows{service="golden"} 4');
  expect(() => metrics.count('plumbline_outbox_rows', 1)).toThrow('two kinds');
});
