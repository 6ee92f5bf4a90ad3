import type { GoldenStatus, Hold, HubOverview, ParkedOfService, RestoredReport, RoundReport } from '#contracts';
import { serviceName, type HubServices, type RelayOwner } from '#hub-client';
import { entitiesOf, type HubFile } from '#hub-file';
import { instantOfMs, toHubError, type Clock, type HubError } from '#kernel';

/** What the services answered, without what the page makes of it. */
export type HubReading = Omit<HubOverview, 'problems'>;

type Answer<T> = { readonly value: T } | { readonly error: HubError };

const ROUNDS = 50;
const PARKED = 20;

/** Asks every service of the hub for its state; one that does not answer, or answers an error, hides no other. */
export class HubReader {
  constructor(
    private readonly file: HubFile,
    private readonly services: HubServices,
    private readonly clock: Clock,
  ) {}

  async read(): Promise<HubReading> {
    const { file, services } = this;
    const [systems, golden, live, held, rounds, webhooks, parked] = await Promise.all([
      Promise.all(file.systems.map(({ id }) => settle(services.systemStatus(id)))),
      settle<GoldenStatus>(services.goldenStatus()),
      settle<readonly Hold[]>(services.holds('golden')),
      settle<readonly Hold[]>(services.holds('reconciler')),
      settle<readonly RoundReport[]>(services.rounds(ROUNDS)),
      file.webhooks ? settle(services.webhooks()) : { value: [] },
      Promise.all(this.relays().map((of) => this.parkedOf(of))),
    ]);
    const names = file.systems.map(({ id }) => serviceName({ system: id }));
    return {
      hub: file.hub.name,
      at: instantOfMs(this.clock.nowMs()),
      entities: entitiesOf(file),
      systems: file.systems.map(({ id, connector, mode, entities }, index) => ({
        ...{ id, connector, wishedMode: mode, entities: entitiesIn(entities) },
        status: valueOf(systems[index], null),
      })),
      golden: valueOf(golden, null),
      holds: [...valueOf(live, []), ...valueOf(held, [])],
      rounds: valueOf(rounds, []),
      parked: parked.flatMap((answer) => valueOf(answer, [])),
      webhooks: valueOf(webhooks, []),
      restored: await this.restored(systems.map((answer) => valueOf(answer, null)?.problem ?? null)),
      unreachable: problemsOf([...names, 'golden', 'reconciler', 'notifier'], [...systems, golden, rounds, webhooks]),
    };
  }

  /** What services have parked; only those with something. */
  private async parkedOf(of: RelayOwner): Promise<Answer<readonly ParkedOfService[]>> {
    const answer = await settle(this.services.parked(of, PARKED));
    if ('error' in answer) return answer;
    const service = 'app' in of ? of.app : of.system;
    return { value: answer.value.keys.length > 0 ? [{ service, ...answer.value }] : [] };
  }

  /** Comparing a restored system is dear: only those are asked that say of themselves that they went back. */
  private async restored(problems: readonly (string | null)[]): Promise<readonly RestoredReport[]> {
    const suspects = this.file.systems.filter((_, index) => problems[index]?.includes('restored') ?? false);
    const answers = await Promise.all(suspects.map(({ id }) => settle(this.services.restored(id))));
    return answers.flatMap((answer) => ('value' in answer && answer.value.phase !== 'trusted' ? [answer.value] : []));
  }

  private relays(): readonly RelayOwner[] {
    return [{ app: 'golden' }, { app: 'reconciler' }, ...this.file.systems.map(({ id }) => ({ system: id }))];
  }
}

function entitiesIn(mapped: HubFile['systems'][number]['entities']): HubOverview['entities'] {
  return Object.keys(mapped) as unknown as HubOverview['entities'];
}

async function settle<T>(call: Promise<T>): Promise<Answer<T>> {
  try {
    return { value: await call };
  } catch (error) {
    return { error: toHubError(error) };
  }
}

function valueOf<T, Otherwise>(answer: Answer<T> | undefined, otherwise: Otherwise): T | Otherwise {
  return answer && 'value' in answer ? answer.value : otherwise;
}

function problemsOf(names: readonly string[], answers: readonly Answer<unknown>[]): HubOverview['unreachable'] {
  return answers.flatMap((answer, index) =>
    'error' in answer ? [{ service: names[index] ?? '', message: answer.error.message }] : [],
  );
}
