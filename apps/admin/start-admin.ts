import { auditKeysFor, openAccess, withApiKeys } from '#access';
import { ActingTokens, OidcTokens, type FourEyes } from '#auth';
import { loadHubFileAsWritten, type PageSettings, type ServiceSettings } from '#config';
import { HubClient, HubServices } from '#hub-client';
import { endpoints, schemaName, topicsOf, type EndpointOverrides } from '#hub-file';
import { startParts, systemClock, type Closers } from '#kernel';
import { AvroCodec, openSchemas, SchemaRegistry, type KafkaConnection, type SchemaSource } from '#messaging-kafka';
import { redactFacts, serveHttpApp, type AppRuntime, type RunningApp } from '#observability';
import {
  AddAdminPeople,
  CreateAccessTables,
  CreateAdminTables,
  CreateTrend,
  Database,
  PostgresAdminSessions,
  PostgresAdminStore,
  PostgresTrendStore,
} from '#store-postgres';
import { actingRequestId, actingToken } from './acting.js';
import { Acts } from './acts.js';
import { AdminModule, type AdminParts } from './admin.module.js';
import { openFrontDoor } from './front-door.js';
import { HubReader, type HubReading } from './hub-reader.js';
import type { WithKeyDesk } from './keys.controller.js';
import { LiveFeed } from './live-feed.js';
import { LocalAdmins } from './local-admins.js';
import { openHubAudit } from './open-hub-audit.js';
import { openRedelivery } from './open-redelivery.js';
import { openSeeds } from './open-seeds.js';
import { ProviderSignIn } from './provider-sign-in.js';
import { SessionGuard } from './session.guard.js';
import { Sessions } from './sessions.js';
import type { SignIn } from './sign-in.js';
import { TopicBrowser } from './topic-browser.js';
import { TopicCatalogues } from './topic-catalogue.js';
import { TrendKeeper } from './trend-keeper.js';

/** How the admin page is started, alone or beside other apps. */
export interface AdminOptions extends ServiceSettings, PageSettings, AppRuntime {
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
  const kafka = await openKafka(options);
  const door = openAccess({ service: 'admin', settings: options, database, ...kafka }, closers);
  const place: { pageUrl: string } = { pageUrl: options.pageUrl ?? '' };
  const signIn = openSignIn(options, { database, store, pageUrl: () => place.pageUrl });
  const access = { ...door.access, sessions: new SessionGuard(signIn.sessions) };
  const parts = {
    ...(await openParts(options, { ...kafka, database }, closers)),
    signIn,
    access,
    fourEyes: door.fourEyes,
    acts: new Acts(store),
    audit: openHubAudit(options, { database, ...kafka }),
    keyDesk: openKeyDesk(options, door.fourEyes),
  };
  const app = await serveHttpApp(AdminModule.forRoot(parts), {
    ...{ ...http, access, logger, metrics, ready: { database: () => database.query('SELECT 1') } },
    frontDoor: openFrontDoor,
  });
  closers.add(() => app.close());
  place.pageUrl ||= app.url;
  if (!signIn.provider) await tellFirstAdmin(options, signIn, app.url);
  return app;
}

/** Without a provider there must be somebody who can sign in. */
async function tellFirstAdmin({ tell }: AdminOptions, { people }: SignIn, url: string): Promise<void> {
  const first = await people.ensureFirstAdmin();
  if (first)
    tell(`Admin page: ${url}\nFirst admin: ${first.name}, password: ${first.password} (shown this once; keep it)\n`);
}

function openSignIn(
  { oidc, providerClient, pageUrl: given }: AdminOptions,
  parts: { readonly database: Database; readonly store: PostgresAdminStore; readonly pageUrl: () => string },
): SignIn {
  const store = new PostgresAdminSessions(parts.database);
  const { pageUrl } = parts;
  const provider =
    oidc && providerClient
      ? new ProviderSignIn({ settings: oidc, client: providerClient, pageUrl, store, tokens: new OidcTokens(oidc) })
      : null;
  const isSecure = (): boolean => given?.startsWith('https:') ?? false;
  return { sessions: new Sessions(store), people: new LocalAdmins(parts.store), provider, isSecure };
}

