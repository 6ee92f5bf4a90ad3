import { expect, test } from '@jest/globals';

import { connectorList } from './connector-list.mjs';

test('imports the definition of every folder, and lists it', () => {
  const text = connectorList([['sql', 'export const sqlConnector: ConnectorDefinition<SqlConfig> = {']]);
  expect(text).toContain("import { sqlConnector } from '../../../connectors/sql/connector.js';");
  expect(text).toContain('readonly ConnectorDefinition[] = [sqlConnector];');
});

test('a folder without a definition is an error that names it', () => {
  expect(() => connectorList([['acme', 'export const x = 1;']])).toThrow('connectors/acme/connector.ts');
});
