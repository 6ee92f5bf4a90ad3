const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
/** Control characters, and those that turn the direction of the text around them. */
const UNSHOWN = /(?![\t\n\r])[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A foreign text for HTML, between tags or in a quoted attribute; what can't be shown is a replacement character. */
export function escapeHtml(text: string): string {
  return text.replace(UNSHOWN, '\ufffd').replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}

/** A table whose cells are HTML already; numbers are grouped by thousands and stand to the right. */
export function htmlTable(heads: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number): string =>
    typeof value === 'number' ? `<td class="number">${value.toLocaleString('en-US')}</td>` : `<td>${value}</td>`;
  const isNumber = heads.map((_name, at) => rows.some((row) => typeof row[at] === 'number'));
  const headOf = (name: string, at: number): string =>
    `<th scope="col"${isNumber[at] ? ' class="number"' : ''}>${escapeHtml(name)}</th>`;
  const head = heads.map(headOf).join('');
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n');
  return `<table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table>`;
}
