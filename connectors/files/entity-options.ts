import type { EntityMapping } from '#connector-sdk';
import { ENTITIES, type Entity, type EntityDescriptor } from '#contracts';
import { HubError } from '#kernel';
import { z } from 'zod';

/** Settings of one entity in the hub file (`options`). */
export const entityOptionsSchema = z.strictObject({
  /** Each file is the whole list: what it lacks is deleted. */
  complete: z.boolean().default(false),
  /** Column or property that is true for deleted records, in drops and in our own files. */
  deleted: z.string().min(1).optional(),
  /** XML only: name of the element that is a record, at any depth. Default: every child of the root element. */
  record: z.string().min(1).optional(),
});

/** One entity of the folder, from the configuration alone. */
export interface FilesEntity {
  readonly entity: Entity;
  readonly descriptor: EntityDescriptor;
  readonly mapping: EntityMapping;
  readonly options: z.infer<typeof entityOptionsSchema>;
}

/** The entities of the mapping. @throws HubError HUB_CONFIG_INVALID */
export function planEntities(mappings: Readonly<Partial<Record<Entity, EntityMapping>>>): FilesEntity[] {
  return (Object.entries(mappings) as [Entity, EntityMapping][]).map(([entity, mapping]) => {
    const options = entityOptionsSchema.safeParse(mapping.options);
    if (options.success) return { entity, descriptor: ENTITIES[entity], mapping, options: options.data };
    const problems = options.error.issues.map((issue) => `options.${issue.path.join('.')}: ${issue.message}`);
    throw new HubError('HUB_CONFIG_INVALID', `${entity}: ${problems.join('; ')}`);
  });
}
