import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { testSeedTarget } from '#replay/testing';
import { WHOLE } from '#replay';
import { JsonLinesTarget } from '../../apps/cli/json-lines-target.js';

testSeedTarget(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'json-lines-'));
  const target = new JsonLinesTarget({ path: join(folder, 'records.jsonl'), entity: 'product', shape: WHOLE });
  const close = async (): Promise<void> => {
    await target.close();
    await rm(folder, { recursive: true });
  };
  return { target, isLog: true, close };
});

test('is written by one process at a time; one that was killed holds nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'json-lines-'));
  const path = join(folder, 'records.jsonl');
  const prepare = async (): Promise<void> => {
    const target = new JsonLinesTarget({ path, entity: 'product', shape: WHOLE });
    await target.prepare('golden.product.v1', new Map([[0, 0n]]));
    await target.close();
  };
  await writeFile(`${path}.seed.lock`, String(process.ppid));
  await expect(prepare()).rejects.toMatchObject({ code: 'HUB_SEED_TARGET_INVALID' });
  await writeFile(`${path}.seed.lock`, '4194304'); // beyond the greatest number that a process can have
  await prepare();
  await prepare();
  await rm(folder, { recursive: true });
});
