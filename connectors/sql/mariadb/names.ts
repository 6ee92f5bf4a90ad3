import type { EntityPlan } from '../entity-plan.js';

/** Quotes an identifier. */
export function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** Table name or parenthesised query, as it stands after FROM; its alias is `t`. */
export function relationSql({ source }: EntityPlan): string {
  return source.kind === 'query' ? `(${source.sql})` : source.path.map(quote).join('.');
}
