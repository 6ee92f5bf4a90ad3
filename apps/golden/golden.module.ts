import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { RethrowRpcFilter } from '#messaging-kafka';
import { CONTRIBUTIONS_INTAKE, ContributionsController, type ContributionsIntake } from './contributions.controller.js';
import type { GoldenQueries } from './golden-queries.js';
import { GOLDEN_API } from './golden-api.js';
import { GOLDEN_QUERIES } from './golden.controller.js';
import type { Reverts } from './reverts.js';
import { REVERTS } from './reverts.controller.js';

/** The HTTP side of golden. */
@Module({})
export class GoldenHttpModule {
  static forRoot(queries: GoldenQueries, reverts: Reverts): DynamicModule {
    return {
      module: GoldenHttpModule,
      controllers: [...GOLDEN_API.controllers],
      providers: [
        { provide: GOLDEN_QUERIES, useValue: queries },
        { provide: REVERTS, useValue: reverts },
      ],
    };
  }
}

/** The consumer side of golden. */
@Module({})
export class ContributionsModule {
  static forRoot(intake: ContributionsIntake): DynamicModule {
    return {
      module: ContributionsModule,
      controllers: [ContributionsController],
      providers: [
        { provide: CONTRIBUTIONS_INTAKE, useValue: intake },
        { provide: APP_FILTER, useClass: RethrowRpcFilter },
      ],
    };
  }
}
