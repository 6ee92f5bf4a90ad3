/** A timestamptz column as an instant: UTC, six decimals. @param column a name from code, never from outside */
export function instantColumn(column: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS ${column}`;
}
