import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { loadHubFile } from '#config';
import { CliUnderTest } from '../../test/harness/cli-under-test.js';

const cli = new CliUnderTest();
const key = (fill: number): string => Buffer.alloc(32, fill).toString('base64');
const [OLD, NEW] = [`k1:${key(1)}`, `k2:${key(2)}`];
const FIELD = 'systems.erp.config.url';

/** The hub file with this as the address of its ERP. */
function hubFile(url: string): string {
  return `# a comment that stays
hub: { name: demo }
systems:
  erp: { connector: sql, config: { url: '${url}' }, entities: { product: { source: p, key: [sku], fields: { ean: ean } } } }
survivorship: { product: { version: 1, create: [erp], owner: { erp: [ean] } } }
`;
}

const seal = async (field = FIELD): Promise<string> => {
  const { out } = await cli.run(['secrets', 'seal', '--field', field, '--variable', 'ERP_URL'], {
    SECRET_KEYS: OLD,
    ERP_URL: 'sesame',
  });
  return out.trim();
};
const urlIn = (SECRET_KEYS: string): unknown =>
  loadHubFile(cli.file, { env: { SECRET_KEYS } }).systems[0]?.config['url'];

describe('secrets of the hub file', () => {
  test('a sealed one is read with its key, and only in its field', async () => {
    const reference = await seal();
    expect(reference).toMatch(/^\$\{sealed:v1\.k1\.[\w.-]+\}$/);
    expect(reference).not.toContain('sesame');
    writeFileSync(cli.file, hubFile(reference));
    expect(urlIn(OLD)).toBe('sesame');
    expect(() => urlIn(NEW)).toThrow(`${FIELD} The secret of sealed can't be had here.`.replace(' The', ': The'));
    writeFileSync(cli.file, hubFile(await seal('systems.shop.config.url')));
    expect(() => urlIn(OLD)).toThrow("can't be had here");
  });

  test('rotation puts it under the newest key and leaves the rest of the file as it is', async () => {
    const before = hubFile(await seal());
    writeFileSync(cli.file, before);
    expect(await cli.run(['secrets', 'rotate'], { SECRET_KEYS: `${NEW},${OLD}` })).toMatchObject({
      code: 0,
      out: '1 sealed secrets were put under k2.\n',
    });
    const after = readFileSync(cli.file, 'utf8');
    expect(after.replace(/v1\.k2\.[\w.-]+/, '')).toBe(before.replace(/v1\.k1\.[\w.-]+/, ''));
    expect(urlIn(NEW)).toBe('sesame');
    expect((await cli.run(['secrets', 'rotate'], { SECRET_KEYS: NEW })).out).toContain('0 sealed secrets');
  });

  test('what can not be opened leaves the file as it was', async () => {
    const before = hubFile(await seal('systems.shop.config.url'));
    writeFileSync(cli.file, before);
    const { code, err } = await cli.run(['secrets', 'rotate'], { SECRET_KEYS: `${NEW},${OLD}` });
    expect(code).toBe(2);
    expect(err).toContain(FIELD);
    expect(readFileSync(cli.file, 'utf8')).toBe(before);
  });

  test('a file is read without the end of its line; one that is not there is told by its place', () => {
    const path = `${cli.folder}/erp-url`;
    writeFileSync(path, 'sesame\n');
    writeFileSync(cli.file, hubFile(`\${file:${path}}`));
    expect(urlIn('')).toBe('sesame');
    writeFileSync(cli.file, hubFile(`\${file:${path}.none}`));
    expect(() => urlIn('')).toThrow('The secret of file');
  });

  test('nothing is sealed without a key or a secret', async () => {
    const args = ['secrets', 'seal', '--field', FIELD, '--variable', 'ERP_URL'];
    expect((await cli.run(args, { ERP_URL: 'sesame' })).err).toContain('SECRET_KEYS is not set');
    expect((await cli.run(args, { SECRET_KEYS: OLD })).err).toContain('ERP_URL is not set');
    const { err } = await cli.run(args, { ERP_URL: 'sesame', SECRET_KEYS: 'k1:c2hvcnQ=' });
    expect(err).toContain('SECRET_KEYS: must be id:key');
    expect(err).not.toContain('c2hvcnQ');
  });
});
