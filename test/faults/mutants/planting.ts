import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../servers.js';

/** One broken protocol: replaces methods of the compiled product in the process that is about to start. */
export interface Planted {
  /** Services in which it is planted; the others stay whole. */
  readonly services: RegExp;
  /** @throws when the product no longer has what it would break: then it is not planted, and must not count as caught */
  readonly plant: () => Promise<void>;
}

/** A method with its receiver as the first argument. */
export type Method<This, Args extends readonly unknown[], Result> = (self: This, ...args: Args) => Result;

/** A class of the compiled product. @param file from `dist/` on */
export async function findClass(file: string, name: string): Promise<{ readonly prototype: object }> {
  const module = (await import(pathToFileURL(join(ROOT, 'dist', file)).href)) as Record<string, unknown>;
  const found = module[name];
  if (typeof found !== 'function') throw new Error(`planting: ${file} has no class ${name}`);
  return found;
}

/** Replaces a method, also a private one: `make` gets the one that was there. */
export function replaceMethod<This, Args extends readonly unknown[], Result>(
  { prototype }: { readonly prototype: object },
  name: string,
  make: (original: Method<This, Args, Result>) => Method<This, Args, Result>,
): void {
  const original = Reflect.get(prototype, name) as unknown;
  if (typeof original !== 'function') throw new Error(`planting: there is no method ${name}`);
  const planted = make((self, ...args) => Reflect.apply(original, self, args) as Result);
  const method = function (this: This, ...args: Args): Result {
    return planted(this, ...args);
  };
  Object.defineProperty(prototype, name, { value: method, writable: true, configurable: true });
}

/** A private field of an object of the product. */
export function fieldOf<T>(owner: object, name: string): T {
  if (!(name in owner)) throw new Error(`planting: there is no field ${name}`);
  return Reflect.get(owner, name) as T;
}
