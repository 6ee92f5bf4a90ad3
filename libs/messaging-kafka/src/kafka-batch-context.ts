import { BaseRpcContext } from '@nestjs/microservices';

/** Where a batch comes from, and the consumer's end. */
export class KafkaBatchContext extends BaseRpcContext<
  [topic: string, partition: number, signal: AbortSignal, routeTopic: string]
> {
  get topic(): string {
    return this.getArgs()[0];
  }

  get partition(): number {
    return this.getArgs()[1];
  }

  /** The topic of the route: of a replay lane, the topic whose messages it brings. */
  get routeTopic(): string {
    return this.getArgs()[3];
  }

  /** Aborts when the consumer is to end: a long handler should give up, its batch comes again. */
  get signal(): AbortSignal {
    return this.getArgs()[2];
  }
}
