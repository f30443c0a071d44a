import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkAnatomy } from './anatomy.ts'
import { checkDecisions } from './decisions.ts'
import { checkFileLength } from './file-length.ts'
import { forbidden, reservedElsewhere } from './law.ts'
import type { WorkspacePackage } from './package-files.ts'
import { checkPackagesPage } from './packages-page.ts'
import { checkStorageExports } from './storage-exports.ts'
import { checkTerminalWriters } from './terminal-writers.ts'

/** What a manifest may list though no file imports it by name: types without run-time use, and packages of data or programs. */
const ambient = new Set([
  '@types/node',
  '@types/ws',
  'vitest',
  'graphology-types',
  '@directus/specs',
  '@figma/rest-api-spec',
  '@modelcontextprotocol/conformance',
  '@modelcontextprotocol/server-everything',
  '@modelcontextprotocol/server-filesystem',
  '@modelcontextprotocol/server-memory',
  '@readme/oas-examples',
  'mcp-remote',
  'axe-core',
  'json-schema-test-suite',
  'compatcanary',
  '@portkey-ai/gateway',
])

/** Every breach of a rule of the workspace, one sentence each: imports, manifests, the anatomy of services, generated pages, exports, decisions, the length of files, what writes to a terminal. */
export function checkWorkspace(root: string, packages: readonly WorkspacePackage[]): string[] {
  const rooms = new Map(packages.map((entry) => [entry.manifest.name, entry.room]))
  return [
    ...packages.flatMap((entry) => checkImports(entry, rooms)),
    ...packages.flatMap((entry) => checkManifest(root, entry, rooms)),
    ...checkRoot(root, packages),
    ...checkOneCopy(root),
    ...checkAnatomy(root),
    ...checkPackagesPage(root, packages),
    ...checkStorageExports(root, packages),
    ...checkDecisions(root),
    ...checkFileLength(root, packages),
    ...checkTerminalWriters(root, packages),
  ]
}

function checkImports(entry: WorkspacePackage, rooms: ReadonlyMap<string, string>): string[] {
  const { manifest, room } = entry
  const runtime = new Set([
    ...Object.keys(manifest.dependencies ?? {}),
    ...Object.keys(manifest.optionalDependencies ?? {}),
    ...Object.keys(manifest.peerDependencies ?? {}),
  ])
  const any = new Set([...runtime, ...Object.keys(manifest.devDependencies ?? {})])
  const inTestRoom = room === 'test' || room === 'bench' || room === 'testing'
  return entry.files.flatMap((file) =>
    file.imports.flatMap((name) => {
      const test = file.test || inTestRoom
      if (name === manifest.name) return []
      const declared = (test ? any : runtime).has(name)
      const target = rooms.get(name)
      const broken =
        target === undefined ? reservedElsewhere(room, name, test) : forbidden(room, target, test)
      return [
        ...(declared
          ? []
          : [`${file.path}: ${name} is not declared in ${entry.folder}/package.json`]),
        ...(broken ? [`${file.path}: ${broken}`] : []),
      ]
    }),
  )
}

function checkManifest(
  root: string,
  entry: WorkspacePackage,
  rooms: ReadonlyMap<string, string>,
): string[] {
  const { manifest, folder } = entry
  const used = new Set(entry.files.flatMap((file) => file.imports))
  const declared = { ...manifest.devDependencies, ...manifest.dependencies }
  const idle = Object.keys(declared)
    .filter((name) => !used.has(name) && !ambient.has(name))
    .map((name) => `${folder}/package.json: ${name} is declared and never imported`)
  const wanted = Object.keys(declared).flatMap((name) => rooms.get(name) ?? [])
  const missing = wanted
    .filter((room) => !entry.references.includes(room))
    .map((room) => `${folder}/tsconfig.json: no reference to ${room}`)
  const extra = entry.references
    .filter((room) => !wanted.includes(room))
    .map((room) => `${folder}/tsconfig.json: reference to ${room}, which is no dependency`)
  const targets = Object.values(manifest.exports ?? {})
    .filter((target) => !existsSync(join(root, folder, target)))
    .map((target) => `${folder}/package.json: exports ${target}, which is not there`)
  const versions = Object.entries({ ...declared, ...manifest.optionalDependencies })
    .filter(([, range]) => !/^(catalog:|workspace:\*|\d+\.\d+\.\d+[\w.-]*)$/.test(range))
    .map(([name, range]) => `${folder}/package.json: ${name} ${range} is no exact version`)
  return [...idle, ...missing, ...extra, ...targets, ...versions]
}

function checkRoot(root: string, packages: readonly WorkspacePackage[]): string[] {
  const { references } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')) as {
    references: { path: string }[]
  }
  const listed = new Set(references.map((reference) => reference.path))
  return packages
    .filter((entry) => !listed.has(entry.folder))
    .map((entry) => `tsconfig.json: no reference to ${entry.folder}`)
}

/** Packages that keep state in the module: two copies would be two registries. The lockfile tells what is installed. */
function checkOneCopy(root: string): string[] {
  const lockfile = readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')
  const snapshots = lockfile.slice(lockfile.indexOf('\nsnapshots:'))
  return ['drizzle-orm', '@sinclair/typebox', 'ioredis', 'fastify', 'bullmq'].flatMap((name) => {
    const keys = snapshots.matchAll(new RegExp(`^  '?(${name}@[^:']*)`, 'gm'))
    const copies = [...keys].map((match) => match[1])
    return copies.length > 1 ? [`${copies.length} copies of ${name}: ${copies.join(', ')}`] : []
  })
}
