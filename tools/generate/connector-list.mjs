// The connectors that `plumbline up` can run, from the folders: a new one needs no entry by hand.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The file by path. */
export function generateConnectorList(root) {
  const connectors = readdirSync(join(root, 'connectors'))
    .filter((name) => existsSync(join(root, 'connectors', name, 'connector.ts')))
    .map((name) => [name, readFileSync(join(root, 'connectors', name, 'connector.ts'), 'utf8')]);
  return { 'apps/all-in-one/generated/connector-definitions.ts': connectorList(connectors) };
}

/** TypeScript for these (folder, text of connector.ts) pairs. @throws Error for a folder without a definition. Pure. */
export function connectorList(connectors) {
  const found = connectors.map(([folder, text]) => {
    const name = /^export const (\w+): ConnectorDefinition\b/m.exec(text)?.[1];
    if (!name) throw new Error(`connectors/${folder}/connector.ts exports no \`const …: ConnectorDefinition\``);
    return { folder, name };
  });
  return [
    '// Generated from connectors/*/connector.ts by `npm run generate`.',
    "import type { ConnectorDefinition } from '#connector-sdk';",
    ...found.map(({ folder, name }) => `import { ${name} } from '../../../connectors/${folder}/connector.js';`),
    '',
    '/** Every connector kind that this process can run. */',
    `export const DEFINITIONS: readonly ConnectorDefinition[] = [${found.map(({ name }) => name).join(', ')}];`,
    '',
  ].join('\n');
}
