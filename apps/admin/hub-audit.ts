import { AuditLog, verifyHub, type AuditPlace } from '#access';
import type { Checkpoint } from '#audit';
import type { AuditChain, AuditHead, AuditVerification } from '#contracts';
import type { HubFile } from '#hub-file';
import { instantOfMs, type Clock } from '#kernel';
import type { Database } from '#store-postgres';

/** What the audit is read with. */
export interface HubAuditOptions {
  readonly file: HubFile;
  readonly database: Database;
  readonly clock: Clock;
  /** Opens what verifying needs, for one run of it. */
  readonly verifying: <T>(work: (place: AuditPlace) => Promise<T>) => Promise<T>;
}

/** The audits of all services of the hub: read as one, exported, verified. */
export class HubAudit {
  readonly log: AuditLog;
  private running: Promise<AuditVerification> | null = null;

  constructor(private readonly options: HubAuditOptions) {
    this.log = new AuditLog(options.file, options.database);
  }

  /** Of several who ask at once all get the same run: it reads every entry of every chain. */
  verify(): Promise<AuditVerification> {
    this.running ??= this.verifyNow().finally(() => (this.running = null));
    return this.running;
  }

  private async verifyNow(): Promise<AuditVerification> {
    const chains = await this.options.verifying(verifyHub);
    const found = chains.map(({ head, anchored, problems, ...chain }): AuditChain => ({
      ...{ ...chain, head: toHead(head), anchored: toHead(anchored) },
      problems: problems.map(({ seq, kind }) => ({ seq: String(seq), kind })),
    }));
    return { at: instantOfMs(this.options.clock.nowMs()), chains: found };
  }
}

function toHead(place: Checkpoint | null): AuditHead | null {
  return place && { seq: String(place.seq), hash: place.hash };
}
