import { z } from 'zod';
import type { VendureClient } from './client.js';

/** A custom field of the server's configuration. */
export interface CustomField {
  readonly name: string;
  readonly type: string;
}

/** What the server says of itself and of the channel; read once per connection. */
export interface Shop {
  readonly languages: readonly string[];
  readonly channel: {
    readonly code: string;
    readonly defaultLanguage: string;
    readonly currencies: readonly string[];
    readonly pricesIncludeTax: boolean;
  };
  /** By entity of Vendure; only those with one value, in this language or in all. */
  readonly customFields: Readonly<Record<string, readonly CustomField[]>>;
}

const SHOP = `query {
  globalSettings { availableLanguages serverConfig { entityCustomFields {
    entityName customFields { ... on CustomField { name type list } } } } }
  activeChannel { code defaultLanguageCode availableLanguageCodes availableCurrencyCodes pricesIncludeTax }
}`;
const schema = z.object({
  globalSettings: z.object({
    availableLanguages: z.array(z.string()),
    serverConfig: z.object({
      entityCustomFields: z.array(
        z.object({
          entityName: z.string(),
          customFields: z.array(z.object({ name: z.string(), type: z.string(), list: z.boolean() })),
        }),
      ),
    }),
  }),
  activeChannel: z.object({
    code: z.string(),
    defaultLanguageCode: z.string(),
    availableLanguageCodes: z.array(z.string()).nullable(),
    availableCurrencyCodes: z.array(z.string()),
    pricesIncludeTax: z.boolean(),
  }),
});
const SINGLE = new Set(['string', 'text', 'int', 'float', 'boolean', 'datetime']);

/** Reads it. */
export async function readShop(client: VendureClient): Promise<Shop> {
  const { globalSettings, activeChannel } = await client.run(SHOP, {}, schema);
  const { entityCustomFields } = globalSettings.serverConfig;
  return {
    languages: [...new Set([...(activeChannel.availableLanguageCodes ?? []), ...globalSettings.availableLanguages])],
    channel: {
      code: activeChannel.code,
      defaultLanguage: activeChannel.defaultLanguageCode,
      currencies: activeChannel.availableCurrencyCodes,
      pricesIncludeTax: activeChannel.pricesIncludeTax,
    },
    customFields: Object.fromEntries(
      entityCustomFields.map(({ entityName, customFields }) => [
        entityName,
        customFields.filter(({ type, list }) => !list && SINGLE.has(type)),
      ]),
    ),
  };
}
