import type { DiscoveredEntity } from '#connector-sdk';
import type { AccountsApi } from './api.js';
import { CUSTOM, WRITABLE } from './entity-plan.js';

/** Accounts with their columns and the organisation's custom fields. */
export async function discoverAccounts(api: AccountsApi): Promise<readonly DiscoveredEntity[]> {
  const [active, closed] = [await api.window('active', 0, 1), await api.window('closed', 0, 1)];
  const custom = (await api.customFields()).filter(
    ({ target_model: target, is_active: isActive }) => target === 'Account' && isActive,
  );
  const fields = [
    ...WRITABLE.map((name) => ({ name, type: 'text', nullable: name !== 'name' })),
    { name: 'is_active', type: 'boolean', nullable: false },
    ...custom.map(({ key, field_type: type }) => ({ name: `${CUSTOM}${key}`, type, nullable: true })),
  ];
  return [{ name: 'accounts', fields, approximateCount: active.count + closed.count }];
}
