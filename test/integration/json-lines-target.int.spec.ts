import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
