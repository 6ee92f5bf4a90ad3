import type { ReactElement, ReactNode } from 'react';
import { Scroll } from './parts.js';
import { grouped } from './text.js';

/** What stands above a column: a text; above figures, or above buttons, where only a screen reader needs it. */
export type Head = string | { readonly above: 'figures' | 'buttons'; readonly text: string };

interface TableProps {
  readonly label: string;
  readonly heads: readonly Head[];
  /** Its rows. */
  readonly children: ReactNode;
}

/** Heads of columns of figures. */
export function figures(...texts: readonly string[]): Head[] {
  return texts.map((text) => ({ above: 'figures', text }));
}

/** Head of a column of buttons. */
export function buttons(text: string): Head {
  return { above: 'buttons', text };
}

/** A table that may be wider than the screen. */
export function Table({ label, heads, children }: TableProps): ReactElement {
  return (
    <Scroll label={label}>
      <table>
        <thead>
          <tr>
            {heads.map((head) => (
              <HeadCell key={typeof head === 'string' ? head : head.text} head={head} />
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </Scroll>
  );
}

interface FigureTableProps {
  readonly label: string;
  readonly heads: readonly string[];
  /** The first figure of a row names it. */
  readonly rows: readonly (readonly (number | string)[])[];
}

/** A table of nothing but figures. */
export function FigureTable({ label, heads, rows }: FigureTableProps): ReactElement {
  return (
    <Table label={label} heads={figures(...heads)}>
      {rows.map((row) => (
        <tr key={row[0]}>
          {heads.map((head, column) => (
            <td key={head} className="number">
              {grouped(row[column] ?? '')}
            </td>
          ))}
        </tr>
      ))}
    </Table>
  );
}

function HeadCell({ head }: { readonly head: Head }): ReactElement {
  if (typeof head === 'string') return <th scope="col">{head}</th>;
  if (head.above === 'figures')
    return (
      <th scope="col" className="number">
        {head.text}
      </th>
    );
  return (
    <th scope="col">
      <span className="visually-hidden">{head.text}</span>
    </th>
  );
}
