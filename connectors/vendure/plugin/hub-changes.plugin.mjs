// A plugin for a Vendure 3 server on PostgreSQL: it remembers what changed, for the hub's connector `vendure`.
//
// Vendure's lists can be filtered by `updatedAt`, but stock that an order uses, prices and deletes do not move it. This
// plugin listens to the event bus and appends (kind, record id) to a table of its own. It registers *blocking* handlers,
// which run inside the transaction that publishes the event: the row is committed if and only if the change is. Where
// Vendure publishes outside a transaction (some background jobs), the row is written right after the change; a crash in
// between loses it, and the hub's complete scan finds that change.
//
// Rows are read in the order (transaction, sequence), and only those of transactions older than every one that still
// runs: whatever commits later has a higher transaction id, so a reader that remembers its last position misses nothing.
// The price: a transaction that is left open anywhere on the database server holds the changes back until it ends.
import { createRequire } from 'node:module';

// the shop's own packages, not this project's
const load = createRequire(import.meta.url);
const core = load('@vendure/core');
const { Args, Query, Resolver } = load('@nestjs/graphql');
const { Inject } = load('@nestjs/common');
const { Column, Entity, Index, PrimaryGeneratedColumn } = load('typeorm');
const { parse } = load('graphql');

const KEEP_DAYS = 14;
const PRUNE_EVERY_MS = 3_600_000;
const MAX_LIMIT = 5_000;

/** Whoever may read the changes; give it to the role of the hub's administrator. */
export const readHubChanges = new core.PermissionDefinition({
  name: 'ReadHubChanges',
  description: 'Read which records changed, for the integration hub',
});

/** One change. `kind` is variant, price, stock-level, customer, order, or start for the first row of all. */
export class HubChange {}
decorate(HubChange.prototype, {
  sequence: [PrimaryGeneratedColumn({ type: 'bigint' })],
  transaction: [Column({ type: 'bigint' })],
  kind: [Column({ type: 'varchar', length: 20 })],
  recordId: [Column({ type: 'varchar', length: 64 })],
  at: [Column({ type: 'timestamptz', default: () => 'now()' })],
});
Index(['kind', 'transaction', 'sequence'])(HubChange);
Entity('hub_change')(HubChange);

const TRANSACTION = 'pg_current_xact_id()::text::bigint';
const APPEND = `INSERT INTO hub_change (transaction, kind, "recordId")
  SELECT ${TRANSACTION}, $1, id FROM unnest($2::text[]) AS id`;
const START = `INSERT INTO hub_change (transaction, kind, "recordId")
  SELECT ${TRANSACTION}, 'start', '' WHERE NOT EXISTS (SELECT FROM hub_change)`;
/** The newest of the outdated rows stays: a reader whose position is before it may have missed something. */
const PRUNE = `DELETE FROM hub_change WHERE (transaction, sequence) < (
  SELECT transaction, sequence FROM hub_change WHERE at < now() - make_interval(days => $1)
  ORDER BY transaction DESC, sequence DESC LIMIT 1)`;
/** One statement, so that the horizon and the rows belong to one snapshot. */
const READ = `
  WITH horizon AS (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS transaction)
  SELECT (SELECT transaction FROM horizon) AS horizon,
    (SELECT system_identifier FROM pg_control_system())::text || '-' ||
      (SELECT oid FROM pg_database WHERE datname = current_database()) AS instance,
    (SELECT (transaction, sequence) > ($1::bigint, $2::bigint) FROM hub_change
      ORDER BY transaction, sequence LIMIT 1) AS expired,
    (SELECT coalesce(json_agg(row ORDER BY row.transaction::bigint, row.sequence::bigint), '[]') FROM (
      SELECT c.transaction::text, c.sequence::text, c."recordId" FROM hub_change AS c, horizon
      WHERE c.kind = ANY ($3::text[]) AND (c.transaction, c.sequence) > ($1::bigint, $2::bigint)
        AND c.transaction < horizon.transaction
      ORDER BY c.transaction, c.sequence LIMIT $4::int) AS row) AS rows`;

const LAST_SEQUENCE = '9223372036854775807';

class HubChangesResolver {
  constructor(connection) {
    this.connection = connection;
  }

  /** Changes after a position; without one, only the position from which to go on. */
  async hubChanges(ctx, { kinds, after, limit }) {
    const isFirst = after === undefined || after === null;
    const [transaction, sequence] = isFirst ? ['0', '0'] : parsePosition(after);
    const take = isFirst ? 0 : Math.max(0, Math.min(limit, MAX_LIMIT));
    const [found] = await this.repository(ctx).query(READ, [transaction, sequence, kinds, take]);
    const last = found.rows.at(-1);
    return {
      instance: found.instance,
      serverVersion: core.VENDURE_VERSION,
      recordIds: found.rows.map(({ recordId }) => recordId),
      position: isFirst ? positionBefore(found.horizon) : last ? positionOf(last) : after,
      more: take > 0 && found.rows.length === take,
      expired: !isFirst && found.expired === true,
    };
  }

  repository(ctx) {
    return this.connection.getRepository(ctx, HubChange);
  }
}
Inject(core.TransactionalConnection)(HubChangesResolver, undefined, 0);
decorateMethod(HubChangesResolver.prototype, 'hubChanges', [Query(), core.Allow(readHubChanges.Permission)]);
core.Ctx()(HubChangesResolver.prototype, 'hubChanges', 0);
Args()(HubChangesResolver.prototype, 'hubChanges', 1);
Resolver()(HubChangesResolver);

