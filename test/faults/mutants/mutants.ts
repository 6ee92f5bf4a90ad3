export interface MutantsOptions {
  readonly seed: number;
  readonly only: RegExp;
  readonly log: (text: string) => void;
}
export interface MutantsResult {
  readonly planted: number;
  readonly caught: number;
  readonly missed: readonly string[];
}
export async function mutants(_options: MutantsOptions): Promise<MutantsResult> {
  throw new Error('none yet');
}
