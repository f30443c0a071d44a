export { parseSSEFrames, SSEParser } from './adapters/openapi/from-openapi/sse-parser.ts'
export type { SSEEvent } from './adapters/openapi/from-openapi/sse-parser.ts'
