import type { Entity } from '#contracts';
import type { Instant, SystemId } from '#kernel';
import type { SeedCheck } from './check-seed.js';
import type { SeedSide } from './ports.js';
import type { SeedShape } from './seed-shape.js';
import type { SourceDifferences, StagedSources } from './source-ports.js';

/** Signs texts; a key of the audit is one. */
export interface CertificateKey {
  readonly id: string;
  sign(text: string): string;
}

/** One partition of the topic, and what the target held of it. */
export interface CertifiedPartition extends SeedSide {
  readonly partition: number;
  /** First offset that the topic had. */
  readonly fromOffset: string;
  /** The target holds what lies before it. */
  readonly nextOffset: string;
}

/** What a certificate says, before it is signed. */
export interface CertificateFacts {
  readonly id: string;
  readonly topic: string;
  readonly entity: Entity;
  /** Where it was seeded to, without user and password. */
  readonly target: string;
  readonly shape: SeedShape;
  /** Ids in the registry of the schemas that the values were written under, ascending. */
  readonly schemaIds: readonly number[];
  /** Rules of the digests (`DIGEST_VERSION`). */
  readonly digestVersion: number;
  /** First offsets of the topic by partition. */
  readonly fromOffsets: ReadonlyMap<number, bigint>;
  readonly by: string;
  readonly at: Instant;
  /** What the sources said; absent where the topic alone was seeded. */
  readonly sources?: CertifiedSources;
}

/** One system that was scanned to its end. */
export interface CertifiedSource {
  readonly system: SystemId;
  readonly records: number;
  /** Records that say nothing, or can't be read: of them the topic was believed. */
  readonly silent: number;
}

/** What the sources said before the noted offsets, and how the topic differed from it. */
export interface CertifiedSources {
  /** Before the first page of any system was read. */
  readonly notedAt: Instant;
  /** End of the topic then, by partition: what lies behind it is the topic's. */
  readonly noted: readonly { readonly partition: number; readonly offset: string }[];
  readonly systems: readonly CertifiedSource[];
  readonly differences: SourceDifferences;
}

/** Says that a target held exactly what its topic said, up to which offsets. */
export interface SeedCertificate extends Omit<CertificateFacts, 'fromOffsets'>, SeedSide {
  readonly partitions: readonly CertifiedPartition[];
  /** Keys that were changing and are in no figure. */
  readonly undecided: number;
  readonly keyId: string;
  /** HMAC-SHA-256 over everything else, hexadecimal. */
  readonly signature: string;
}

/** What is wrong with a certificate, or with what it is about. */
export type CertificateProblem =
  /** No given key signed it. */
  | { readonly kind: 'key-unknown'; readonly keyId: string }
  /** It does not say what was signed. */
  | { readonly kind: 'edited' }
  /** Nothing is there, or what is there is no seed of this topic and shape. */
  | { readonly kind: 'target-unfit'; readonly reason: string }
  /** The target differs from the topic. */
  | { readonly kind: 'target-differs'; readonly missing: number; readonly extra: number; readonly different: number }
  /** The target stands at the certified offset and holds something else; topic and target were changed alike. */
  | { readonly kind: 'not-what-was-certified'; readonly partition: number }
  /** The target went back before the certified offset. */
  | { readonly kind: 'target-went-back'; readonly partition: number };

/** Certifies a check that found no difference. Pure. @param check of which `isProven` says yes */
export function certify(check: SeedCheck, facts: CertificateFacts, key: CertificateKey): SeedCertificate {
  const { fromOffsets, ...rest } = facts;
  const sides = new Map(check.partitions.map(({ partition, target }) => [partition, target]));
  const partitions = [...check.positions]
    .sort(([left], [right]) => left - right)
    .map(([partition, nextOffset]) => ({
      partition,
      fromOffset: String(fromOffsets.get(partition) ?? 0n),
      nextOffset: String(nextOffset),
      ...(sides.get(partition) ?? NOTHING),
    }));
  const unsigned = { ...rest, partitions, ...check.target, undecided: check.undecided, keyId: key.id };
  return { ...unsigned, signature: key.sign(signedText(unsigned)) };
}

/** What a certificate says of the sources that were gathered; undefined until they are. Pure. */
export function toCertifiedSources({ noted, scans, differences }: StagedSources): CertifiedSources | undefined {
  if (!differences) return undefined;
  const offsets = [...noted.ranges]
    .sort(([left], [right]) => left - right)
    .map(([partition, { high }]) => ({ partition, offset: String(high) }));
  const systems = scans.map(({ system, records, silent }) => ({ system, records, silent }));
  return { notedAt: noted.notedAt, noted: offsets, systems, differences };
}

/** Whether a certificate is what was signed. Pure. */
export function findForgery(
  certificate: SeedCertificate,
  keys: ReadonlyMap<string, CertificateKey>,
): CertificateProblem | null {
  const key = keys.get(certificate.keyId);
  if (!key) return { kind: 'key-unknown', keyId: certificate.keyId };
  return key.sign(signedText(certificate)) === certificate.signature ? null : { kind: 'edited' };
}

/** Whether a target still is what was certified, or has followed its topic since. Pure. @param check of the target now */
export function findBroken(certificate: SeedCertificate, check: SeedCheck): readonly CertificateProblem[] {
  const differs: CertificateProblem = { kind: 'target-differs', ...check.counts };
  const partitions = certificate.partitions.flatMap((part) => {
    const kind = findBrokenPartition(part, check, certificate.undecided + check.undecided === 0);
    return kind ? [{ kind, partition: part.partition }] : [];
  });
  return check.isEqual ? partitions : [differs, ...partitions];
}

function findBrokenPartition(
  { partition, nextOffset, records, digest }: CertifiedPartition,
  { positions, partitions }: SeedCheck,
  isWhole: boolean,
): 'target-went-back' | 'not-what-was-certified' | null {
  const position = positions.get(partition) ?? 0n;
  if (position < BigInt(nextOffset)) return 'target-went-back';
  if (!isWhole || position > BigInt(nextOffset)) return null;
  const now = partitions.find((part) => part.partition === partition)?.target ?? NOTHING;
  return now.records === records && now.digest === digest ? null : 'not-what-was-certified';
}

const NOTHING: SeedSide = { records: 0, live: 0, digest: '0'.repeat(32) };

/** What is signed: a list of all parts in a fixed order, so that it does not matter how the document was stored. */
function signedText(certificate: Omit<SeedCertificate, 'signature'>): string {
  const { id, topic, entity, target, shape, schemaIds, digestVersion, by, at, keyId, sources } = certificate;
  const { partitions, records, live, digest, undecided } = certificate;
  const shapeParts = [
    shape.where.map(({ on, name, test, value }) => [on, name, test, value]),
    shape.fields,
    shape.asOf,
    ...(shape.from ? [shape.from] : []),
  ];
  const parts = partitions.map((part) => [
    ...[part.partition, part.fromOffset, part.nextOffset, part.records, part.live, part.digest],
  ]);
  return JSON.stringify([
    ...['plumbline seed certificate 1', id, topic, entity, target, shapeParts, schemaIds, digestVersion, by, at, keyId],
    ...[parts, records, live, digest, undecided],
    ...(sources ? [sourcesParts(sources)] : []),
  ]);
}

function sourcesParts({ notedAt, noted, systems, differences }: CertifiedSources): readonly unknown[] {
  const { added, changed, removed, keys } = differences;
  return [
    notedAt,
    noted.map(({ partition, offset }) => [partition, offset]),
    systems.map(({ system, records, silent }) => [system, records, silent]),
    [added, changed, removed, keys],
  ];
}
