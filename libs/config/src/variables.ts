import { z } from 'zod';

/** What one environment variable means; `.env.example` and the configuration page are made of these. */
export interface VariableDoc {
  readonly name: string;
  readonly description: string;
  readonly example: string;
  /** Null: required where it is used. Empty: optional. */
  readonly default: string | null;
  readonly secret: boolean;
}

const url = (...protocols: readonly string[]): z.ZodType<string> =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    message: `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  });

const HOST_AND_PORT = /^[^\s:,/]+:\d{1,5}$/;
const brokers = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .refine((list) => list.every((part) => HOST_AND_PORT.test(part)), { message: 'must be host:port, several by comma' });

const connectorUrls = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim().split(/=(.*)/s)))
  .refine((pairs) => pairs.every(([system, address]) => system && address && URL.canParse(address)), {
    message: 'must be system=URL, several by comma',
  })
  .transform(
    (pairs) => Object.fromEntries(pairs.map(([system, address]) => [system, address])) as Record<string, string>,
  );

const token = z.string().min(16, { message: 'must have at least 16 characters' });

/** The servers that a service needs. */
export const serverVariables = {
  KAFKA_BROKERS: brokers,
  REGISTRY_URL: url('http:', 'https:'),
  DATABASE_URL: url('postgres:', 'postgresql:'),
  REDIS_URL: url('redis:', 'rediss:'),
};

/** What every process takes. */
export const hubVariables = {
  PLUMBLINE_HUB_FILE: z.string().default('plumbline.yaml'),
  PLUMBLINE_HTTP_HOST: z.string().default('127.0.0.1'),
  PLUMBLINE_DATA_DIR: z.string().default('.plumbline/data'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
};

/** The bearer token of all HTTP APIs: required by every service. */
export const tokenVariable = { PLUMBLINE_TOKEN: token };

/** The same where it may come from the token file instead. */
export const optionalTokenVariable = { PLUMBLINE_TOKEN: token.optional() };

/** Which system of the hub file a connector process serves. */
export const systemVariable = { PLUMBLINE_SYSTEM: z.string() };

/** Where services are found; by default on loopback, at the ports of the hub file. */
export const addressVariables = {
  GOLDEN_URL: url('http:', 'https:').optional(),
  RECONCILER_URL: url('http:', 'https:').optional(),
  CONNECTOR_URLS: connectorUrls.optional(),
};

/** Every variable that Plumbline reads. */
export const VARIABLES: readonly VariableDoc[] = [
  doc('KAFKA_BROKERS', 'Kafka brokers, host:port, several by comma.', 'localhost:9092'),
  doc('REGISTRY_URL', 'Base of the schema registry’s Confluent API.', 'http://localhost:8080/apis/ccompat/v7'),
  {
    ...doc('DATABASE_URL', 'PostgreSQL; each service owns a schema in it.', 'postgres://hub@localhost/hub'),
    secret: true,
  },
  { ...doc('REDIS_URL', 'Valkey or Redis, for the job queues.', 'redis://localhost:6379'), secret: true },
  { ...doc('PLUMBLINE_TOKEN', 'Bearer token of all HTTP APIs, at least 16 characters.', ''), secret: true },
  doc('PLUMBLINE_SYSTEM', 'Connectors only: the system of the hub file that this process serves.', 'erp'),
  doc('PLUMBLINE_HUB_FILE', 'Path of the hub file.', 'plumbline.yaml', 'plumbline.yaml'),
  doc('PLUMBLINE_HTTP_HOST', 'Address that the HTTP APIs bind to.', '127.0.0.1', '127.0.0.1'),
  doc('PLUMBLINE_DATA_DIR', 'Folder for working files.', '.plumbline/data', '.plumbline/data'),
  doc('LOG_LEVEL', 'debug, info, warn, error or silent.', 'info', 'info'),
  doc('GOLDEN_URL', 'Where golden is found, if not on its port of the hub file.', 'http://golden:7701', ''),
  doc('RECONCILER_URL', 'Where the reconciler is found.', 'http://reconciler:7702', ''),
  doc('CONNECTOR_URLS', 'Where connectors are found, by system.', 'erp=http://erp:7710,shop=http://shop:7711', ''),
];

function doc(name: string, description: string, example: string, byDefault: string | null = null): VariableDoc {
  return { name, description, example, default: byDefault, secret: false };
}
