export { toOpenAPI, toOpenAPIText } from './adapters/openapi/to-openapi/to-openapi.ts'
export type {
  OpenAPIDocument,
  OpenAPIEntry,
  OpenAPIOperations,
  ToOpenAPIOptions,
} from './adapters/openapi/to-openapi/to-openapi.ts'
