import { expect, test } from '@jest/globals';
import { describeProblem, parseHubFile, type HubAccess } from './index.js';

const HUB = `hub: { name: demo }
systems:
  erp: { connector: sql, entities: { product: { source: products, key: [sku], fields: { ean: ean } } } }
survivorship: { product: { version: 1, create: [erp], owner: { erp: [ean] } } }
`;

function read(access: string): HubAccess | undefined | readonly string[] {
  const result = parseHubFile(`${HUB}${access}`, { env: {} });
  return 'problems' in result ? result.problems.map(describeProblem) : result.file.access;
}

test('roles are read with their limits, and what is left out has a default', () => {
  expect(read('')).toBeUndefined();
  expect(read('access: {}')).toEqual({ roles: {}, fourEyesAbove: null, auditsReads: false, limits: {} });
  const roles =
    'steward: { grants: [hold:approve, "*:read"], entities: [price], systems: erp, topicPrefixes: [golden.] }';
  expect(
    read(
      `access: { roles: { ${roles}, all: { grants: 'personal:read' } }, fourEyesAbove: 100, auditsReads: true, requestsPerMinute: 60 }`,
    ),
  ).toEqual({
    roles: {
      steward: ['hold:approve', '*:read'].map((permission) => ({
        permission,
        scope: { entities: ['price'], systems: ['erp'], topicPrefixes: ['golden.'] },
      })),
      all: [{ permission: 'personal:read' }],
    },
    ...{ fourEyesAbove: 100, auditsReads: true, limits: { requestsPerMinute: 60 } },
  });
});

test.each([
  ['{ roles: { admin: { grants: [] } } }', 'Every hub has the role "admin".'],
  ['{ roles: { Steward: { grants: [] } } }', '"Steward" can\'t be the name of a role.'],
  ['{ roles: { steward: {} } }', 'The field "grants" is missing.'],
  ['{ roles: { steward: { grants: [hold:everything] } } }', '"hold:everything" is no permission.'],
  ['{ roles: { steward: { grants: [hold] } } }', '"hold" is no permission.'],
  ['{ roles: { steward: { grants: [], entities: [cat] } } }', 'Unknown entity "cat".'],
  ['{ roles: { steward: { grants: [], systems: ["no system"] } } }', '"no system" can\'t be the name of a system.'],
  ['{ fourEyesAbove: -1 }', '-1 is out of range.'],
  ['{ auditsReads: perhaps }', 'Expected true or false'],
])('%s is told with its place', (access, message) => {
  expect(read(`access: ${access}`)).toEqual([expect.stringContaining(message)]);
});
