/** One step of a model. `protocol` steps happen by themselves; `environment` steps (edits, faults) may or may not. */
export interface Step<S> {
  readonly label: string;
  readonly kind: 'protocol' | 'environment';
  readonly next: S;
}

/** A model with finitely many states. States are immutable; equal keys mean equal states. */
export interface Model<S> {
  readonly initial: S;
  steps(state: S): readonly Step<S>[];
  key(state: S): string;
  /** Which rule the state breaks; null when none. */
  violation(state: S): string | null;
  /** Asked where no protocol step is left: what has not converged; null when all has. */
  unsettled(state: S): string | null;
}

/** A shortest way to a broken rule. */
export interface Counterexample {
  readonly reason: string;
  readonly trace: readonly string[];
}

/** What the exploration found. */
export interface Exploration {
  readonly states: number;
  readonly steps: number;
  readonly counterexample: Counterexample | null;
}

interface Found<S> {
  readonly state: S;
  readonly from: number;
  readonly label: string;
}

const MAX_STATES = 100_000;

/**
 * Visits every reachable state, breadth first, so that a counterexample is as short as any. Checks in each state that no
 * rule is broken, where nothing is left to do that everything has converged, and that from every state such an end can
 * be reached without the environment's help (no live-lock).
 */
export function explore<S>(model: Model<S>): Exploration {
  const found: Found<S>[] = [{ state: model.initial, from: -1, label: '' }];
  const numbers = new Map([[model.key(model.initial), 0]]);
  const comesFrom: number[][] = [[]];
  const ends: number[] = [];
  let steps = 0;
  for (let at = 0; at < found.length; at++) {
    const { state } = found[at] as Found<S>;
    const outgoing = model.steps(state);
    const isEnd = !outgoing.some((step) => step.kind === 'protocol');
    const reason = model.violation(state) ?? (isEnd ? model.unsettled(state) : null);
    if (reason !== null) return { states: found.length, steps, counterexample: { reason, trace: traceTo(found, at) } };
    if (isEnd) ends.push(at);
    steps += outgoing.length;
    for (const step of outgoing) visit(step, at);
    if (found.length > MAX_STATES) throw new Error(`More than ${MAX_STATES} states: the model is not finite enough.`);
  }
  return { states: found.length, steps, counterexample: findLiveLock(found, comesFrom, ends) };

  function visit(step: Step<S>, at: number): void {
    const key = model.key(step.next);
    let number = numbers.get(key);
    if (number === undefined) {
      number = found.length;
      numbers.set(key, number);
      found.push({ state: step.next, from: at, label: step.label });
      comesFrom.push([]);
    }
    if (step.kind === 'protocol') comesFrom[number]?.push(at);
  }
}

/** The first state, if any, from which no end can be reached by protocol steps. */
function findLiveLock<S>(
  found: readonly Found<S>[],
  comesFrom: readonly number[][],
  ends: readonly number[],
): Counterexample | null {
  const canEnd = new Set(ends);
  const queue = [...ends];
  for (let next = queue.pop(); next !== undefined; next = queue.pop())
    for (const before of comesFrom[next] ?? [])
      if (!canEnd.has(before)) {
        canEnd.add(before);
        queue.push(before);
      }
  const stuck = found.findIndex((_, number) => !canEnd.has(number));
  return stuck < 0 ? null : { reason: 'never comes to rest', trace: traceTo(found, stuck) };
}

function traceTo<S>(found: readonly Found<S>[], at: number): string[] {
  const trace: string[] = [];
  for (let number = at; number > 0;) {
    const { from, label } = found[number] as Found<S>;
    trace.unshift(label);
    number = from;
  }
  return trace;
}

const names = new WeakMap<object, string>();
const interned = new Map<string, string>();

/** Text of an immutable record or list; equal values have equal texts. */
export function keyOf(value: object): string {
  let text = Array.isArray(value) ? 'list' : '';
  for (const part in value) text += `,${part}:${nameOf(value[part as keyof typeof value])}`;
  return text;
}

/** Short name of a part, remembered: most parts of a state stay the same from step to step. */
function nameOf(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value !== 'object' || value === null) return String(value);
  let name = names.get(value);
  if (name === undefined) {
    const text = keyOf(value);
    name = interned.get(text) ?? `#${interned.size.toString(36)}`;
    interned.set(text, name);
    names.set(value, name);
  }
  return name;
}
