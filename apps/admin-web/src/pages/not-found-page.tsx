import type { ReactElement } from 'react';
import { Link, useLocation } from 'react-router';
import { PageHead } from '../ui/parts.js';

export function NotFoundPage(): ReactElement {
  const { pathname } = useLocation();
  return (
    <>
      <PageHead title="There is no such page" lead={<span className="key">{pathname}</span>} />
      <Link className="button" to="/">
        What is wrong today
      </Link>
    </>
  );
}
