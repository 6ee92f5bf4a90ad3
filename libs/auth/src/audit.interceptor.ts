import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { AuditPhase } from '#audit';
import { toHubError } from '#kernel';
import { catchError, concatMap, from, type Observable } from 'rxjs';
import type { AccessOptions } from './access.guard.js';
import type { AccessRequest } from './access-request.js';
import { targetOf } from './request-target.js';

/**
 * Keeps every act and every export, and reads where that is set. An act is kept before it begins, and refused where it can't
 * be kept: what happened without a trace can't be found again. Its outcome follows before the answer leaves.
 */
export class AuditInterceptor implements NestInterceptor {
  constructor(private readonly options: Pick<AccessOptions, 'trail' | 'auditsReads'>) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<AccessRequest>();
    const { access } = request;
    const { trail, auditsReads = false } = this.options;
    if (!access || !trail) return next.handle();
    const target = targetOf(request, access);
    const record = (phase: AuditPhase, outcome: string): Promise<void> => trail.record({ ...target, phase, outcome });
    if (!access.isAct) {
      if (auditsReads || target.verb === 'export') await record('seen', 'asked');
      return next.handle();
    }
    await record('asked', 'asked');
    return next.handle().pipe(
      concatMap((answer) => from(record('ended', 'done').then(() => answer as unknown))),
      catchError((error: unknown) =>
        from(
          record('ended', toHubError(error).code).then(() => {
            throw error;
          }),
        ),
      ),
    );
  }
}
