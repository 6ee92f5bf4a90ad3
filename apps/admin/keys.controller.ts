import { Body, Controller, Get, Header, HttpCode, Inject, Param, Post } from '@nestjs/common';
import type { ApiKeyDesk, Changer } from '#access';
import { Access, identityOf, Permission, type RequestAccess } from '#auth';
import type { ApiKeyList, NewApiKey } from '#contracts';
import { parseRequest } from '#observability';
import { ACTS, type Acts } from './acts.js';
import { keyPlace, newKeyBody } from './keys-request.js';
import { KEY_DESK } from './tokens.js';

/** Opens the desk of the hub's keys for one request. */
export type WithKeyDesk = <T>(work: (desk: ApiKeyDesk) => Promise<T>) => Promise<T>;

/** API keys of the hub. A key is in the answer that made it, and in no other. */
@Controller('api/keys')
export class KeysController {
  constructor(
    @Inject(KEY_DESK) private readonly withDesk: WithKeyDesk,
    @Inject(ACTS) private readonly acts: Acts,
  ) {}

  @Permission('access:read')
  @Get()
  list(): Promise<ApiKeyList> {
    return this.withDesk(async (desk) => ({ keys: [...(await desk.list())].reverse(), roles: desk.roles }));
  }

  @Permission('access:change')
  @Post()
  @Header('cache-control', 'no-store')
  create(@Body() body: unknown, @Access() access: RequestAccess): Promise<NewApiKey> {
    const { owner = identityOf(access.principal), ...rest } = parseRequest(newKeyBody, body);
    const act = { actor: access.actor(), act: 'key.created', subject: `${rest.name} for ${owner}`, reason: null };
    return this.acts.run(act, () => this.withDesk((desk) => desk.create({ ...rest, owner }, changerOf(access))));
  }

  @Permission('access:change')
  @Post(':prefix/revoke')
  @HttpCode(204)
  revoke(@Param() params: unknown, @Access() access: RequestAccess): Promise<void> {
    const { prefix } = parseRequest(keyPlace, params);
    const act = { actor: access.actor(), act: 'key.revoked', subject: prefix, reason: null };
    return this.acts.run(act, () => this.withDesk((desk) => desk.revoke(prefix, changerOf(access))));
  }
}

function changerOf(access: RequestAccess): Changer {
  const { principal, requestId } = access;
  return { principal, requestId, actor: access.actor() };
}
