import type { ReactElement } from 'react';
import type { AdminSession } from '#contracts';
import { useSignOut } from '../api/session.js';
import { Notice } from '../ui/parts.js';

/** Signed in, but nobody gave this person a role of the hub. */
export function NoRolePage({ session }: { readonly session: AdminSession }): ReactElement {
  const signOut = useSignOut();
  const { name, roles } = session;
  return (
    <main className="login">
      <div className="panel">
        <h1>Plumbline</h1>
        <Notice tone="danger">
          <strong>{name} has no role here.</strong>
          <p>
            {roles.length === 0
              ? 'The account has no roles.'
              : `This hub knows none of its roles: ${roles.join(', ')}.`}{' '}
            Ask whoever runs the hub for one.
          </p>
        </Notice>
        <button className="button" onClick={() => void signOut()}>
          Sign out
        </button>
      </div>
    </main>
  );
}
