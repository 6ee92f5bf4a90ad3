// Five projects: unit (no servers), integration (real servers), e2e (whole processes), browser (the pages, in Chromium), real
// (systems that others wrote).
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Jest refuses a root that is not there; a folder comes with its first file. */
const present = (...folders) =>
  folders.filter((folder) => existsSync(join(import.meta.dirname, folder))).map((folder) => `<rootDir>/${folder}`);

const shared = {
  testEnvironment: 'node',
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^#([a-z0-9-]+)/testing$': '<rootDir>/libs/$1/src/testing.ts',
    '^#([a-z0-9-]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        module: { type: 'es6' },
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
      },
    ],
  },
};
const servers = { globalSetup: '<rootDir>/test/harness/global-setup.mjs' };
const CODE = ['apps', 'connectors', 'libs', 'models', 'stack', 'tools', 'demo', 'bench', 'test/faults', 'test/harness'];

/** @type {import('jest').Config} */
export default {
  // jest takes it from here only; a project's own would be ignored
  testTimeout: 60_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      roots: present(...CODE),
      testRegex: '(?<!\\.(int|e2e|browser|conformance|real))\\.spec\\.(ts|mjs)$',
    },
    {
      ...shared,
      ...servers,
      displayName: 'integration',
      roots: present('test', 'connectors', 'examples'),
      testRegex: '\\.(int|conformance)\\.spec\\.ts$',
    },
    {
      ...shared,
      ...servers,
      displayName: 'e2e',
      roots: present('test'),
      testRegex: '\\.e2e\\.spec\\.ts$',
      setupFilesAfterEnv: ['<rootDir>/test/harness/long-timeout.mjs'],
    },
    {
      ...shared,
      ...servers,
      displayName: 'browser',
      roots: present('test'),
      testRegex: '\\.browser\\.spec\\.ts$',
      setupFilesAfterEnv: ['<rootDir>/test/harness/long-timeout.mjs'],
    },
    {
      ...shared,
      globalSetup: '<rootDir>/test/harness/global-setup-real.mjs',
      displayName: 'real',
      roots: present('test', 'connectors'),
      testRegex: '\\.real\\.spec\\.ts$',
      setupFilesAfterEnv: ['<rootDir>/test/harness/long-timeout.mjs'],
    },
  ],
};
