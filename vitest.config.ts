import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { ShardSequencer } from './scripts/test-run/shard-sequencer.ts'
import { StallGuard } from './scripts/test-run/stall-guard.ts'
import { SummaryReporter } from './scripts/test-run/summary-reporter.ts'

const infra = '**/*.{pg,redis,e2e}.test.ts'
/** Whole installations: much work, little that depends on the time it takes. */
const installs = ['test/src/e2e/{backup,launcher,packages,spoke-browser,supervision}.e2e.test.ts']
/** Processes are killed and frozen in these, under load: beside a second file, leases and deadlines end for want of a processor. */
const kills = ['test/src/e2e/*-{kills,torture}.e2e.test.ts']
/**
 * Sessions of agents, which run after the tests of services: the run of these ends sooner than that of the kills and of the rest of the whole stack.
 */
const sessions = ['test/src/e2e/{parked-turns,session*}.e2e.test.ts']
const bundled = ['postgres', 'redis', 'bundles', 'postgres-home'].map(
  (name) => `./test/src/${name}.setup.ts`,
)
/**
 * Tests with servers and processes run again once when they fail: beside others, a pause of the machine can end a lease or a
 * deadline. The summary lists each one. Unit tests do not: a property that fails once has failed.
 */
const retry = 1
/** What runs one after the other. */
const order = { unit: 0, services: 1, kills: 2, stack: 3, sessions: 4 }
const cores = Math.max(2, availableParallelism())
/**
 * `alkhub test` without a filter makes two runs at the same time: unit tests, those of services and those of sessions; kills and then the rest of the
 * whole stack. The tests of the whole stack wait for half of their time, and get more workers than there are cores.
 */
const beside = process.env['ALKHUB_TEST_SIDE_BY_SIDE'] !== undefined
/** Options of Node that load a set-up file first. */
const imported = (name: string): string[] => [
  '--import',
  new URL(`test/src/${name}.setup.ts`, import.meta.url).href,
]
const away = ['**/node_modules/**', '**/.types/**', '**/dist/**']

export default defineConfig({
  test: {
    maxWorkers: cores,
    execArgv: imported('worker'),
    // Workers and the processes that tests start share compiled code, and keep nothing in the home folder.
    env: {
      XDG_STATE_HOME: fileURLToPath(new URL('node_modules/.test-state', import.meta.url)),
      NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.compile-cache', import.meta.url)),
    },
    reporters: ['default', new StallGuard(), new SummaryReporter()],
    // Files share no state in modules, so that these need not be read again for each: nearly half of the time they take.
    isolate: false,
    sequence: { sequencer: ShardSequencer },
    setupFiles: ['patient-waits', 'property-seed'].map((name) =>
      fileURLToPath(new URL(`test/src/${name}.setup.ts`, import.meta.url)),
    ),
    expect: { poll: { timeout: 30_000 } },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // When a server of the run is gone, each further test fails by its time limit, and the run takes hours.
    bail: 50,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            '{libs,services,apps}/**/src/**/*.test.ts',
            'scripts/**/*.test.ts',
            'test/src/**/*.test.ts',
            'bench/src/**/*.test.ts',
          ],
          exclude: [infra, ...away],
          ...(beside && { execArgv: ['worker', 'beside'].flatMap((name) => imported(name)) }),
          sequence: { groupOrder: order.unit },
        },
      },
      {
        extends: true,
        test: {
          name: 'pg',
          include: ['{libs,services}/**/src/**/*.pg.test.ts'],
          exclude: away,
          retry,
          sequence: { groupOrder: order.services },
          globalSetup: ['./test/src/postgres.setup.ts', './test/src/redis.setup.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'redis',
          include: ['{libs,services}/**/src/**/*.redis.test.ts'],
          exclude: away,
          retry,
          sequence: { groupOrder: order.services },
          globalSetup: ['./test/src/redis.setup.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'install',
          include: installs,
          exclude: away,
          retry,
          sequence: { groupOrder: order.services },
          globalSetup: ['./test/src/postgres.setup.ts', './test/src/redis.setup.ts'],
          hookTimeout: 240_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/src/e2e/**/*.e2e.test.ts'],
          exclude: [...installs, ...kills, ...sessions, ...away],
          retry,
          globalSetup: bundled,
          hookTimeout: 240_000,
          // These files measure leases, heartbeats and deadlines in real time.
          sequence: { groupOrder: order.stack },
          maxWorkers: beside ? cores * 2 : cores,
        },
      },
      {
        extends: true,
        test: {
          name: 'sessions',
          include: sessions,
          exclude: [...kills, ...away],
          retry,
          globalSetup: bundled,
          hookTimeout: 240_000,
          sequence: { groupOrder: order.sessions },
          maxWorkers: beside ? cores + 1 : cores,
        },
      },
      {
        extends: true,
        test: {
          name: 'kills',
          include: kills,
          exclude: away,
          retry,
          globalSetup: bundled,
          hookTimeout: 240_000,
          maxWorkers: 1,
          sequence: { groupOrder: order.kills },
        },
      },
    ],
  },
})
