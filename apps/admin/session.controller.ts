import type { IncomingMessage, ServerResponse } from 'node:http';
import { Body, Controller, Get, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import type { AdminSession } from '#contracts';
import { HubError } from '#kernel';
import { parseRequest } from '#observability';
import { AUTH, type AuthPort } from './auth-port.js';
import { loginBody } from './requests.js';
import { readSessionCookie, writeSessionCookie } from './session-cookie.js';

interface WebRequest extends IncomingMessage {
  readonly secure: boolean;
}

/** Signing in and out. */
@Controller('api')
export class SessionController {
  constructor(@Inject(AUTH) private readonly auth: AuthPort) {}

  @Post('login')
  @HttpCode(200)
  async login(
    @Body() body: unknown,
    @Req() request: WebRequest,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<AdminSession> {
    const { name, password } = parseRequest(loginBody, body);
    const opened = await this.auth.signIn(name, password);
    if (!opened) throw new HubError('HUB_UNAUTHORISED', 'Name or password is wrong.');
    response.setHeader('set-cookie', writeSessionCookie(opened.token, request.secure));
    return opened.session;
  }

  @Get('session')
  async session(@Req() request: WebRequest): Promise<AdminSession> {
    const token = readSessionCookie(request.headers.cookie);
    const session = token === null ? null : await this.auth.findSession(token);
    if (!session) throw new HubError('HUB_UNAUTHORISED', 'Sign in first.');
    return session;
  }

  @Post('logout')
  @HttpCode(204)
  async logout(@Req() request: WebRequest, @Res({ passthrough: true }) response: ServerResponse): Promise<void> {
    await this.auth.signOut(readSessionCookie(request.headers.cookie) ?? '');
    response.setHeader('set-cookie', writeSessionCookie('', request.secure));
  }
}
