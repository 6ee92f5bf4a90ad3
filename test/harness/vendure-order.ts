import type { Item, Json, VendureChannel } from './vendure-channel.js';

interface OrderItem extends Item {
  readonly state: string;
  readonly lines: readonly { readonly id: string; readonly quantity: number }[];
}

/** An order of a guest that is paid and shipped. */
export async function placeOrder(
  channel: VendureChannel,
  what: { readonly variantId: string; readonly quantity: number },
): Promise<void> {
  const guest = channel.asGuest();
  const buy = async (mutation: string, variables: Json = {}): Promise<unknown> =>
    guest.call(mutation, variables, 'shop-api');
  await buy('mutation ($v: ID!, $q: Int!) { addItemToOrder(productVariantId: $v, quantity: $q) { __typename } }', {
    v: what.variantId,
    q: what.quantity,
  });
  await buy(`mutation { setCustomerForOrder(input: { firstName: "A", lastName: "B",
    emailAddress: "${channel.token}@example.org" }) { __typename } }`);
  await buy(`mutation { setOrderShippingAddress(input: { streetLine1: "Main 1", countryCode: "DE" }) { __typename } }`);
  const methods = await guest.call<{ readonly list: readonly Item[] }>(
    '{ list: eligibleShippingMethods { id } }',
    {},
    'shop-api',
  );
  await buy('mutation ($ids: [ID!]!) { setOrderShippingMethod(shippingMethodId: $ids) { __typename } }', {
    ids: [methods.list[0]?.id],
  });
  await buy('mutation { transitionOrderToState(state: "ArrangingPayment") { __typename } }');
  await buy('mutation { addPaymentToOrder(input: { method: "dummy", metadata: {} }) { __typename } }');
  await ship(channel);
}

async function ship(channel: VendureChannel): Promise<void> {
  const { list } = await channel.call<{ readonly list: { readonly items: readonly OrderItem[] } }>(
    '{ list: orders(options: { take: 1, sort: { id: DESC } }) { items { id state lines { id quantity } } } }',
  );
  const [order] = list.items;
  if (order?.state !== 'PaymentSettled') throw new Error(`the order is ${order?.state}`);
  const lines = order.lines.map(({ id, quantity }) => ({ orderLineId: id, quantity }));
  const handler = { code: 'manual-fulfillment', arguments: [{ name: 'method', value: 'post' }] };
  const { made } = await channel.call<{ readonly made: Item }>(
    `mutation ($input: FulfillOrderInput!) { made: addFulfillmentToOrder(input: $input) {
      ... on Fulfillment { id } ... on ErrorResult { message } } }`,
    { input: { lines, handler } },
  );
  const document = 'mutation ($id: ID!) { transitionFulfillmentToState(id: $id, state: "Shipped") { __typename } }';
  await channel.call(document, { id: made.id });
}
