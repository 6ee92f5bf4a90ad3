import type { OidcSettings } from '#auth';
import { portOf, type HubFile } from '#hub-file';
import { oidcSettingsOf, type OidcVariables } from './oidc-settings.js';
import { hubServersOf, type HubServers, type QueueServers, type ServersConfig } from './server-access.js';

/** What a service of the hub is started with: the hub file, where its servers are, where it serves HTTP. */
export interface ServiceSettings<Servers extends HubServers = HubServers> {
  readonly file: HubFile;
  readonly servers: Servers;
  /** Port 0 takes any free port. */
  readonly http: { readonly host: string; readonly port: number; readonly token: string };
  /** The provider whose people may call; without it none. */
  readonly oidc?: OidcSettings;
  /** Keys of the audit, the newest first; without them one is made of the token. */
  readonly auditSecrets?: readonly Buffer[];
}

type ServiceName = Parameters<typeof portOf>[1];
type ServiceConfig = ServersConfig & {
  readonly PLUMBLINE_HTTP_HOST: string;
  readonly PLUMBLINE_TOKEN: string;
} & OidcVariables & {
    readonly AUDIT_KEYS?: readonly Buffer[] | undefined;
  };
type QueueConfig = ServiceConfig & { readonly REDIS_URL: string };

/** A service's settings from the environment; with the job queues' server where it is configured. @throws HubError HUB_CONFIG_INVALID */
export function serviceSettingsOf(
  config: QueueConfig,
  file: HubFile,
  service: ServiceName,
): ServiceSettings<QueueServers>;
export function serviceSettingsOf(config: ServiceConfig, file: HubFile, service: ServiceName): ServiceSettings;
export function serviceSettingsOf(
  config: ServiceConfig & Partial<QueueConfig>,
  file: HubFile,
  service: ServiceName,
): ServiceSettings {
  const [oidc, auditSecrets] = [oidcSettingsOf(config), config.AUDIT_KEYS];
  const { REDIS_URL: redisUrl, PLUMBLINE_HTTP_HOST: host, PLUMBLINE_TOKEN: token } = config;
  return {
    file,
    servers: { ...hubServersOf(config), ...(redisUrl !== undefined && { redisUrl }) },
    http: { host, port: portOf(file, service), token },
    ...(oidc && { oidc }),
    ...(auditSecrets && { auditSecrets }),
  };
}
