import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** The files at the top of a service's `src`; all five services have exactly these. */
const TOP_FILES = ['app.ts', 'context.ts', 'events.ts', 'index.ts', 'main.ts', 'service.ts']
/** What each of them must hold, so that the same thing is in the same file of every service. */
const CONTENTS: readonly (readonly [file: string, what: string, pattern: RegExp])[] = [
  ['context.ts', 'export createContext(runtime)', /export function createContext\(runtime: /],
  [
    'context.ts',
    'a context whose first members are runtime and events',
    /export interface \w+Context \{\n  readonly runtime: ServiceRuntime<'[\w-]+'>\n  readonly events: \w+Events\n/,
  ],
  ['events.ts', 'export createEvents', /export function createEvents\(/],
  [
    'app.ts',
    'export buildApp(context)',
    /export (?:async )?function buildApp\(context: \w+Context\)/,
  ],
  [
    'service.ts',
    'build: (runtime) => buildApp(createContext(runtime))',
    /build: \(runtime\) => buildApp\(createContext\(runtime\)\)/,
  ],
]
const MAX_CONTEXT_MEMBERS = 15
/**
 * Folders whose files export a name like their own: `jobs/prune-history.ts` exports `pruneHistory`, a route also `addPruneHistory`. The
 * operations are in a folder for each namespace: `operations/orgs/create.ts` exports `orgsCreate`.
 */
const NAMED_FOLDERS = ['operations', 'routes', 'jobs']

/** Every difference between a service and the anatomy that all services share, one sentence each. */
export function checkAnatomy(root: string): string[] {
  return readdirSync(join(root, 'services'))
    .filter((service) => existsSync(join(root, 'services', service, 'package.json')))
    .flatMap((service) => checkService(root, `services/${service}/src`))
}

function checkService(root: string, folder: string): string[] {
  const read = (path: string): string => readFileSync(join(root, folder, path), 'utf8')
  const top = readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map(({ name }) => name)
  const misplaced = top
    .filter((name) => !TOP_FILES.includes(name))
    .map((name) => `${folder}/${name}: a service has only ${TOP_FILES.join(', ')} here`)
  const missing = TOP_FILES.filter((name) => !top.includes(name)).map(
    (name) => `${folder}: ${name} is missing`,
  )
  if (missing.length > 0) return [...misplaced, ...missing]
  return [
    ...misplaced,
    ...CONTENTS.filter(([file, , pattern]) => !pattern.test(read(file))).map(
      ([file, what]) => `${folder}/${file}: must contain ${what}`,
    ),
    ...contextSize(`${folder}/context.ts`, read('context.ts')),
    ...registered(root, folder, read('app.ts')),
    ...rateLimiters(root, folder),
    ...NAMED_FOLDERS.flatMap((name) => checkNames(root, `${folder}/${name}`)),
  ]
}

function contextSize(path: string, source: string): string[] {
  const body = /export interface \w+Context \{\n([\s\S]*?)\n\}/.exec(source)?.[1] ?? ''
  const members = body.match(/^  readonly \w+/gm)?.length ?? 0
  return members <= MAX_CONTEXT_MEMBERS
    ? []
    : [`${path}: the context has ${members} members, at most ${MAX_CONTEXT_MEMBERS} are allowed`]
}

/** Two limiters of one service would each ask a Redis that does not answer, and each wait for it. */
function rateLimiters(root: string, folder: string): string[] {
  const made = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .flatMap((name) =>
      Array.from(readFileSync(join(root, folder, name), 'utf8').matchAll(/\bcreateRateLimiter\(/g)),
    )
  return made.length > 1 ? [`${folder}: makes ${made.length} rate limiters, one is allowed`] : []
}

/** Operations and jobs are started by `buildApp`, from the same file in every service. */
function registered(root: string, folder: string, app: string): string[] {
  const starters = { operations: 'registerOperations', jobs: 'startJobs' }
  return Object.entries(starters).flatMap(([name, starter]) => {
    if (!existsSync(join(root, folder, name))) return []
    return app.includes(`  ${starter}(context)\n`)
      ? []
      : [`${folder}/app.ts: must call ${starter}(context), there is a folder ${name}`]
  })
}

function checkNames(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .filter((path) => {
      const name = basename(path, '.ts').replaceAll('-', '')
      const wanted = new Set([name, `add${name}`, `${dirname(path)}${name}`])
      const source = readFileSync(join(root, folder, path), 'utf8')
      return !exportsOf(source).some((one) => wanted.has(one))
    })
    .map((path) => `${folder}/${path}: exports nothing that is named like the file`)
}

function exportsOf(source: string): string[] {
  const declared = /^export (?:async )?(?:function\*?|const|class|interface|type) (\w+)/gm
  return Array.from(source.matchAll(declared), ([, name = '']) => name.toLowerCase())
}
