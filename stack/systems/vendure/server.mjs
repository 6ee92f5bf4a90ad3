// A Vendure server from the environment; imported by populate.mjs, which fills the template database.
import { createRequire } from 'node:module';

const load = createRequire(import.meta.url); // NODE_PATH leads to the downloaded packages
const { bootstrap, DefaultLogger, dummyPaymentHandler, LanguageCode, LogLevel } = load('@vendure/core');
const environment = process.env;
const { HubChangesPlugin } = await import(environment.VENDURE_PLUGIN);

/** Starts it. `synchronize` makes the schema. */
export function startVendure({ synchronize = false } = {}) {
  return bootstrap({
    apiOptions: {
      port: Number(environment.VENDURE_PORT),
      hostname: '127.0.0.1',
      adminApiPath: 'admin-api',
      shopApiPath: 'shop-api',
      adminListQueryLimit: 5_000,
    },
    authOptions: {
      tokenMethod: 'bearer',
      superadminCredentials: { identifier: environment.VENDURE_USER, password: environment.VENDURE_PASSWORD },
    },
    defaultLanguageCode: LanguageCode.en,
    dbConnectionOptions: {
      type: 'postgres',
      url: databaseUrl(environment),
      synchronize,
      logging: false,
      extra: { max: 10 },
    },
    paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
    customFields: {
      ProductVariant: [
        { name: 'ean', type: 'string' },
        { name: 'brand', type: 'string', pattern: '^(?!forbidden$)[\\s\\S]*$' },
        { name: 'weight', type: 'float' }, // kilograms
        { name: 'sellable', type: 'boolean' },
      ],
      Customer: [
        { name: 'number', type: 'string', unique: true },
        { name: 'vatId', type: 'string' },
      ],
    },
    logger: new DefaultLogger({ level: LogLevel.Warn }),
    plugins: [HubChangesPlugin],
  });
}

function databaseUrl({ VENDURE_SERVER, VENDURE_DATABASE }) {
  const url = new URL(VENDURE_SERVER);
  url.pathname = `/${VENDURE_DATABASE}`;
  return url.href;
}

if (process.argv[1] === import.meta.filename) await startVendure();
