import { join } from 'node:path';
import type { Connector, EntityMapping } from '#connector-sdk';
import type { Entity } from '#contracts';
import type { HubSystem } from '#hub-file';
import { HubError, systemClock } from '#kernel';
import type { ConnectorHostOptions } from './host-options.js';

/** Opens the system's connection in a mode. @throws HubError HUB_CONFIG_INVALID naming every wrong setting */
export function openConnector(
  { definition, dataDir, logger, file }: ConnectorHostOptions,
  system: HubSystem,
  mode: 'observe' | 'write',
): Connector {
  const config = definition.configSchema.safeParse(system.config);
  if (!config.success) {
    const problems = config.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new HubError('HUB_CONFIG_INVALID', `Wrong config of system "${system.id}":\n  ${problems.join('\n  ')}`, {
      problems,
    });
  }
  const mappings = system.entities as Readonly<Partial<Record<Entity, EntityMapping>>>;
  const workFolder = join(dataDir, system.id);
  return definition.open({
    system: system.id,
    config: config.data,
    mappings,
    clock: systemClock,
    logger: logger.child({ part: 'connector' }),
    mode,
    workFolder,
    reconcileShare: file.reconcile.maxRateShare,
  });
}
