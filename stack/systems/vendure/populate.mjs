// Fills the template database through the Admin API: languages, tax, shipping, payment, a stock location. Then it ends.
import { startVendure } from './server.mjs';

const { VENDURE_PORT, VENDURE_USER, VENDURE_PASSWORD } = process.env;
let token;

const app = await startVendure({ synchronize: true });
await call(
  'mutation ($user: String!, $password: String!) { login(username: $user, password: $password) { __typename } }',
  {
    user: VENDURE_USER,
    password: VENDURE_PASSWORD,
  },
);
const { createCountry: country } = await call(
  'mutation { createCountry(input: { code: "DE", enabled: true, translations: [{ languageCode: en, name: "Germany" }] }) { id } }',
);
const { createZone: zone } = await call(
  'mutation ($m: [ID!]) { createZone(input: { name: "EU", memberIds: $m }) { id } }',
  {
    m: [country.id],
  },
);
const { createTaxCategory: category } = await call(
  'mutation { createTaxCategory(input: { name: "Standard", isDefault: true }) { id } }',
);
await create('createTaxRate', 'CreateTaxRateInput', {
  ...{ name: 'VAT', enabled: true, value: 19 },
  ...{ categoryId: category.id, zoneId: zone.id },
});
await call('mutation { updateGlobalSettings(input: { availableLanguages: [en, de] }) { __typename } }');
await call(
  `mutation ($z: ID!) { updateChannel(input: { id: 1, defaultShippingZoneId: $z, defaultTaxZoneId: $z,
    defaultCurrencyCode: EUR, availableCurrencyCodes: [EUR, USD], availableLanguageCodes: [en, de],
    defaultLanguageCode: en, pricesIncludeTax: false }) { __typename } }`,
  { z: zone.id },
);
await create('createShippingMethod', 'CreateShippingMethodInput', {
  code: 'standard',
  fulfillmentHandler: 'manual-fulfillment',
  checker: { code: 'default-shipping-eligibility-checker', arguments: [{ name: 'orderMinimum', value: '0' }] },
  calculator: {
    code: 'default-shipping-calculator',
    arguments: [
      { name: 'rate', value: '500' },
      { name: 'taxRate', value: '0' },
      { name: 'includesTax', value: 'auto' },
    ],
  },
  translations: [{ languageCode: 'en', name: 'Standard', description: '' }],
});
await create('createPaymentMethod', 'CreatePaymentMethodInput', {
  code: 'dummy',
  enabled: true,
  handler: { code: 'dummy-payment-handler', arguments: [{ name: 'automaticSettle', value: 'true' }] },
  translations: [{ languageCode: 'en', name: 'Dummy', description: '' }],
});
const { stockLocations } = await call('{ stockLocations { items { id } } }');
await call('mutation ($id: ID!) { updateStockLocation(input: { id: $id, name: "main" }) { id } }', {
  id: stockLocations.items[0].id,
});
await app.close();
process.exit(0);

function create(mutation, type, input) {
  return call(`mutation ($input: ${type}!) { ${mutation}(input: $input) { __typename } }`, { input });
}

async function call(query, variables = {}) {
  const response = await fetch(`http://127.0.0.1:${VENDURE_PORT}/admin-api`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify({ query, variables }),
  });
  token = response.headers.get('vendure-auth-token') ?? token;
  const { data, errors } = await response.json();
  if (errors) throw new Error(`${query}: ${JSON.stringify(errors)}`);
  return data;
}
