import type { ReactElement } from 'react';

/** Everything that the filter lets through, as a file for a spreadsheet. The export is kept in the audit. */
export function AuditExport({ query }: { readonly query: URLSearchParams }): ReactElement {
  const filter = [...query].filter(([name]) => name !== 'before');
  return (
    <form method="get" action="/api/audit/export.csv">
      {filter.map(([name, value]) => (
        <input type="hidden" key={name} name={name} value={value} />
      ))}
      <button className="button" type="submit">
        Export as CSV
      </button>
    </form>
  );
}
