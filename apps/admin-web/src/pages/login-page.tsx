import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent, type ReactElement } from 'react';
import { signIn } from '../api/session.js';
import { ErrorNotice } from '../ui/query-view.js';
import { Notice } from '../ui/parts.js';
import { ApiError } from '../api/client.js';

/** Signing in; the address that was asked for opens afterwards. */
export function LoginPage(): ReactElement {
  const client = useQueryClient();
  const [name, setName] = useState('admin');
  const [password, setPassword] = useState('');
  const { mutate, isPending, error } = useMutation({ mutationFn: () => signIn(client, name, password) });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    mutate();
  };
  return (
    <main className="login">
      <form className="panel" onSubmit={submit}>
        <div>
          <h1>Plumbline</h1>
          <p className="muted">Sign in to see how your systems agree.</p>
        </div>
        <div className="field">
          <label htmlFor="name">Name</label>
          <input
            id="name"
            autoComplete="username"
            value={name}
            onChange={({ target }) => setName(target.value)}
            required
          />
        </div>
        <div className="field">
          <label htmlFor="password">Password</label>
          <input
            id="password"
            type="password"
            autoComplete="current-password"
            value={password}
            onChange={({ target }) => setPassword(target.value)}
            required
          />
        </div>
        {error && <SignInError error={error} />}
        <button className="button" data-kind="primary" type="submit" disabled={isPending}>
          {isPending ? 'Signing in …' : 'Sign in'}
        </button>
        <p className="muted">The first password was printed once, when the page’s server started for the first time.</p>
      </form>
    </main>
  );
}

function SignInError({ error }: { readonly error: Error }): ReactElement {
  if (error instanceof ApiError && error.status === 401) return <Notice tone="danger">{error.message}</Notice>;
  return <ErrorNotice error={error} />;
}
