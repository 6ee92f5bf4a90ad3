import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { HubError } from '#kernel';
import { z } from 'zod';
import {
  addressVariables,
  adminVariables,
  ensureToken,
  failpointVariable,
  findToken,
  kafkaSecurityOf,
  loadConfig,
  loadHubFile,
  optionalTokenVariable,
  registryAuthorizationOf,
  secretVariables,
  serverVariables,
  serviceVariables,
  systemVariable,
  tokenFile,
  VARIABLES,
  vaultVariables,
} from './index.js';

const folder = mkdtempSync(join(tmpdir(), 'plumbline-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function thrownBy(work: () => unknown): HubError {
  try {
    work();
  } catch (error) {
    if (error instanceof HubError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('loadConfig', () => {
  const schema = z.object({ ...serverVariables, ...serviceVariables, ...addressVariables });
  const good = {
    KAFKA_BROKERS: 'a:9092, b:9093',
    REGISTRY_URL: 'http://r/apis/ccompat/v7',
    DATABASE_URL: 'postgres://hub:pw@localhost/hub',
    REDIS_URL: 'redis://localhost:1',
    PLUMBLINE_TOKEN: 'x'.repeat(16),
    CONNECTOR_URLS: 'erp=http://e:1,shop=http://s:2?a=b',
    LOG_LEVEL: '',
  };

  test('parses lists and fills in defaults; an empty variable is unset', () => {
    expect(loadConfig(schema, good)).toMatchObject({
      KAFKA_BROKERS: ['a:9092', 'b:9093'],
      CONNECTOR_URLS: { erp: 'http://e:1', shop: 'http://s:2?a=b' },
      LOG_LEVEL: 'info',
      PLUMBLINE_HTTP_HOST: '127.0.0.1',
    });
  });

  test('tells every problem at once by name, and no value', () => {
    const bad = {
      ...good,
      KAFKA_BROKERS: 'sesame',
      DATABASE_URL: 'mysql://sesame',
      REDIS_URL: '',
      LOG_LEVEL: 'sesame',
      CONNECTOR_URLS: 'sesame',
    };
    const error = thrownBy(() => loadConfig(schema, bad));
    expect(error.code).toBe('HUB_CONFIG_INVALID');
    expect(error.details['problems']).toEqual([
      'KAFKA_BROKERS: must be host:port, several by comma',
      'DATABASE_URL: must be a URL that starts with postgres:// or postgresql://',
      'REDIS_URL: is not set',
      'LOG_LEVEL: Invalid option: expected one of "debug"|"info"|"warn"|"error"|"silent"',
      'CONNECTOR_URLS: must be system=URL, several by comma',
    ]);
    expect(error.message + JSON.stringify(error.details)).not.toContain('sesame');
  });

  test('every variable with a schema is documented, and none else', () => {
    const shapes = {
      ...serverVariables,
      ...serviceVariables,
      ...optionalTokenVariable,
      ...systemVariable,
      ...addressVariables,
      ...failpointVariable,
      ...secretVariables,
      ...vaultVariables,
      ...adminVariables,
    };
    expect(VARIABLES.map(({ name }) => name).sort()).toEqual(Object.keys(shapes).sort());
  });
});

describe('access to servers', () => {
  const kafka = { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', KAFKA_SASL_MECHANISM: 'PLAIN' } as const;
  const user = { KAFKA_SASL_USERNAME: 'hub', KAFKA_SASL_PASSWORD: 'sesame' };

  test('each protocol asks for TLS, credentials, both or neither', () => {
    const sasl = { mechanism: 'plain', username: 'hub', password: 'sesame' };
    const securityOf = (KAFKA_SECURITY_PROTOCOL: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL') =>
      kafkaSecurityOf({ ...kafka, ...user, KAFKA_SECURITY_PROTOCOL });
    expect(securityOf('PLAINTEXT')).toEqual({});
    expect(securityOf('SSL')).toEqual({ ssl: true });
    expect(securityOf('SASL_PLAINTEXT')).toEqual({ sasl });
    expect(securityOf('SASL_SSL')).toEqual({ ssl: true, sasl });
  });

  test('a CA file is read; one that is not there is told by the name of its variable', () => {
    const caFile = join(folder, 'ca.pem');
    writeFileSync(caFile, 'PEM');
    expect(kafkaSecurityOf({ ...kafka, ...user, KAFKA_SSL_CA_FILE: caFile }).ssl).toEqual({ ca: 'PEM' });
    const error = thrownBy(() => kafkaSecurityOf({ ...kafka, ...user, KAFKA_SSL_CA_FILE: `${caFile}.none` }));
    expect(error.details['problems']).toEqual(['KAFKA_SSL_CA_FILE: cannot be read']);
  });

  test('credentials that are half there are told by name, and no value', () => {
    const error = thrownBy(() => kafkaSecurityOf({ ...kafka, KAFKA_SASL_PASSWORD: 'sesame' }));
    expect(error.code).toBe('HUB_CONFIG_INVALID');
    expect(error.details['problems']).toEqual([
      'KAFKA_SASL_USERNAME: is not set, though KAFKA_SECURITY_PROTOCOL is SASL_SSL',
    ]);
    expect(error.message).not.toContain('sesame');
    expect(thrownBy(() => registryAuthorizationOf({ REGISTRY_USERNAME: 'hub' })).message).toContain(
      'REGISTRY_PASSWORD',
    );
  });

  test('the registry gets HTTP Basic, or nothing', () => {
    expect(registryAuthorizationOf({})).toBeUndefined();
    const authorization = registryAuthorizationOf({ REGISTRY_USERNAME: 'hub', REGISTRY_PASSWORD: 'ü:1' });
    expect(authorization?.()).toBe(`Basic ${Buffer.from('hub:ü:1').toString('base64')}`);
  });
});

describe('loadHubFile', () => {
  test('a missing file and a wrong file are told with their path', () => {
    expect(thrownBy(() => loadHubFile(join(folder, 'none.yaml'))).message).toContain('none.yaml does not exist');
    const path = join(folder, 'bad.yaml');
    writeFileSync(path, 'hub: { name: demo }\nsystems: {}\nsurvivorship: {}\nlimit: {}\n');
    const error = thrownBy(() => loadHubFile(path, { env: {} }));
    expect(error.code).toBe('HUB_FILE_INVALID');
    expect(error.details['problems']).toEqual([`${path}:4:1 limit: Unknown field "limit". Did you mean "limits"?`]);
  });
});

describe('the token file', () => {
  test('is made once, for its owner only', () => {
    const data = join(folder, 'data');
    expect(findToken(data)).toBeNull();
    const token = ensureToken(data);
    expect(token).toHaveLength(32);
    expect([ensureToken(data), findToken(data)]).toEqual([token, token]);
    expect(statSync(tokenFile(data)).mode & 0o777).toBe(0o600);
  });
});
