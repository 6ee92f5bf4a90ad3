import { expect, test } from '@jest/globals';

import { compareSchemas } from '../../libs/schema-changes/src/index.js';
import { compareReleases, report } from './compare-releases.mjs';

const mark = (...fields) => ({ type: 'record', name: 'Mark', namespace: 'shared', fields });
const event = (name, ...fields) => ({ type: 'record', name, namespace: 'x', fields });
const file = (path, schema) => ({ file: path, schema });
const SHARED = { sharedFiles: new Map([['shared.Mark', 'shared/mark.avsc']]), compareSchemas };

test('a change in a shared type is told once, in its own file', () => {
  const uses = (type) => ['A', 'B'].map((name) => file(`${name}.avsc`, event(name, { name: 'marks', type })));
  const findings = compareReleases(uses(mark()), uses(mark({ name: 'at', type: 'long' })), SHARED);
  expect(findings).toEqual([
    {
      file: 'shared/mark.avsc',
      path: 'Mark.at',
      change: 'field added without a default',
      breaks: ['new readers'],
      advice: expect.stringContaining('"default": null'),
    },
  ]);
});

test('a removed file breaks; a moved one and a new one are only told', () => {
  const released = [file('a.avsc', event('A')), file('b.avsc', event('B'))];
  const current = [file('c.avsc', event('B')), file('d.avsc', event('D'))];
  expect(compareReleases(released, current, SHARED)).toEqual([
    expect.objectContaining({ file: 'a.avsc', breaks: ['new readers', 'old readers'] }),
    expect.objectContaining({ file: 'b.avsc', change: 'moved to c.avsc', breaks: [] }),
    expect.objectContaining({ file: 'd.avsc', change: 'new', breaks: [] }),
  ]);
});

test('a moved file is still compared', () => {
  const released = [file('b.avsc', event('B'))];
  const current = [file('c.avsc', event('B', { name: 'n', type: 'int' }))];
  const changes = compareReleases(released, current, SHARED).map(({ change }) => change);
  expect(changes).toEqual(['moved to c.avsc', 'field added without a default']);
});

test('the report says where, who breaks and what to do; what breaks comes first', () => {
  const released = [file('a.avsc', event('A')), file('b.avsc', event('B', { name: 'n', type: 'int' }))];
  const current = [file('a.avsc', event('A', { name: 'm', type: 'int', default: 0 })), file('b.avsc', event('B'))];
  expect(report(compareReleases(released, current, SHARED))).toEqual([
    [
      'BREAKS b.avsc  B.n: field removed that has no default',
      '  old readers cannot read what will be written',
      '  → keep it: a field may go only if its released version has a default',
    ].join('\n'),
    'told: a.avsc  A.m: field added, with a default',
  ]);
});