/** Keys lie in a schema of the hub's own, which is opened for as long as somebody works on them. */
function openKeyDesk({ file, servers, http, auditSecrets }: AdminOptions, fourEyes: FourEyes): WithKeyDesk {
  const place = { file, url: servers.databaseUrl, keys: auditKeysFor(auditSecrets, http.token), fourEyes };
  return (work) => withApiKeys(place, ({ desk }) => work(desk));
}

async function connect({ file, servers }: AdminOptions, closers: Closers): Promise<Database> {
  const names = { schema: schemaName(file, 'admin'), applicationName: 'plumbline-admin', poolSize: 4 };
  const database = await Database.connect({ url: servers.databaseUrl, ...names }, [
    ...[CreateAdminTables, AddAdminPeople, CreateAccessTables, CreateTrend],
  ]);
  closers.add(() => database.close());
  await database.migrate();
  return database;
}

interface AdminKafka {
  readonly connection: KafkaConnection;
  readonly schemas: SchemaSource;
  readonly codec: AvroCodec;
}

async function openKafka({ servers, logger }: AdminOptions): Promise<AdminKafka> {
  const schemas = openSchemas(servers, logger);
  const codec = new AvroCodec(schemas);
  await codec.ensureSchemas();
  const connection = { brokers: servers.brokers, ...servers.kafkaSecurity, clientId: 'plumbline-admin', logger };
  return { connection, schemas, codec };
}

type Parts = Omit<AdminParts, 'signIn' | 'access' | 'fourEyes' | 'acts' | 'audit' | 'keyDesk'>;

async function openParts(
  options: AdminOptions,
  { connection, schemas, codec, database }: AdminKafka & { readonly database: Database },
  closers: Closers,
): Promise<Parts> {
  const { file, servers, http, logger, hubFilePath, addresses } = options;
  const places = endpoints(file, addresses);
  // the feed reads for all browsers at once, and each is shown what its roles reach; everything else is done in somebody's name
  const own = new HubServices(new HubClient({ token: http.token, timeoutMs: TIMEOUT_MS }), places);
  const token = actingToken({ tokens: new ActingTokens(http.token), serviceToken: http.token });
  const services = new HubServices(new HubClient({ token, requestId: actingRequestId, timeoutMs: TIMEOUT_MS }), places);
  const reader = new HubReader(file, own, systemClock);
  const redelivery = await openRedelivery(options, { schemas, onChange: () => feed.soon() }, closers);
  const seeds = await openSeeds(options, { connection, codec, services: own }, closers);
  const read = async (): Promise<HubReading> => ({ ...(await reader.read()), ...(await redelivery.read()) });
  const store = new PostgresTrendStore(database);
  const trend = new TrendKeeper({ store, drift: () => own.storeDrift(), clock: systemClock, logger });
  const feed: LiveFeed = new LiveFeed({ read, note: (reading) => trend.note(reading), clock: systemClock, logger });
  feed.start();
  closers.add(() => feed.stop());
  const topics = new TopicBrowser({ topics: topicsOf(file), connection, codec });
  closers.add(() => topics.close());
  const catalogues = new TopicCatalogues({ file, topics, connection });
  const { registryUrl: url, registryAuthorization: authorization } = servers;
  const registry = new SchemaRegistry({ url, authorization });
  const shownFile = (): unknown => redactFacts({ ...loadHubFileAsWritten(hubFilePath) }, SHOWN_DEPTH);
  const shown = { topics, catalogues, brokers: servers.brokers, registry, shownFile };
  return { file, services, feed, trend, redelivery: redelivery.redelivery, seeds, ...shown };
}
