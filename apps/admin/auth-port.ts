import type { AdminSession } from '#contracts';

/** A session that has just begun. */
export interface OpenedSession {
  /** For the cookie; nobody else keeps it. */
  readonly token: string;
  readonly session: AdminSession;
}

/**
 * Who may use the page: the only seam between it and an identity provider. The page's own accounts are one implementation
 * ({@link LocalAdmins}); sign-in by a provider is another, which brings its own route to begin a session.
 */
export interface AuthPort {
  /** Null when name and password do not belong together. Takes the same time whether or not the name is known. */
  signIn(name: string, password: string): Promise<OpenedSession | null>;
  /** Null when there is no such session, or it has ended. */
  findSession(token: string): Promise<AdminSession | null>;
  signOut(token: string): Promise<void>;
}

/** Injection token of {@link AuthPort}. */
export const AUTH = Symbol('AUTH');
