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
import {
  HubChange,
  appendChanges,
  parsePosition,
  pruneChanges,
  readChanges,
  readPresent,
  startChanges,
} from './hub-changes.table.mjs';

// the shop's own packages, not this project's
const load = createRequire(import.meta.url);
const core = load('@vendure/core');
const { Args, Query, Resolver } = load('@nestjs/graphql');
const { Inject } = load('@nestjs/common');
const { parse } = load('graphql');

const PRUNE_EVERY_MS = 3_600_000;

/** Whoever may read the changes; give it to the role of the hub's administrator. */
export const readHubChanges = new core.PermissionDefinition({
  name: 'ReadHubChanges',
  description: 'Read which records changed, for the integration hub',
});

class HubChangesResolver {
  constructor(connection) {
    this.connection = connection;
  }

  /** Changes after a position; without one, only the position from which to go on. */
  async hubChanges(ctx, { kinds, exceptOwn, after, limit }) {
    const repository = this.connection.getRepository(ctx, HubChange);
    const { rows, ...page } = await (after === undefined || after === null
      ? readPresent(repository)
      : readChanges(repository, positionOf(after), kinds, limit));
    const own = sessionOf(ctx);
    const isTold = ({ kind, session }) => own === null || session !== own || !(exceptOwn ?? []).includes(kind);
    return {
      ...page,
      serverVersion: core.VENDURE_VERSION,
      recordIds: rows.filter(isTold).map(({ recordId }) => recordId),
    };
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
    "In the order of commit; an id may come several times. Without those of exceptOwn that the asking session made itself."
    recordIds: [ID!]!
    "Give it as after."
    position: String!
    more: Boolean!
    "Older changes than this position are no longer kept: read everything again."
    expired: Boolean!
  }
  extend type Query {
    hubChanges(kinds: [String!]!, exceptOwn: [String!], after: String, limit: Int!): HubChangePage!
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
    await startChanges(this.connection.rawConnection);
    await this.prune();
    this.timer = setInterval(() => void this.prune(), PRUNE_EVERY_MS).unref();
  }

  onApplicationShutdown() {
    clearInterval(this.timer);
  }

  subscriptions() {
    return [
      [core.ProductVariantEvent, kindOfVariant, ({ entity }) => entity.map(({ id }) => id)],
      [core.ProductVariantChannelEvent, 'variant', ({ productVariant }) => [productVariant.id]],
      // a product that was just created has none: variants come with events of their own
      [
        core.ProductEvent,
        'product',
        ({ ctx, entity, type }) => (type === 'created' ? [] : this.findVariants(ctx, entity.id)),
      ],
      [core.ProductChannelEvent, 'product', ({ ctx, product }) => this.findVariants(ctx, product.id)],
      [core.ProductVariantPriceEvent, 'price', ({ ctx, entity }) => this.findPriced(ctx, entity)],
      [core.StockMovementEvent, 'stock-level', ({ stockMovements }) => stockMovements.map(variantOf)],
      [core.CustomerEvent, 'customer', ({ entity }) => [entity.id]],
      [core.CustomerAddressEvent, 'customer', ({ entity }) => [entity.customer?.id]],
      [core.CustomerGroupChangeEvent, 'customer', ({ customers }) => customers.map(({ id }) => id)],
      [core.IdentifierChangeEvent, 'customer', ({ ctx, user }) => this.findCustomers(ctx, user.id)],
      [core.OrderStateTransitionEvent, 'order', ({ order }) => [order.id]],
    ];
  }

  subscribe(event, kindOf, findIds) {
    this.eventBus.registerBlockingEventHandler({
      id: `hub-changes-${event.name}`,
      event,
      handler: async (published) => {
        const ids = new Set((await findIds(published)).filter((id) => id !== null && id !== undefined).map(String));
        if (ids.size === 0) return;
        const kind = typeof kindOf === 'function' ? kindOf(published) : kindOf;
        const repository = this.connection.getRepository(published.ctx, HubChange);
        await appendChanges(repository, kind, [...ids], sessionOf(published.ctx));
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
      await pruneChanges(this.connection.rawConnection);
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

/** @throws UserInputError for a text that is none of our positions */
function positionOf(text) {
  const position = parsePosition(text);
  if (position === null) throw new core.UserInputError('after is no position of hubChanges');
  return position;
}

function kindOfVariant({ type }) {
  return type === 'created' ? 'new-variant' : 'variant';
}

function sessionOf(ctx) {
  const id = ctx.session?.id;
  return id === undefined || id === null ? null : String(id);
}

function variantOf(movement) {
  return movement.productVariant?.id ?? movement.productVariantId;
}

function decorateMethod(prototype, name, decorators) {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
  for (const apply of decorators) apply(prototype, name, descriptor);
}
