/** Three projects: unit (no servers), integration (real servers), e2e (whole processes). */
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

/** @type {import('jest').Config} */
export default {
  projects: [
    {
      ...shared,
      displayName: 'unit',
      roots: ['<rootDir>/apps', '<rootDir>/connectors', '<rootDir>/libs', '<rootDir>/models', '<rootDir>/stack', '<rootDir>/demo', '<rootDir>/test/faults'],
      testRegex: '(?<!\\.(int|e2e|conformance))\\.spec\\.ts$',
    },
    { ...shared, ...servers, displayName: 'integration', roots: ['<rootDir>/test/integration', '<rootDir>/connectors'], testRegex: '\\.(int|conformance)\\.spec\\.ts$' },
    { ...shared, ...servers, displayName: 'e2e', roots: ['<rootDir>/test/e2e'], testRegex: '\\.e2e\\.spec\\.ts$' },
  ],
};
