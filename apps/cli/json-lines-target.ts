import { open, readFile, rename, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Entity } from '#contracts';
import { HubError } from '#kernel';
import {
  MemoryCheckSession,
  shapeText,
  takePage,
  type CheckableTarget,
  type CheckSession,
  type PageOutcome,
  type SeedPage,
  type SeedPosition,
  type SeedShape,
  type SeedTarget,
  type TargetState,
} from '#replay';
import { foldLines, toLines } from './json-lines.js';
import { ProcessLock } from './process-lock.js';
import { manifestSchema, type SeedManifest } from './seed-manifest.js';

/** What is seeded, and into which file. */
export interface JsonLinesTargetOptions {
  readonly path: string;
  readonly entity: Entity;
  readonly shape: SeedShape;
}

/**
 * A file of JSON Lines that holds events in their order, and a manifest beside it (`FILE.seed.json`) that says how many of its
 * bytes are complete and up to which offsets they reach. The manifest follows the bytes to the disk, so that a crash at any
 * point leaves a complete prefix; what lies behind it is written over. One seeder at a time.
 */
export class JsonLinesTarget implements SeedTarget, CheckableTarget {
  private file: FileHandle | null = null;
  private manifest: SeedManifest | null = null;

  private readonly lock: ProcessLock;

  constructor(private readonly options: JsonLinesTargetOptions) {
    this.lock = new ProcessLock(`${options.path}.seed.lock`);
  }

  /** Where the manifest is. */
  get manifestPath(): string {
    return `${this.options.path}.seed.json`;
  }

  async find(): Promise<TargetState> {
    const { path } = this.options;
    const [manifest, bytes] = [await this.readManifest(), await sizeOf(path)];
    if (!manifest) return bytes === null ? { kind: 'absent' } : foreign(`${path} is there and no seed made it.`);
    if (manifest.entity !== this.options.entity) return foreign(`${path} holds records of ${manifest.entity}.`);
    if ((bytes ?? 0) < manifest.bytes)
      return foreign(`${path} has ${bytes ?? 0} bytes, its manifest says ${manifest.bytes}.`);
    const { topic, shape } = manifest;
    return { kind: 'seed', topic, shape, positions: positionsOf(manifest), liveRows: null };
  }

  async prepare(topic: string, from: ReadonlyMap<number, bigint>): Promise<void> {
    await this.lock.take();
    if (await this.readManifest()) return;
    const { entity, shape } = this.options;
    const positions = [...from].map(
      ([partition, nextOffset]) => [partition, { nextOffset, state: 'seeding' }] as const,
    );
    const empty = { format: 1, entity, topic, shape: shapeText(shape), bytes: 0, lines: 0, positions: {} } as const;
    await this.writeManifest(withPositions(empty, new Map(positions)));
  }

  async apply(page: SeedPage, end: bigint): Promise<PageOutcome> {
    await this.lock.take();
    const manifest = await this.currentManifest();
    const positions = positionsOf(manifest);
    const { erased, rows, position } = takePage(page, positionIn(positions, page.partition), end);
    const { text, count } = toLines(erased, rows);
    const added = Buffer.from(text, 'utf8');
    if (added.length > 0) await this.append(added, manifest.bytes);
    const moved = { ...manifest, bytes: manifest.bytes + added.length, lines: manifest.lines + count };
    await this.writeManifest(withPositions(moved, positions.set(page.partition, position)));
    return { rows: rows.length, position };
  }

  async withSnapshot<T>(work: (session: CheckSession) => Promise<T>): Promise<T> {
    const manifest = await this.currentManifest();
    const positions = [...positionsOf(manifest)].map(([partition, { nextOffset }]) => [partition, nextOffset] as const);
    const records = await foldLines(this.options.path, manifest.bytes, this.options.entity);
    return work(new MemoryCheckSession(new Map(positions), records));
  }

  async close(): Promise<void> {
    await this.file?.close();
    this.file = null;
    await this.lock.release();
  }

  /** Behind the complete prefix; what a torn page left there goes. */
  private async append(added: Buffer, at: number): Promise<void> {
    if (!this.file) {
      this.file = await open(this.options.path, (await sizeOf(this.options.path)) === null ? 'w+' : 'r+');
      await this.file.truncate(at);
    }
    for (let written = 0; written < added.length;)
      written += (await this.file.write(added, written, added.length - written, at + written)).bytesWritten;
    await this.file.datasync();
  }

  private async currentManifest(): Promise<SeedManifest> {
    const manifest = (this.manifest ??= await this.readManifest());
    if (manifest) return manifest;
    throw new HubError('HUB_SEED_TARGET_INVALID', `${this.manifestPath} is missing.`, { path: this.manifestPath });
  }

  private async readManifest(): Promise<SeedManifest | null> {
    if ((await sizeOf(this.manifestPath)) === null) return null;
    try {
      return manifestSchema.parse(JSON.parse(await readFile(this.manifestPath, 'utf8')));
    } catch (cause) {
      const message = `${this.manifestPath} is no manifest of a seed.`;
      throw new HubError('HUB_SEED_TARGET_INVALID', message, { path: this.manifestPath }, { cause });
    }
  }

  /** A new file in the place of the old one, by the disk's word: never half of it. */
  private async writeManifest(manifest: SeedManifest): Promise<void> {
    const next = `${this.manifestPath}.next`;
    const file = await open(next, 'w');
    try {
      await file.writeFile(`${JSON.stringify(manifest)}\n`);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(next, this.manifestPath);
    await syncFolder(dirname(this.manifestPath));
    this.manifest = manifest;
  }
}

function foreign(reason: string): TargetState {
  return { kind: 'foreign', reason };
}

function positionsOf({ positions }: SeedManifest): Map<number, SeedPosition> {
  const entries = Object.entries(positions);
  return new Map(
    entries.map(([partition, { nextOffset, state }]) => [Number(partition), { nextOffset: BigInt(nextOffset), state }]),
  );
}

function withPositions(manifest: SeedManifest, positions: ReadonlyMap<number, SeedPosition>): SeedManifest {
  const entries = [...positions].map(([partition, { nextOffset, state }]) => [
    String(partition),
    { nextOffset: String(nextOffset), state },
  ]);
  return { ...manifest, positions: Object.fromEntries(entries) as SeedManifest['positions'] };
}

function positionIn(positions: ReadonlyMap<number, SeedPosition>, partition: number): SeedPosition {
  const position = positions.get(partition);
  if (position) return position;
  throw new HubError('HUB_SEED_TARGET_INVALID', 'The manifest has no position of the partition.', { partition });
}

/** Null where there is nothing. */
async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new HubError('HUB_SEED_TARGET_INVALID', `${path} can't be used.`, { path }, { cause: error });
  }
}

/** A rename is only then on the disk. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
