import { HubError, systemClock, type Clock } from '#kernel';
import type { SchemaSource } from './schema-source.js';

/** How to reach the registry. */
export interface SchemaRegistryOptions {
  /** Base of the Confluent API, for example `http://host:8081/apis/ccompat/v7`. */
  readonly url: string;
  readonly timeoutMs?: number;
  /** Value of the `authorization` header, asked for at each request so that tokens may rotate. */
  readonly authorization?: (() => string | Promise<string>) | undefined;
  readonly clock?: Clock;
}

/** A schema under its subject. */
export interface RegisteredVersion {
  readonly version: number;
  /** Global. */
  readonly id: number;
  /** JSON. */
  readonly schema: string;
}

interface Answer {
  readonly status: number;
  readonly body: {
    readonly id?: number;
    readonly schema?: string;
    readonly error_code?: number;
    readonly message?: string;
    readonly is_compatible?: boolean;
  };
}

const LEVEL = 'FULL_TRANSITIVE';
const SCHEMA_NOT_FOUND = 40403;
const ATTEMPTS = 4;

/**
 * The calls that the hub makes of the registry's Confluent API. An outage is never mistaken for an unknown schema.
 * @see docs/adr/0002-registry-client.md
 */
export class SchemaRegistry implements SchemaSource {
  constructor(private readonly options: SchemaRegistryOptions) {}

  /**
   * Id of this schema under the subject; registers it when it is new, with FULL_TRANSITIVE set before the first version.
   * Spacing does not matter; the same schema with its keys in another order would get another id.
   * @throws HubError HUB_SCHEMA_INCOMPATIBLE, HUB_REGISTRY_UNREACHABLE, HUB_CONFIG_INVALID (refused credentials)
   */
  async register(subject: string, schemaText: string): Promise<number> {
    const text = JSON.stringify(JSON.parse(schemaText));
    for (let attempt = 1; ; attempt += 1) {
      const known = await this.lookUp(subject, text);
      if (known !== null) return known;
      const answer = await this.addVersion(subject, text);
      if (answer.status === 200 && answer.body.id !== undefined) return answer.body.id;
      if (answer.status !== 409 && answer.status !== 422) throw unexpected('register', subject, answer);
      // 409 says 'incompatible', but also that another service is writing the same subject right now.
      if (attempt === ATTEMPTS) throw refused(subject, answer);
      await (this.options.clock ?? systemClock).sleep(100 * attempt);
    }
  }

  /** Text of a schema by its global id; null when the registry says that it has none. @throws HubError HUB_REGISTRY_UNREACHABLE */
  async find(id: number): Promise<string | null> {
    const answer = await this.call('GET', `/schemas/ids/${id}`);
    if (answer.status === 200 && answer.body.schema !== undefined) return answer.body.schema;
    if (answer.status === 404 && answer.body.error_code === SCHEMA_NOT_FOUND) return null;
    throw unexpected('read', `id ${id}`, answer);
  }

  /** Every version of a subject, the oldest first; none when the registry does not know it. @throws HubError HUB_REGISTRY_UNREACHABLE */
  async findVersions(subject: string): Promise<RegisteredVersion[]> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions`;
    const listed = await this.call('GET', path);
    if (listed.status === 404) return [];
    if (listed.status !== 200 || !Array.isArray(listed.body)) throw unexpected('list versions of', subject, listed);
    const numbers = (listed.body as readonly unknown[]).filter(Number.isInteger) as number[];
    return Promise.all(numbers.map((version) => this.getVersion(path, version)));
  }

  /**
   * Whether the registry would take this schema as the next version of the subject, by the level that the subject has; null
   * when it does not know the subject. Registers nothing. @throws HubError HUB_REGISTRY_UNREACHABLE
   */
  async wouldTake(subject: string, schemaText: string): Promise<boolean | null> {
    const path = `/compatibility/subjects/${encodeURIComponent(subject)}/versions`;
    const answer = await this.call('POST', path, { schema: schemaText });
    if (answer.status === 404) return null;
    if (answer.status === 200 && answer.body.is_compatible !== undefined) return answer.body.is_compatible;
    throw unexpected('test', subject, answer);
  }

  private async getVersion(path: string, version: number): Promise<RegisteredVersion> {
    const answer = await this.call('GET', `${path}/${version}`);
    const { id, schema } = answer.body;
    if (answer.status !== 200 || id === undefined || schema === undefined)
      throw unexpected('read', `${path}/${version}`, answer);
    return { version, id, schema };
  }

  private async addVersion(subject: string, schemaText: string): Promise<Answer> {
    const level = await this.call('PUT', `/config/${encodeURIComponent(subject)}`, { compatibility: LEVEL });
    if (level.status !== 200) return level;
    return this.call('POST', `/subjects/${encodeURIComponent(subject)}/versions`, { schema: schemaText });
  }

  private async lookUp(subject: string, schemaText: string): Promise<number | null> {
    const answer = await this.call('POST', `/subjects/${encodeURIComponent(subject)}`, { schema: schemaText });
    if (answer.status === 200 && answer.body.id !== undefined) return answer.body.id;
    if (answer.status === 404) return null;
    throw unexpected('look up', subject, answer);
  }

  private async call(method: string, path: string, body?: unknown): Promise<Answer> {
    const { url, timeoutMs = 10_000, authorization } = this.options;
    const headers = {
      'content-type': 'application/vnd.schemaregistry.v1+json',
      ...(authorization ? { authorization: await authorization() } : {}),
    };
    try {
      const response = await fetch(`${url.replace(/\/$/, '')}${path}`, {
        method,
        headers,
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: parseBody(text) };
    } catch (error) {
      throw new HubError('HUB_REGISTRY_UNREACHABLE', 'The schema registry did not answer.', { path }, { cause: error });
    }
  }
}

/** A proxy's error page is no JSON; it then has no error code and counts as an outage. */
function parseBody(text: string): Answer['body'] {
  try {
    return JSON.parse(text) as Answer['body'];
  } catch {
    return {};
  }
}

function refused(subject: string, answer: Answer): HubError {
  const message = `The registry refuses ${subject}: ${answer.body.message ?? ''}`;
  return new HubError('HUB_SCHEMA_INCOMPATIBLE', message, { subject, status: answer.status });
}

function unexpected(what: string, subject: string, answer: Answer): HubError {
  const isRefused = answer.status === 401 || answer.status === 403;
  const code = isRefused ? 'HUB_CONFIG_INVALID' : 'HUB_REGISTRY_UNREACHABLE';
  const message = `The schema registry answered ${answer.status} when asked to ${what} ${subject}.`;
  return new HubError(code, message, { status: answer.status, errorCode: answer.body.error_code ?? 0 });
}
