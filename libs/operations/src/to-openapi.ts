export { toOpenAPI } from './to-openapi/to-openapi.ts'
export type {
  OpenAPIDocument,
  OpenAPIEntry,
  OpenAPIOperations,
  ToOpenAPIOptions,
} from './to-openapi/to-openapi.ts'
