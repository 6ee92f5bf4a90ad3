import { describe, expect, test } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { TokenGuard } from './index.js';

function request(path: string, authorization?: string): ExecutionContext {
  const getRequest = (): unknown => ({ path, headers: { authorization } });
  return { switchToHttp: () => ({ getRequest }) } as unknown as ExecutionContext;
}

describe('TokenGuard', () => {
  const guard = new TokenGuard('correct-horse-battery');

  test('lets the bearer of the token pass', () => {
    expect(guard.canActivate(request('/status', 'Bearer correct-horse-battery'))).toBe(true);
    expect(guard.canActivate(request('/status', 'bearer correct-horse-battery'))).toBe(true);
  });

  test.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Basic correct-horse-battery',
    'Bearer correct-horse',
    'Bearer correct-horse-battery x',
  ])('refuses %p', (header) => {
    expect(() => guard.canActivate(request('/status', header))).toThrow('bearer token');
  });

  test('only /health/live and webhooks are open', () => {
    expect(guard.canActivate(request('/health/live'))).toBe(true);
    expect(guard.canActivate(request('/webhook'))).toBe(true);
    for (const path of ['/health/ready', '/metrics', '/health/live/x', '/'])
      expect(() => guard.canActivate(request(path))).toThrow('bearer token');
  });
});
