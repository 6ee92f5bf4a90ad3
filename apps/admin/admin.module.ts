import { Module, type DynamicModule, type Type } from '@nestjs/common';
import type { AccessOptions, FourEyes } from '#auth';
import type { HubServices } from '#hub-client';
import type { HubFile } from '#hub-file';
import type { SchemaRegistry } from '#messaging-kafka';
import { ACTS, type Acts } from './acts.js';
import { ApprovalsController } from './approvals.controller.js';
import { AuditController } from './audit.controller.js';
import { CatalogueController } from './catalogue.controller.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { DriftController } from './drift.controller.js';
import { FindController } from './find.controller.js';
import type { HubAudit } from './hub-audit.js';
import { KeysController, type WithKeyDesk } from './keys.controller.js';
import type { LiveFeed } from './live-feed.js';
import { LiveController } from './live.controller.js';
import { OffsetsController } from './offsets.controller.js';
import { describeAdmin } from './openapi.js';
import { OpenApiController } from './openapi.controller.js';
import { ParkedController } from './parked.controller.js';
import { ProviderController } from './provider.controller.js';
import type { Redelivery } from './redelivery.js';
import { RecordsController } from './records.controller.js';
import { ReplaysController } from './replays.controller.js';
import { RevertsController } from './reverts.controller.js';
import { SchemasController } from './schemas.controller.js';
import { SeedsController, type Seeds } from './seeds.controller.js';
import { SessionController } from './session.controller.js';
import type { SignIn } from './sign-in.js';
import { SystemsController } from './systems.controller.js';
import { TimelinesController } from './timelines.controller.js';
import {
  ACCESS,
  API_DOCUMENT,
  BROKERS,
  CATALOGUES,
  FOUR_EYES,
  HUB_AUDIT,
  HUB_FILE,
  KEY_DESK,
  LIVE_FEED,
  REDELIVERY,
  REGISTRY,
  SEEDS,
  SERVICES,
  SHOWN_FILE,
  SIGN_IN,
  TOPICS,
  TREND,
} from './tokens.js';
import type { TopicBrowser } from './topic-browser.js';
import type { TopicCatalogues } from './topic-catalogue.js';
import { TopicCatalogueController } from './topic-catalogue.controller.js';
import { TopicsController } from './topics.controller.js';
import { TrendController } from './trend.controller.js';
import type { TrendKeeper } from './trend-keeper.js';

/** What the page's server works with. */
export interface AdminParts {
  readonly file: HubFile;
  readonly signIn: SignIn;
  readonly access: AccessOptions;
  readonly fourEyes: FourEyes;
  readonly acts: Acts;
  readonly services: HubServices;
  readonly feed: LiveFeed;
  readonly trend: TrendKeeper;
  readonly topics: TopicBrowser;
  readonly audit: HubAudit;
  readonly keyDesk: WithKeyDesk;
  readonly catalogues: TopicCatalogues;
  readonly brokers: readonly string[];
  readonly redelivery: Redelivery;
  readonly seeds: Seeds;
  readonly registry: Pick<SchemaRegistry, 'findVersions' | 'wouldTake'>;
  /** The hub file as people may see it. @throws HubError HUB_FILE_INVALID */
  readonly shownFile: () => unknown;
}

/** Every controller of the API. */
export const CONTROLLERS: readonly Type[] = [
  ...[SessionController, ProviderController, ApprovalsController, LiveController, RecordsController, TrendController],
  ...[SystemsController, DriftController, RevertsController, ParkedController, CatalogueController],
  ...[AuditController, FindController, SchemasController, TimelinesController, TopicsController],
  ...[ReplaysController, OffsetsController, DeadLettersController, SeedsController, KeysController],
  ...[TopicCatalogueController, OpenApiController],
];

/** The HTTP side of the admin page. */
@Module({})
export class AdminModule {
  static forRoot(parts: AdminParts): DynamicModule {
    const { file, signIn, access, fourEyes, acts, services, feed, topics, registry, shownFile } = parts;
    return {
      module: AdminModule,
      controllers: [...CONTROLLERS],
      providers: [
        { provide: API_DOCUMENT, useValue: describeAdmin(CONTROLLERS) },
        { provide: HUB_FILE, useValue: file },
        { provide: SIGN_IN, useValue: signIn },
        { provide: ACCESS, useValue: access },
        { provide: FOUR_EYES, useValue: fourEyes },
        { provide: ACTS, useValue: acts },
        { provide: SERVICES, useValue: services },
        { provide: LIVE_FEED, useValue: feed },
        { provide: TREND, useValue: parts.trend },
        { provide: TOPICS, useValue: topics },
        { provide: REDELIVERY, useValue: parts.redelivery },
        { provide: SEEDS, useValue: parts.seeds },
        { provide: REGISTRY, useValue: registry },
        { provide: HUB_AUDIT, useValue: parts.audit },
        { provide: KEY_DESK, useValue: parts.keyDesk },
        { provide: CATALOGUES, useValue: parts.catalogues },
        { provide: BROKERS, useValue: parts.brokers },
        { provide: SHOWN_FILE, useValue: shownFile },
      ],
    };
  }
}