const SCHEMA = parse(`
  type HubChangePage {
    "Another one means another database: positions of the one before mean nothing."
    instance: String!
    serverVersion: String!
    "In the order of commit; an id may come several times."
    recordIds: [ID!]!
    "Give it as after."
    position: String!
    more: Boolean!
    "Older changes than this position are no longer kept: read everything again."
    expired: Boolean!
  }
  extend type Query {
    hubChanges(kinds: [String!]!, after: String, limit: Int!): HubChangePage!
  }
`);

/** Add it to `plugins` of the Vendure configuration; its table comes with the next migration. */
export class HubChangesPlugin {
  constructor(eventBus, connection) {
    this.eventBus = eventBus;
    this.connection = connection;
  }

  async onApplicationBootstrap() {
    const { type } = this.connection.rawConnection.options;
    if (type !== 'postgres') throw new Error(`The hub's plugin needs PostgreSQL, not ${type}.`);
    for (const [event, kind, findIds] of this.subscriptions()) this.subscribe(event, kind, findIds);
    await this.connection.rawConnection.query(START);
    await this.prune();
    this.timer = setInterval(() => void this.prune(), PRUNE_EVERY_MS).unref();
  }

  onApplicationShutdown() {
    clearInterval(this.timer);
  }

  subscriptions() {
    return [
      [core.ProductVariantEvent, 'variant', ({ entity }) => entity.map(({ id }) => id)],
      [core.ProductVariantChannelEvent, 'variant', ({ productVariant }) => [productVariant.id]],
      // a product that was just created has none: variants come with events of their own
      [
        core.ProductEvent,
        'variant',
        ({ ctx, entity, type }) => (type === 'created' ? [] : this.findVariants(ctx, entity.id)),
      ],
      [core.ProductChannelEvent, 'variant', ({ ctx, product }) => this.findVariants(ctx, product.id)],
      [core.ProductVariantPriceEvent, 'price', ({ ctx, entity }) => this.findPriced(ctx, entity)],
      [core.StockMovementEvent, 'stock-level', ({ stockMovements }) => stockMovements.map(variantOf)],
      [core.CustomerEvent, 'customer', ({ entity }) => [entity.id]],
      [core.CustomerAddressEvent, 'customer', ({ entity }) => [entity.customer?.id]],
      [core.CustomerGroupChangeEvent, 'customer', ({ customers }) => customers.map(({ id }) => id)],
      [core.IdentifierChangeEvent, 'customer', ({ ctx, user }) => this.findCustomers(ctx, user.id)],
      [core.OrderStateTransitionEvent, 'order', ({ order }) => [order.id]],
    ];
  }

  subscribe(event, kind, findIds) {
    this.eventBus.registerBlockingEventHandler({
      id: `hub-changes-${event.name}`,
      event,
      handler: async (published) => {
        const ids = new Set((await findIds(published)).filter((id) => id !== null && id !== undefined).map(String));
        if (ids.size === 0) return;
        await this.connection.getRepository(published.ctx, HubChange).query(APPEND, [kind, [...ids]]);
      },
    });
  }

  async findVariants(ctx, productId) {
    const where = { product: { id: productId } };
    const found = await this.connection
      .getRepository(ctx, core.ProductVariant)
      .find({ where, select: { id: true }, loadEagerRelations: false });
    return found.map(({ id }) => id);
  }

  /** A price that was removed has no id any more; the event of its variant follows. */
  async findPriced(ctx, prices) {
    const ids = prices.flatMap(({ id }) => id ?? []);
    const found = await this.connection
      .getRepository(ctx, core.ProductVariantPrice)
      .createQueryBuilder('price')
      .select('price.variantId', 'id')
      .where('price.id IN (:...ids)', { ids: [...ids, 0] })
      .getRawMany();
    return found.map(({ id }) => id);
  }

  async findCustomers(ctx, userId) {
    const found = await this.connection.getRepository(ctx, core.Customer).find({ where: { user: { id: userId } } });
    return found.map(({ id }) => id);
  }

  async prune() {
    try {
      await this.connection.rawConnection.query(PRUNE, [KEEP_DAYS]);
    } catch (error) {
      core.Logger.warn(`outdated changes were not removed: ${error.message}`, 'HubChangesPlugin');
    }
  }
}
Inject(core.EventBus)(HubChangesPlugin, undefined, 0);
Inject(core.TransactionalConnection)(HubChangesPlugin, undefined, 1);
core.VendurePlugin({
  imports: [core.PluginCommonModule],
  compatibility: '^3.0.0',
  entities: [HubChange],
  adminApiExtensions: { schema: SCHEMA, resolvers: [HubChangesResolver] },
  configuration: (config) => {
    config.authOptions.customPermissions.push(readHubChanges);
    return config;
  },
})(HubChangesPlugin);

function variantOf(movement) {
  return movement.productVariant?.id ?? movement.productVariantId;
}

/** @throws UserInputError for a text that is none of our positions */
function parsePosition(text) {
  const parts = /^(\d{1,19})\.(\d{1,19})$/.exec(text);
  if (!parts) throw new core.UserInputError('after is no position of hubChanges');
  return parts.slice(1);
}

function positionOf({ transaction, sequence }) {
  return `${transaction}.${sequence}`;
}

/** After every change that a reader of the present can see. */
function positionBefore(horizon) {
  return `${BigInt(horizon) - 1n}.${LAST_SEQUENCE}`;
}

function decorate(prototype, decorators) {
  for (const [property, list] of Object.entries(decorators)) for (const apply of list) apply(prototype, property);
}

function decorateMethod(prototype, name, decorators) {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
  for (const apply of decorators) apply(prototype, name, descriptor);
}
