import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A document that the report covers by default. */
export interface ReportedDocument {
  readonly name: string
  readonly path: string
}

const require = createRequire(import.meta.url)

function inPackage(name: string, file: string): string {
  const entry = require.resolve.paths(name)?.map((folder) => join(folder, name, 'package.json'))
  const found = entry?.find((path) => existsSync(path))
  return join(found === undefined ? name : dirname(found), file)
}

function fixture(file: string): string {
  return fileURLToPath(new URL(`../from-openapi/fixtures/documents/${file}`, import.meta.url))
}

/** The documents of packages that the tests install, and small ones as the tools of frameworks write them. */
export const DOCUMENTS: readonly ReportedDocument[] = [
  { name: 'Directus', path: inPackage('@directus/specs', 'dist/openapi.json') },
  { name: 'Figma', path: inPackage('@figma/rest-api-spec', 'openapi/openapi.yaml') },
  { name: 'FastAPI', path: fixture('fastapi.json') },
  { name: 'ASP.NET', path: fixture('aspnet.json') },
  { name: 'NestJS', path: fixture('nestjs.json') },
  { name: 'Kubernetes (excerpt)', path: fixture('kubernetes-excerpt.json') },
]
