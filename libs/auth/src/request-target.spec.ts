import { expect, test } from '@jest/globals';
import { BUILT_IN_ROLES } from './roles.js';
import { SERVICE_PRINCIPAL } from './principal.js';
import { RequestAccess } from './request-access.js';
import { targetOf } from './request-target.js';

const access = new RequestAccess({
  principal: SERVICE_PRINCIPAL,
  permission: 'mode:change',
  roles: BUILT_IN_ROLES,
  requestId: 'r-1',
});

test.each([
  ['a pair that lies across the end is left out', `${'a'.repeat(199)}😀`, 'a'.repeat(199)],
  ['a pair before the end is kept', `${'a'.repeat(198)}😀b`, `${'a'.repeat(198)}😀`],
])('a long name is cut between characters: %s', (_name, actor, kept) => {
  const request = { method: 'POST', path: '/mode', headers: {}, body: { actor } };
  expect(targetOf(request, access).actor).toBe(kept);
});
