import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A document that the report covers by default. */
export interface ReportedDocument {
  readonly name: string
  readonly path: string
}

const require = createRequire(import.meta.url)

/** A file beside the entry of a package. */
function beside(entry: string, file: string): string {
  return join(dirname(entry), file)
}

function fixture(file: string): string {
  return fileURLToPath(new URL(`../from-openapi/fixtures/documents/${file}`, import.meta.url))
}

/** The documents of packages that the tests install, and small ones as the tools of frameworks write them. */
export const DOCUMENTS: readonly ReportedDocument[] = [
  { name: 'Directus', path: beside(require.resolve('@directus/specs'), 'dist/openapi.json') },
  {
    name: 'Figma',
    path: beside(require.resolve('@figma/rest-api-spec/package.json'), 'openapi/openapi.yaml'),
  },
  { name: 'FastAPI', path: fixture('fastapi.json') },
  { name: 'ASP.NET', path: fixture('aspnet.json') },
  { name: 'NestJS', path: fixture('nestjs.json') },
  { name: 'Kubernetes (excerpt)', path: fixture('kubernetes-excerpt.json') },
]
