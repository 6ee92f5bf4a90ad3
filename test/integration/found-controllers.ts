import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { HubError } from '#kernel';

const ROOT = join(import.meta.dirname, '../..');

/** Every controller below the folders, found by its file's name: a new one is here by itself. */
export async function findControllers(folders: readonly string[]): Promise<readonly Type[]> {
  const files = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
  );
  const paths = files.filter((path) => /\.controller\.ts$/.test(path) && !/node_modules/.test(path)).sort();
  const exported: unknown[] = [];
  for (const path of paths)
    exported.push(...Object.values((await import(join(ROOT, path))) as Record<string, unknown>));
  return exported.filter((one): one is Type => typeof one === 'function' && one.name.endsWith('Controller'));
}

/** Whatever a handler asks of its services ends in this error: the request came through. */
export function reached(): unknown {
  const fail = (): never => {
    throw new HubError('HUB_SOURCE_TIMEOUT', 'reached');
  };
  const isHook = (name: string | symbol): boolean => /^(then|on[A-Z].*|beforeApplicationShutdown)$/.test(String(name));
  const methods = { get: (_: object, name: string | symbol) => (isHook(name) ? undefined : reached()), apply: fail };
  return new Proxy(() => undefined, methods);
}

/** Controllers over nothing but {@link reached}. */
@Module({})
export class UnwiredModule {
  static of(controllers: readonly Type[]): DynamicModule {
    const injected = controllers.flatMap(
      (one) => (Reflect.getMetadata('self:paramtypes', one) ?? []) as readonly { readonly param: symbol }[],
    );
    const providers = injected.map(({ param }) => ({ provide: param, useValue: reached() }));
    return { module: UnwiredModule, controllers: [...controllers], providers };
  }
}
