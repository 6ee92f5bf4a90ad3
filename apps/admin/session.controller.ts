import type { IncomingMessage, ServerResponse } from 'node:http';
import { Body, Controller, Get, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { assertWithinLimit, Open, permissionsOf, type AccessOptions } from '#auth';
import type { AdminSession, SignedOut, SignInWays } from '#contracts';
import { HubError } from '#kernel';
import { parseRequest } from '#observability';
import type { StoredSession } from '#store-postgres';
import { loginBody } from './requests.js';
import { readSessionCookie, writeSessionCookie } from './session-cookie.js';
import { SessionGuard } from './session.guard.js';
import { ACCESS, SIGN_IN } from './tokens.js';
import type { SignIn } from './sign-in.js';

interface WebRequest extends IncomingMessage {
  readonly method: string;
}

/** Signing in and out. */
@Controller('api')
export class SessionController {
  private readonly guard: SessionGuard;

  constructor(
    @Inject(SIGN_IN) private readonly signIn: SignIn,
    @Inject(ACCESS) private readonly access: Pick<AccessOptions, 'roles' | 'limiter'>,
  ) {
    this.guard = new SessionGuard(signIn.sessions);
  }

  @Open('says only which ways in there are')
  @Get('sign-in')
  ways(): SignInWays {
    return { provider: this.signIn.provider?.issuer ?? null };
  }

  /** Attempts count by the address of their connection, right or wrong: a wrong one costs as much as a right one. */
  @Open('the password stands in for it')
  @Post('login')
  @HttpCode(200)
  async login(
    @Body() body: unknown,
    @Req() request: WebRequest,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<AdminSession> {
    assertOfPage(request);
    const { name, password } = parseRequest(loginBody, body);
    await assertWithinLimit(this.access.limiter, 'login', request.socket.remoteAddress ?? 'unknown');
    const owner = await this.signIn.people.prove(name, password);
    if (!owner) throw new HubError('HUB_UNAUTHORISED', 'Name or password is wrong.');
    await this.signIn.sessions.close(readSessionCookie(request.headers.cookie) ?? '');
    const opened = await this.signIn.sessions.open(owner);
    response.setHeader('set-cookie', writeSessionCookie(opened.token, this.signIn.isSecure()));
    return this.toSession(opened.session);
  }

  @Open('tells the bearer of a session about that session')
  @Get('session')
  async session(@Req() request: WebRequest): Promise<AdminSession> {
    return this.toSession(await this.getSession(request));
  }

  /** A session of the provider's goes on there: `next` ends it, too. */
  @Open('ends the session of its bearer, who shows the CSRF token')
  @Post('logout')
  @HttpCode(200)
  async logout(@Req() request: WebRequest, @Res({ passthrough: true }) response: ServerResponse): Promise<SignedOut> {
    const { isOfProvider } = await this.getSession(request);
    await this.signIn.sessions.close(readSessionCookie(request.headers.cookie) ?? '');
    response.setHeader('set-cookie', writeSessionCookie('', this.signIn.isSecure()));
    return { next: isOfProvider ? ((await this.signIn.provider?.endAddress()) ?? null) : null };
  }

  /** @throws HubError HUB_UNAUTHORISED */
  private async getSession(request: WebRequest): Promise<StoredSession> {
    const session = await this.guard.findSession(request);
    if (!session) throw new HubError('HUB_UNAUTHORISED', 'Sign in first.');
    return session;
  }

  private toSession({ subject, name, roles, csrfToken, expiresAt }: StoredSession): AdminSession {
    return { subject, name, roles, permissions: permissionsOf(this.access.roles, roles), csrfToken, expiresAt };
  }
}

/** A form of another site can send no JSON: without this it could sign a browser in as somebody else. */
function assertOfPage({ headers }: IncomingMessage): void {
  if (/^application\/json\b/i.test(headers['content-type'] ?? '')) return;
  throw new HubError('HUB_REQUEST_INVALID', 'Send name and password as application/json.');
}
