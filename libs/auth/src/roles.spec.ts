import { describe, expect, test } from '@jest/globals';
import type { GrantScope, PermissionPattern } from '#contracts';
import { BUILT_IN_ROLES, findBeyond, type RoleTable } from './roles.js';

const role = (scope: GrantScope | undefined, ...grants: readonly PermissionPattern[]) =>
  grants.map((permission) => ({ permission, ...(scope && { scope }) }));
const TABLE: RoleTable = {
  ...BUILT_IN_ROLES,
  keys: role(undefined, '*:read', 'access:*'),
  prices: role({ entities: ['price'] }, 'hold:approve'),
  stock: role({ entities: ['stock-level'] }, 'hold:approve'),
  both: role({ entities: ['price', 'stock-level'] }, 'hold:approve'),
  'erp-prices': role({ entities: ['price'], systems: ['erp'] }, 'hold:approve'),
  topics: role({ topicPrefixes: ['golden.'] }, 'replay:plan'),
  'price-topics': role({ topicPrefixes: ['golden.price', 'golden.product'] }, 'replay:plan'),
  'all-topics': role({ topicPrefixes: ['gold'] }, 'replay:plan'),
};
const beyond = (own: string, wanted: string) => findBeyond(TABLE, { own: own.split(' '), wanted: wanted.split(' ') });

describe('who hands rights on', () => {
  test.each([
    ['admin', 'viewer operator data approver admin keys prices topics'],
    ['data', 'viewer'],
    ['keys prices', 'viewer prices'],
    ['keys prices', 'erp-prices'],
    ['keys prices stock', 'both'],
    ['approver', 'both erp-prices'],
    ['topics', 'price-topics'],
    ['viewer', 'nobody-defined-it'],
  ])('%s can hand on %s', (own, wanted) => {
    expect(beyond(own, wanted)).toBeNull();
  });

  test.each([
    ['keys', 'admin', 'status:export'],
    ['keys', 'operator', 'hold:reject'],
    ['operator', 'data', 'status:export'],
    ['keys prices', 'approver', 'hold:approve'],
    ['prices', 'both', 'hold:approve'],
    ['erp-prices', 'prices', 'hold:approve'],
    ['stock', 'prices', 'hold:approve'],
    ['topics', 'all-topics', 'replay:plan'],
    ['nobody-defined-it', 'prices', 'hold:approve'],
  ])('%s can not hand on %s', (own, wanted, first) => {
    expect(beyond(own, wanted)).toBe(first);
  });
});
