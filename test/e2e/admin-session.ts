import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { ScratchHub } from '#hub-runner';
import { eventually } from '#testing';
import { Doors } from '../browser/doors.js';

const LONG = { timeoutMs: 90_000, intervalMs: 100 };

/** The page's API of a running hub, signed in as the admin whose password the first start printed. */
export class AdminSession {
  private constructor(
    private readonly hub: ScratchHub,
    private readonly head: Record<string, string>,
  ) {}

  /** @param folder where the processes of the hub log */
  static async open(hub: ScratchHub, folder: string): Promise<AdminSession> {
    const password = await eventually(async () => {
      const printed = /password: (\S+) /.exec(readFileSync(join(folder, 'admin.log'), 'utf8'))?.[1];
      if (printed === undefined) throw new Error('no password is printed yet');
      return printed;
    }, LONG);
    const { cookie, session } = await new Doors(hub.processes.urlOf('admin')).signIn(password);
    const head = { cookie, 'x-csrf-token': session.csrfToken, 'content-type': 'application/json' };
    return new AdminSession(hub, head);
  }

  /** Asks; with a body it orders. The admin may have been started anew since. */
  async ask<T>(path: string, body?: object): Promise<T> {
    const answer = await fetch(`${this.hub.processes.urlOf('admin')}/api/${path}`, {
      ...{ headers: this.head, method: body ? 'POST' : 'GET' },
      ...(body && { body: JSON.stringify(body) }),
    });
    expect([answer.status, path]).toEqual([body ? 201 : 200, path]);
    return (await answer.json()) as T;
  }
}
