import type { ConnectorDefinition } from '#connector-sdk';
import type { ConnectorKind } from '#hub-file';
import { HubError } from '#kernel';
import { DEFINITIONS } from './generated/connector-definitions.js';

/** What the hub file is checked against: names of connectors, and the shape of each one's `config`. */
export const connectorKinds: readonly ConnectorKind[] = DEFINITIONS.map((definition) => ({
  id: definition.id,
  findConfigProblems: (config) => definition.configSchema.safeParse(config).error?.issues ?? [],
}));

/** The connector of a name. @throws HubError HUB_CONFIG_INVALID */
export function getConnector(id: string): ConnectorDefinition {
  const definition = DEFINITIONS.find((candidate) => candidate.id === id);
  if (!definition) throw new HubError('HUB_CONFIG_INVALID', `There is no connector "${id}".`, { connector: id });
  return definition;
}
