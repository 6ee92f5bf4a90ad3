import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { Permission } from '#auth';
import { AVRO_SCHEMAS, type SchemaChanges, type SchemaCheck } from '#contracts';
import { HubError } from '#kernel';
import { findSchemaMistake, type SchemaRegistry } from '#messaging-kafka';
import { parseRequest } from '#observability';
import { checkSchema, findChanges } from '#schema-changes';
import { schemaBody, schemaChangesQuery } from './schema-request.js';
import { REGISTRY } from './tokens.js';

/** What changed between versions of a schema, and whether another one could follow. Registers nothing. */
@Controller('api/schemas/:type')
export class SchemasController {
  constructor(@Inject(REGISTRY) private readonly registry: Pick<SchemaRegistry, 'findVersions' | 'wouldTake'>) {}

  @Permission('schema:read')
  @Get('changes')
  async changes(@Param('type') type: string, @Query() query: unknown): Promise<SchemaChanges> {
    const { version, of } = parseRequest(schemaChangesQuery, query);
    return findChanges(await this.registry.findVersions(known(type)), { version, of });
  }

  /** A dry run of registering a schema. */
  @Permission('schema:plan')
  @Post('check')
  @HttpCode(200)
  async check(@Param('type') type: string, @Body() body: unknown): Promise<SchemaCheck> {
    const { schema } = parseRequest(schemaBody, body);
    const subject = known(type);
    const versions = await this.registry.findVersions(subject);
    const found = checkSchema(schema, { type: subject, versions, findMistake: findSchemaMistake });
    return { ...found, registryTakes: found.mistake === null ? await this.registry.wouldTake(subject, schema) : null };
  }
}

function known(type: string): string {
  if (!Object.hasOwn(AVRO_SCHEMAS, type)) throw new HubError('HUB_NOT_FOUND', `There is no event type ${type}.`);
  return type;
}
