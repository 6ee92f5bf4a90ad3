import type { Type } from '@nestjs/common';
import type { z } from 'zod';

/** What the OpenAPI document says of a route besides what its decorators say. */
export interface ApiOperation {
  readonly summary: string;
  /** An object, a property for each parameter. */
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** A body that is not ours: what it is. */
  readonly anyBody?: string;
  /** Where the handler sets another status than the declared one. */
  readonly status?: number;
  /** Whether it needs no credential; as declared without it. */
  readonly isOpen?: boolean;
  /** Media type of the answer where no decorator says it; JSON without it. */
  readonly type?: string;
  /** What else it answers that is no problem, by status: without a body below 400, else JSON. */
  readonly answers?: Readonly<Record<number, string>>;
}

/** By method and path: `GET /holds/{id}`. */
export type ApiOperations = Readonly<Record<string, ApiOperation>>;

/** A session of people at a page of the app: its cookie, and the header that what changes something needs. */
export interface ApiSession {
  readonly cookie: string;
  readonly header: string;
  /** It opens the routes below this path only. */
  readonly below: string;
}

/** The HTTP API of one app. */
export interface ApiDescription {
  readonly title: string;
  readonly controllers: readonly Type[];
  readonly operations: ApiOperations;
  readonly session?: ApiSession;
}

/** An OpenAPI 3.1 document. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
  readonly components: object;
}
