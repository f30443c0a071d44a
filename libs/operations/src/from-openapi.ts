export { FromOpenAPI, importOpenAPI } from './from-openapi/from-openapi.ts'
export { FromOpenAPIFile, FromOpenAPIUrl } from './from-openapi/load.ts'
export type { OpenAPIFS } from './from-openapi/load.ts'
export { OpenAPIServiceRegistry } from './from-openapi/service-registry.ts'
export { parseSSEFrames, SSEParser } from './from-openapi/sse-parser.ts'
export type { SSEEvent } from './from-openapi/sse-parser.ts'
export { parseDocument } from './from-openapi/document.ts'
export type {
  HTTPAuth,
  HTTPServiceConfig,
  OpenAPIDefinition,
  OpenAPIOperation,
  OpenAPIParameter,
  OpenAPISpec,
  SchemeCredentials,
  Secret,
  SkippedOperation,
  SSEOptions,
} from './from-openapi/types.ts'
