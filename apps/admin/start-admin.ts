import { loadHubFile, type ServiceSettings } from '#config';
import { HubClient, HubServices } from '#hub-client';
import { endpoints, schemaName, topicsOf, type EndpointOverrides } from '#hub-file';
import { startParts, systemClock, type Closers } from '#kernel';
import { AvroCodec, openSchemas, SchemaRegistry } from '#messaging-kafka';
import { redactFacts, serveHttpApp, type AppRuntime, type RunningApp } from '#observability';
import { CreateAdminTables, Database, PostgresAdminStore } from '#store-postgres';
import { Acts } from './acts.js';
import { AdminModule, type AdminParts } from './admin.module.js';
import { openFrontDoor } from './front-door.js';
import { HubReader } from './hub-reader.js';
import { LiveFeed } from './live-feed.js';
import { LocalAdmins } from './local-admins.js';
import { SessionGuard } from './session.guard.js';
import { TopicBrowser } from './topic-browser.js';

/** How the admin page is started, alone or beside other apps. */
export interface AdminOptions extends ServiceSettings, AppRuntime {
  /** Of the hub file; read again when somebody looks at the settings. */
  readonly hubFilePath: string;
  /** Where services are found, if not on the ports of the hub file. */
  readonly addresses: EndpointOverrides;
  /** Told to people, once, past the log. */
  readonly tell: (text: string) => void;
}

const TIMEOUT_MS = 30_000;
const SHOWN_DEPTH = 12;

/**
 * Starts the admin page: its pages, and the API that they use. Replicas share sessions by PostgreSQL.
 * @throws HubError HUB_CONFIG_INVALID, HUB_DATABASE_UNREACHABLE
 */
export async function startAdmin(options: AdminOptions): Promise<RunningApp> {
  return startParts((closers) => start(options, closers));
}

async function start(options: AdminOptions, closers: Closers): Promise<RunningApp> {
  const { http, logger, metrics } = options;
  const database = await connect(options, closers);
  const store = new PostgresAdminStore(database);
  const auth = new LocalAdmins(store);
  const parts = { ...openParts(options, closers), auth, acts: new Acts(store) };
  const app = await serveHttpApp(AdminModule.forRoot(parts), {
    ...{ ...http, logger, metrics, ready: { database: () => database.query('SELECT 1') } },
    frontDoor: (nest) => openFrontDoor(nest, new SessionGuard(auth, http.token)),
  });
  closers.add(() => app.close());
  const first = await auth.ensureFirstAdmin();
  if (first)
    options.tell(
      `Admin page: ${app.url}\nFirst admin: ${first.name}, password: ${first.password} (shown this once; keep it)\n`,
    );
  return app;
}

async function connect({ file, servers }: AdminOptions, closers: Closers): Promise<Database> {
  const names = { schema: schemaName(file, 'admin'), applicationName: 'plumbline-admin', poolSize: 4 };
  const database = await Database.connect({ url: servers.databaseUrl, ...names }, [CreateAdminTables]);
  closers.add(() => database.close());
  await database.migrate();
  return database;
}

function openParts(options: AdminOptions, closers: Closers): Omit<AdminParts, 'auth' | 'acts'> {
  const { file, servers, http, logger, hubFilePath, addresses } = options;
  const client = new HubClient({ token: http.token, timeoutMs: TIMEOUT_MS });
  const services = new HubServices(client, endpoints(file, addresses));
  const reader = new HubReader(file, services, systemClock);
  const feed = new LiveFeed({ read: () => reader.read(), clock: systemClock, logger });
  feed.start();
  closers.add(() => feed.stop());
  const connection = { brokers: servers.brokers, ...servers.kafkaSecurity, clientId: 'plumbline-admin', logger };
  const codec = new AvroCodec(openSchemas(servers, logger));
  const topics = new TopicBrowser({ topics: topicsOf(file), connection, codec });
  closers.add(() => topics.close());
  const { registryUrl: url, registryAuthorization: authorization } = servers;
  const registry = new SchemaRegistry({ url, authorization });
  // without an environment every reference stays as it is written, so that no secret is even known here
  const shownFile = (): unknown =>
    redactFacts({ ...loadHubFile(hubFilePath, { env: {}, unsetVariables: 'keep' }) }, SHOWN_DEPTH);
  return { file, services, feed, topics, registry, shownFile };
}
