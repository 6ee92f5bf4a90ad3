import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { map, type Observable } from 'rxjs';
import type { AccessRequest } from './access-request.js';
import { maskPersonal } from './mask-personal.js';
import { ROUTE_ACCESS, type RouteAccess } from './permission.decorator.js';
import type { RequestAccess } from './request-access.js';
import { withinScope } from './within-scope.js';

/** The one place where answers are cut to what the caller may see: objects by scope, personal fields by role. */
export class AnswerInterceptor implements NestInterceptor {
  private readonly reflector = new Reflector();

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { access, params } = context.switchToHttp().getRequest<AccessRequest>();
    if (!access) return next.handle();
    const route = this.reflector.get<RouteAccess | undefined>(ROUTE_ACCESS, context.getHandler());
    const isCut = route?.kind === 'permission' && route.scope === 'answer' && !access.isUnlimited;
    const entity = typeof params?.['entity'] === 'string' ? params['entity'] : null;
    return next
      .handle()
      .pipe(map((answer: unknown) => shown(isCut ? withinScope(answer, access) : answer, access, entity)));
  }
}

function shown(answer: unknown, access: RequestAccess, entity: string | null): unknown {
  return access.has('personal:read') ? answer : maskPersonal(answer, entity);
}
