/** One guarantee of the suite: its name is what users would not have, were it broken. */
export interface Rule {
  readonly name: string;
  /** Why the rule says nothing about this target; null where it applies. */
  readonly lack: string | null;
  /** Tries the rule on a system of its own. @throws jest's error where the connector breaks it */
  readonly run: () => Promise<void>;
}

/** Adds a rule to a group. */
export type AddRule = (name: string, run: () => Promise<void>) => void;

/** Rules under one heading. */
export interface RuleGroup {
  readonly title: string;
  readonly rules: readonly Rule[];
}

/** Collects the rules of a group. */
export class RuleList {
  readonly rules: Rule[] = [];

  /** Adds rules that apply only where nothing is lacking. */
  unless(lack: string | false): AddRule {
    return (name, run) => {
      this.rules.push({ name, run, lack: lack === false ? null : lack });
    };
  }
}
