import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { systemClock } from '#kernel';
import { runCli } from '../../apps/cli/program.js';
import { serverAddresses } from '../harness/servers.js';
import type { MessagingPlace } from './messaging-place.js';

/** What a command said with `--json`. */
export interface CliAnswer {
  readonly code: number;
  readonly data: Record<string, unknown>;
}

/** The file of a hub with products of one system. */
export function productHubFile(prefix: string): string {
  return `hub: { name: products, topicPrefix: '${prefix}' }
systems:
  erp: { connector: sql, mode: write, config: { url: x }, entities: { product: { source: p, key: [sku], fields: { brand: brand } } } }
survivorship: { product: { version: 1, create: [erp], owner: { erp: [brand] } } }
`;
}

/** The CLI on such a hub, in the database of a place. Call it at the top of a file. */
export function useProductHub(prefix: string, place: MessagingPlace): (...args: string[]) => Promise<CliAnswer> {
  const folder = mkdtempSync(join(tmpdir(), 'product-hub-'));
  const file = join(folder, 'plumbline.yaml');
  beforeAll(() => writeFileSync(file, productHubFile(prefix)));
  afterAll(() => rmSync(folder, { recursive: true }));
  return async (...args) => {
    let out = '';
    const { kafkaBrokers, registryUrl } = serverAddresses();
    const code = await runCli(['--json', ...args], {
      stdout: { write: (text: string) => (out += text) },
      stderr: { write: () => undefined },
      environment: {
        ...{ KAFKA_BROKERS: kafkaBrokers.join(','), REGISTRY_URL: registryUrl },
        ...{ DATABASE_URL: place.database.place.url, PLUMBLINE_HUB_FILE: file },
      },
      ...{ clock: systemClock, ask: null },
    });
    return { code, data: JSON.parse(out) as Record<string, unknown> };
  };
}
