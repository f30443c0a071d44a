/** The services, by the name of their bundle: their main files, relative to the clone. */
const SERVICES: Readonly<Record<string, string>> = {
  gateway: 'services/gateway/src/main.ts',
  'spoke-broker': 'services/spoke-broker/src/main.ts',
  coordinator: 'services/coordinator/src/main.ts',
  'inference-proxy': 'services/inference-proxy/src/main.ts',
  mcp: 'services/mcp/src/main.ts',
}

/** Loaded by threads of services, from beside the bundle that starts the thread. */
const SERVICE_THREADS = [
  'services/spoke-broker/src/schemas/schema-worker.ts',
  'libs/operations/src/adapters/openapi/from-openapi/yaml-worker.ts',
]

/** What is bundled together: programs by the name of their bundle, and files that threads load. */
export interface BundledPrograms {
  readonly programs: Readonly<Record<string, string>>
  readonly threads: readonly string[]
}

/** Of a local stack. */
export const STACK_PROGRAMS: BundledPrograms = {
  programs: { ...SERVICES, alkhub: 'libs/cli/src/main.ts' },
  threads: [
    ...SERVICE_THREADS,
    'libs/spoke/src/thread/socket-worker.ts',
    'libs/dev-spoke/src/dev-operations.ts',
    'libs/dev-spoke/src/isolated/operations-worker.ts',
  ],
}

const ADMIN = 'libs/service/src/admin'

/** Of the container image, where they are in the folder `programs`. */
export const IMAGE_PROGRAMS: BundledPrograms = {
  programs: {
    ...SERVICES,
    init: `${ADMIN}/init-main.ts`,
    migrate: `${ADMIN}/migrate-main.ts`,
    'first-steps': `${ADMIN}/first-steps-main.ts`,
    'first-key': `${ADMIN}/bootstrap-main.ts`,
    backup: `${ADMIN}/backup-main.ts`,
    restore: `${ADMIN}/restore-main.ts`,
    'restore-secrets': `${ADMIN}/restore-secrets-main.ts`,
    reencrypt: `${ADMIN}/reencrypt-main.ts`,
  },
  threads: SERVICE_THREADS,
}

/** Where the image has them, relative to its working folder. */
export const IMAGE_PROGRAM_FILES: readonly string[] = Object.keys(IMAGE_PROGRAMS.programs).map(
  (name) => `programs/${name}.js`,
)

/** Files of the sources that programs of the image read where they are in a clone. */
export const IMAGE_FILES = ['migrations', 'services/inference-proxy/src/prices/catalog.json']
