import { useState, type ReactElement } from 'react';
import type { ChartProps } from './chart-props.js';
import { readOut } from './chart-text.js';
import { figures, Table } from './table.js';
import { counted, utc } from './text.js';

interface ChartTableProps extends Pick<ChartProps, 'title' | 'unit' | 'lines' | 'times'> {
  /** Lines that are not drawn. */
  readonly more: number;
}

/** Every value of a chart, newest first; made when it is opened. */
export function ChartTable({ title, unit, lines, times, more }: ChartTableProps): ReactElement {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>As a table{more > 0 && `, with ${counted(more, 'more line')}`}</summary>
      {isOpen && (
        <div className="chart-table">
          <Table label={`${title}, as a table`} heads={['Time', ...figures(...lines.map(({ label }) => label))]}>
            {times
              .map((time, index) => (
                <tr key={time}>
                  <th scope="row">{utc(new Date(time).toISOString())}</th>
                  {lines.map(({ label, values }) => (
                    <td className="number" key={label}>
                      {readOut(unit, values[index] ?? null)}
                    </td>
                  ))}
                </tr>
              ))
              .reverse()}
          </Table>
        </div>
      )}
    </details>
  );
}
