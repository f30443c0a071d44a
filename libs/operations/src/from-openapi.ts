export { FromOpenAPI, importOpenAPI } from './adapters/openapi/from-openapi/from-openapi.ts'
export { FromOpenAPIFile, FromOpenAPIUrl } from './adapters/openapi/from-openapi/load.ts'
export type { OpenAPIFS } from './adapters/openapi/from-openapi/load.ts'
export { OpenAPIServiceRegistry } from './adapters/openapi/from-openapi/service-registry.ts'
export { parseSSEFrames, SSEParser } from './adapters/openapi/from-openapi/sse-parser.ts'
export type { SSEEvent } from './adapters/openapi/from-openapi/sse-parser.ts'
export { parseDocument } from './adapters/openapi/from-openapi/document.ts'
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
} from './adapters/openapi/from-openapi/types.ts'
