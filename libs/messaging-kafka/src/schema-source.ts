/** Where schemas and their ids come from; the registry, or a fake in tests. */
export interface SchemaSource {
  /** Id of a schema under a subject, registered if new. */
  register(subject: string, schemaText: string): Promise<number>;
  /** Text of a schema; null when there is none with this id. @throws HubError HUB_REGISTRY_UNREACHABLE */
  find(id: number): Promise<string | null>;
}
