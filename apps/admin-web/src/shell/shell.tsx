import { useEffect, useRef, useState, type ReactElement, type ReactNode } from 'react';
import { Link, NavLink, useLocation } from 'react-router';
import { useLive, useOverview } from '../api/live.js';
import { useSignOut } from '../api/session.js';
import { Badge } from '../ui/parts.js';
import { SearchBox } from './search-box.js';
import { useTheme, type Theme } from './theme.js';

const PAGES = [
  ['/', 'Today'],
  ['/map', 'Map'],
  ['/drift', 'Drift'],
  ['/reverts', 'Reverts'],
  ['/approvals', 'Second person'],
  ['/parked', 'Parked'],
  ['/dead-letters', 'Dead letters'],
  ['/replays', 'Replays'],
  ['/seeds', 'Seeds'],
  ['/topics', 'Topics'],
  ['/schemas', 'Schemas'],
  ['/audit', 'Audit'],
  ['/settings', 'Settings'],
] as const;

/** What is around every page. */
export function Shell({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactElement {
  const isLive = useLive();
  const { pathname } = useLocation();
  const [isMenuOpen, setMenuOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const shownPath = useRef(pathname);
  useEffect(() => {
    if (shownPath.current === pathname) return;
    shownPath.current = pathname;
    setMenuOpen(false);
    main.current?.focus(); // a screen reader begins at the new page
    window.scrollTo(0, 0);
  }, [pathname]);
  return (
    <div className="shell">
      <a className="skip-link" href="#main">
        Skip to the page
      </a>
      <Brand />
      <TopBar name={name} isLive={isLive} isMenuOpen={isMenuOpen} onMenu={() => setMenuOpen(!isMenuOpen)} />
      <Navigation isOpen={isMenuOpen} />
      <main className="main" id="main" ref={main} tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

function Brand(): ReactElement {
  return (
    <Link className="brand" to="/">
      <svg width="18" height="22" viewBox="0 0 18 22" aria-hidden="true">
        <path d="M9 1v9" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
        <path d="M4 10h10l-5 11z" fill="currentColor" />
      </svg>
      Plumbline
    </Link>
  );
}

interface TopBarProps {
  readonly name: string;
  readonly isLive: boolean;
  readonly isMenuOpen: boolean;
  readonly onMenu: () => void;
}

function TopBar({ name, isLive, isMenuOpen, onMenu }: TopBarProps): ReactElement {
  const signOut = useSignOut();
  return (
    <header className="topbar">
      <button className="button menu-button" aria-expanded={isMenuOpen} aria-controls="pages" onClick={onMenu}>
        Menu
      </button>
      <SearchBox />
      <div className="topbar-end">
        <span role="status" title={isLive ? 'Changes show by themselves' : 'Connecting again …'}>
          <Badge tone={isLive ? 'ok' : 'warn'}>
            <span aria-hidden="true">●</span>
            <span className="live-text">{isLive ? 'Live' : 'Connecting'}</span>
          </Badge>
        </span>
        <ThemeSwitch />
        <span className="who muted">{name}</span>
        <button className="button" data-kind="plain" onClick={() => void signOut()}>
          Sign out
        </button>
      </div>
    </header>
  );
}

const NEXT_THEME: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' };
const THEME_SIGN: Readonly<Record<Theme, string>> = { system: '◐', light: '☀', dark: '☾' };

function ThemeSwitch(): ReactElement {
  const [theme, choose] = useTheme();
  const label = `Colours: ${theme}. Change to ${NEXT_THEME[theme]}`;
  return (
    <button
      className="button"
      data-kind="plain"
      aria-label={label}
      title={label}
      onClick={() => choose(NEXT_THEME[theme])}
    >
      <span aria-hidden="true">{THEME_SIGN[theme]}</span>
    </button>
  );
}

function Navigation({ isOpen }: { readonly isOpen: boolean }): ReactElement {
  const { overview } = useOverview();
  const needing = overview?.problems.filter(({ urgency }) => urgency === 'act').length ?? 0;
  const counts: Readonly<Record<string, number>> = {
    '/': needing,
    '/drift': overview?.holds.length ?? 0,
    '/dead-letters': overview?.deadLetters?.letters ?? 0,
    '/parked': overview?.parked.reduce((sum, { keys }) => sum + keys.length, 0) ?? 0,
  };
  return (
    <nav className="nav" id="pages" aria-label="Pages" data-open={isOpen}>
      {PAGES.map(([path, label]) => (
        <NavLink key={path} to={path} end={path === '/'}>
          {label}
          {(counts[path] ?? 0) > 0 && (
            <span className="count">
              <Badge tone="danger">{counts[path]}</Badge>
            </span>
          )}
        </NavLink>
      ))}
    </nav>
  );
}
