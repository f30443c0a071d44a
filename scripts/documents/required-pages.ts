import type { Repository } from './read-repository.ts'

const architecture = [
  'overview',
  'hub-architecture',
  'gateway',
  'spoke-broker',
  'spoke-runner',
  'coordinator',
  'mcp-server',
  'inference-proxy',
  'operations',
  'agent-sessions',
  'agent-roles',
  'coordination',
  'call-graph',
  'pubsub-redis',
  'hub-config',
  'hub-startup',
  'infrastructure',
  'scaling',
  'packages',
  'open-questions',
  'storage/README',
  'storage/table-reference',
  'storage/tasks',
  // One for each domain of the tables.
  'storage/call-graph',
  'storage/identity',
  'storage/registry',
  'storage/services',
  'storage/work',
]
/** Where each kind of person begins: operators, authors of spokes, agents, leads and developers of applications. */
const guides = [
  'README',
  'run-on-one-machine',
  'run-with-compose',
  'run-on-many-machines',
  'run-on-kubernetes',
  'attach-a-spoke',
  'write-a-spoke',
  'use-from-an-mcp-client',
  'run-an-agent',
  'work-with-tasks',
  'call-operations-from-a-program',
]
const reference = ['README', 'http', 'websocket-protocol', 'operations', 'metrics', 'glossary']
/** Decisions of the original hub of which nothing is known: the index of their folder says so. */
const UNKNOWN_ORIGINS = new Set([5, 10, 13])
const ORIGINS = 18
const ORIGIN_FOLDER = 'docs/decisions/origin/'
/** Task files of the storage design. */
const STORAGE_TASKS = 56
const TASKS_FOLDER = 'tasks/architecture/storage/'

/** The pages that readers are promised and that are not there, and numbers of files that are not as they were settled. */
export function checkRequiredPages(repository: Repository): string[] {
  const pages = [
    ...architecture.map((name) => `docs/architecture/${name}.md`),
    ...reference.map((name) => `docs/reference/${name}.md`),
    ...guides.map((name) => `docs/guides/${name}.md`),
    ...['research', 'reviews'].map((name) => `docs/${name}/README.md`),
  ]
  const missing = pages
    .filter((path) => !repository.has(path))
    .map((path) => `${path}: the page is missing`)
  const tasks = repository.files.filter((path) => path.startsWith(TASKS_FOLDER)).length
  return [
    ...missing,
    ...checkOrigins(repository),
    ...(tasks === STORAGE_TASKS
      ? []
      : [`${TASKS_FOLDER}: has ${tasks} files, ${STORAGE_TASKS} tasks were settled`]),
  ]
}

function checkOrigins(repository: Repository): string[] {
  const index = repository.read(`${ORIGIN_FOLDER}README.md`) ?? ''
  return Array.from({ length: ORIGINS }, (_, at) => at + 1).flatMap((number) => {
    const name = String(number).padStart(3, '0')
    const found = repository.files.filter((path) => path.startsWith(`${ORIGIN_FOLDER}${name}-`))
    if (UNKNOWN_ORIGINS.has(number))
      return new RegExp(`^\\| ${name} \\| not known \\|$`, 'm').test(index)
        ? []
        : [`${ORIGIN_FOLDER}README.md: must say that ${name} is not known`]
    return found.length === 1 ? [] : [`${ORIGIN_FOLDER}: ${found.length} pages of decision ${name}`]
  })
}
