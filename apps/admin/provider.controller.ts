import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { assertWithinLimit, Open, type AccessOptions } from '#auth';
import { HubError, toHubError } from '#kernel';
import { parseRequest } from '#observability';
import type { ProviderSignIn } from './provider-sign-in.js';
import { signInQuery } from './requests.js';
import { readSessionCookie, readSignInCookie, writeSessionCookie, writeSignInCookie } from './session-cookie.js';
import type { SignIn } from './sign-in.js';
import { ACCESS, SIGN_IN } from './tokens.js';

interface WebRequest extends IncomingMessage {
  readonly originalUrl: string;
}
interface WebResponse extends ServerResponse {
  redirect(status: number, address: string): void;
}

/** Signing in at the identity provider: away to it, and back. */
@Controller('api/provider')
export class ProviderController {
  constructor(
    @Inject(SIGN_IN) private readonly signIn: SignIn,
    @Inject(ACCESS) private readonly access: Pick<AccessOptions, 'limiter'>,
  ) {}

  @Open('the provider asks who it is')
  @Get('sign-in')
  async begin(@Query() query: unknown, @Req() request: WebRequest, @Res() response: WebResponse): Promise<void> {
    const { to } = parseRequest(signInQuery, query);
    const provider = this.getProvider();
    await this.count(request);
    const { address, handle } = await provider.begin(to);
    response.setHeader('set-cookie', writeSignInCookie(handle, this.signIn.isSecure()));
    response.redirect(302, address);
  }

  /** Whoever comes back without a good answer sees the sign-in page again, with the code of what went wrong. */
  @Open('the code of the provider, and what this browser began, stand in for it')
  @Get('callback')
  async finish(@Req() request: WebRequest, @Res() response: WebResponse): Promise<void> {
    const provider = this.getProvider();
    await this.count(request);
    const ended = writeSignInCookie('', this.signIn.isSecure());
    try {
      const { cookie } = request.headers;
      const [, search = ''] = request.originalUrl.split(/\?(.*)/s);
      const { owner, returnTo } = await provider.finish(readSignInCookie(cookie) ?? '', search);
      await this.signIn.sessions.close(readSessionCookie(cookie) ?? '');
      const { token } = await this.signIn.sessions.open(owner);
      response.setHeader('set-cookie', [writeSessionCookie(token, this.signIn.isSecure()), ended]);
      response.redirect(302, returnTo);
    } catch (error) {
      const { code, disposition } = toHubError(error);
      if (disposition === 'crash') throw error;
      response.setHeader('set-cookie', ended);
      response.redirect(302, `/?sign-in=${code}`);
    }
  }

  /** As logins are counted: both cost a row, and the callback a call of the provider. */
  private count({ socket }: IncomingMessage): Promise<void> {
    return assertWithinLimit(this.access.limiter, 'login', socket.remoteAddress ?? 'unknown');
  }

  /** @throws HubError HUB_NOT_FOUND */
  private getProvider(): ProviderSignIn {
    const { provider } = this.signIn;
    if (!provider) throw new HubError('HUB_NOT_FOUND', 'No identity provider is set up for this page.');
    return provider;
  }
}
