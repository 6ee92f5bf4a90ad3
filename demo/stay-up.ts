import { rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Screen } from './report.js';
import type { World } from './world.js';

/** Prints what to try, and waits until the reader has enough. */
export async function stayUp(
  { world, folder, screen }: { readonly world: World; readonly folder: string; readonly screen: Screen },
  interrupted: Promise<unknown>,
): Promise<void> {
  const file = join(folder, 'env.sh');
  const lines = Object.entries(world.hub.variables).map(
    ([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`,
  );
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  screen.heading('Your turn (Ctrl-C ends it)');
  const { url, signIn } = world.hub.page;
  screen.line(`The page: ${url}   sign in with ${signIn}`);
  for (const line of suggestions(world, relative(process.cwd(), file))) screen.line(line);
  await interrupted;
  rmSync(file);
}

function suggestions({ stores, firstPrice }: World, file: string): string[] {
  const price = firstPrice ?? { key: `${stores.products[0]?.sku}|standard|EUR||`, sku: stores.products[0]?.sku ?? '' };
  return [
    'In another shell, in this folder:',
    `  . ${file.startsWith('.') ? file : `./${file}`}    # addresses, token and hub file of this demo`,
    '  npm run -s plumbline -- status',
    `  npm run -s plumbline -- explain price '${price.key}'`,
    `  npm run -s plumbline -- as-of price '${price.key}' --at 1m`,
    ...stores.suggest(price.sku).map((command) => `  ${command}`),
    '  npm run -s plumbline -- reconcile shop --wait',
    '  npm run -s plumbline -- topics',
  ];
}
