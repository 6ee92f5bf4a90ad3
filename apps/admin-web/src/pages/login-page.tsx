import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent, type ReactElement } from 'react';
import { useLocation } from 'react-router';
import type { SignInWays } from '#contracts';
import { ApiError, get } from '../api/client.js';
import { signIn } from '../api/session.js';
import { Notice } from '../ui/parts.js';
import { ErrorNotice } from '../ui/query-view.js';

/** Signing in; the address that was asked for opens afterwards. */
export function LoginPage(): ReactElement {
  const { data: ways } = useQuery({ queryKey: ['sign-in'], queryFn: () => get<SignInWays>('/api/sign-in') });
  const provider = ways?.provider ?? null;
  return (
    <main className="login">
      <div className="panel">
        <div>
          <h1>Plumbline</h1>
          <p className="muted">Sign in to see how your systems agree.</p>
        </div>
        <ProviderError />
        {provider !== null && <ProviderLink issuer={provider} />}
        <PasswordForm isFirst={provider === null} />
      </div>
    </main>
  );
}

function ProviderLink({ issuer }: { readonly issuer: string }): ReactElement {
  const { pathname, search } = useLocation();
  const to = new URLSearchParams(search).has('sign-in') ? '/' : `${pathname}${search}`;
  return (
    <div className="stack">
      <button
        className="button"
        data-kind="primary"
        onClick={() => window.location.assign(`/api/provider/sign-in?to=${encodeURIComponent(to)}`)}
      >
        Sign in with your organisation
      </button>
      <p className="muted key">{issuer}</p>
    </div>
  );
}

/** What went wrong at the provider is in the address to which it sent the browser back. */
function ProviderError(): ReactElement | null {
  const { search } = useLocation();
  const code = new URLSearchParams(search).get('sign-in');
  if (code === null) return null;
  return (
    <Notice tone="danger">
      <strong>Signing in at the provider did not work. Try again.</strong>
      <p className="muted mono">{code}</p>
    </Notice>
  );
}

function PasswordForm({ isFirst }: { readonly isFirst: boolean }): ReactElement {
  const client = useQueryClient();
  const [name, setName] = useState('admin');
  const [password, setPassword] = useState('');
  const { mutate, isPending, error } = useMutation({ mutationFn: () => signIn(client, name, password) });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    mutate();
  };
  return (
    <form className="stack" onSubmit={submit}>
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
      <button className="button" data-kind={isFirst ? 'primary' : undefined} type="submit" disabled={isPending}>
        {isPending ? 'Signing in …' : 'Sign in'}
      </button>
      {isFirst && (
        <p className="muted">The first password was printed once, when the page’s server started for the first time.</p>
      )}
    </form>
  );
}

function SignInError({ error }: { readonly error: Error }): ReactElement {
  if (error instanceof ApiError && error.status === 401) return <Notice tone="danger">{error.message}</Notice>;
  return <ErrorNotice error={error} />;
}
