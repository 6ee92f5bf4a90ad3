// A small tree laid out like the project, in which violations are planted: the working tree is never touched.
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const LIBS = [
  ...[
    'auth',
    'canonical',
    'config',
    'connector-host',
    'connector-sdk',
    'contracts',
    'golden-record',
    'hub-file',
    'hub-client',
  ],
  ...['jobs-bullmq', 'kernel', 'messaging-kafka', 'mirror', 'observability', 'outbox', 'reconciliation', 'replay'],
  ...['store-postgres', 'testing', 'hub-runner', 'outbound-http', 'webhooks', 'record-index'],
];

/** Files that plants import; they import nothing themselves. */
const TARGETS = [
  ...LIBS.map((lib) => `libs/${lib}/src/index.ts`),
  ...['libs/outbox/src/testing.ts', 'libs/outbox/src/private.ts'],
  ...['apps/golden/golden.module.ts', 'apps/golden/config.ts', 'apps/cli/config.ts', 'apps/all-in-one/parts.ts'],
  ...['connectors/sql/connector.ts', 'connectors/sql/client.ts', 'connectors/files/connector.ts'],
  ...['demo/scenes.ts', 'test/harness/servers.ts'],
];

/**
 * Writes the tree with these files into a new folder and hands the folder to `work`; deletes it afterwards. It lies in
 * the project's ignored folder, so that packages resolve as in the project; a killed run leaves it there to no harm.
 */
export async function withPlantedTree(root, files, work) {
  const folder = join(root, `.plumbline/check-rules-${process.pid}`);
  rmSync(folder, { recursive: true, force: true });
  try {
    for (const [path, code] of [...TARGETS.map((path) => [path, 'export const planted = 1;\n']), ...files]) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, code);
    }
    const copied = ['package.json', 'tsconfig.json', 'apps/admin-web/tsconfig.json'];
    for (const file of copied) copyFileSync(join(root, file), join(folder, file));
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
