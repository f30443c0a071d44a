import { readFile, writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { sleep } from '@alkdev/std'
import { FIRST_KEY_COMMAND } from '@alkdev/service/admin'
import { ComposeFolder, LET_PROXY_READ } from './compose-folder.ts'
import { ModelServer } from './model-server.ts'
import { makeNextVersion } from './next-version.ts'
import { Traffic } from './traffic.ts'
import type { KindCounts } from './traffic.ts'

const SERVICES = ['coordinator', 'inference-proxy', 'mcp', 'spoke-broker', 'gateway'] as const
const SCALE = SERVICES.map((name) => `--scale ${name}=2`).join(' ')
/** Traffic before the first disturbance and after each, in milliseconds. */
const CALM_MS = 5000

type Phase = (
  what: string,
  disturb: () => Promise<unknown>,
  /** What else than `ok` a request may end with, by its kind. Default: nothing. */
  mayEnd?: (kind: string, end: string) => boolean,
) => Promise<void>

/** While Redis or PostgreSQL is unreachable: a request is refused before anything ran, or a stream is cut and says so. */
const withoutServer = (kind: string, end: string): boolean =>
  /^(?:503 )?(?:UNAVAILABLE|PROVIDER_UNAVAILABLE)$/i.test(end) ||
  (kind === 'stream of a spoke' && end === 'PROVIDER_LOST')

/**
 * Replaces and restarts the parts of a stack under traffic. Prints what became of the requests, and rejects when one of them failed. While Redis and
 * PostgreSQL restart, requests may be refused.
 */
export async function measureRestarts(): Promise<void> {
  await using here = await ComposeFolder.create()
  console.log(`measuring restarts in ${here.folder}`)
  await here.run('docker compose build')
  await underTraffic(here, async (phase) => {
    for (const name of SERVICES)
      await phase(`restart one of two: ${name}`, () => restartOne(here, name))
    for (const name of SERVICES)
      await phase(`docker/roll ${name}`, () => here.run(`docker/roll ${name}`))
    for (const name of ['redis', 'postgres'])
      await phase(
        `restart ${name}`,
        () => here.run(`docker compose restart ${name}`),
        withoutServer,
      )
  })
}

/**
 * Updates a stack under traffic, by the lines of the guide, to a version whose migration adds a column. It starts from the image that the variable
 * ALKHUB_FORMER_IMAGE names, or else from that of this version. Prints and rejects as above.
 */
export async function measureUpdate(): Promise<void> {
  await using here = await ComposeFolder.create()
  console.log(`measuring an update in ${here.folder}`)
  await here.run('docker compose build')
  const { ALKHUB_FORMER_IMAGE: former } = process.env
  if (former !== undefined) await here.run(`docker tag ${former} ${here.image}`)
  await underTraffic(here, async (phase) => {
    // In place of `git pull`.
    await makeNextVersion(here.folder)
    for (const line of [
      './alkhub backup --compose before-update.backup',
      'docker compose build',
      'docker compose run --rm --no-deps migrate',
      'docker/roll',
      `docker compose up --detach ${SCALE}`,
    ])
      await phase(line, () => here.run(line))
  })
}

/** Starts a stack with two containers of each service and callers of every kind, and tells what became of their requests during each phase. */
async function underTraffic(
  here: ComposeFolder,
  disturb: (phase: Phase) => Promise<void>,
): Promise<void> {
  await here.run(LET_PROXY_READ)
  await here.run('./alkhub config init --compose')
  // Makes the network. With `--no-start`, docker-compose 1.29 waits without a limit for `init`, which it does not start.
  await here.run('docker compose up --detach redis')
  // The model server of this program is in the network of the containers, which is private.
  const network = async (member: string): Promise<string> => {
    const format = `{{(index .IPAM.Config 0).${member}}}`
    return (
      await here.run(`docker network inspect "$COMPOSE_PROJECT_NAME"_default --format '${format}'`)
    ).trim()
  }
  const allowed = JSON.stringify([await network('Subnet')])
  for (const service of ['inference-proxy', 'gateway', 'coordinator'])
    await here.run(
      `./alkhub config set outbound.allow '${allowed}' --config secrets/${service}.json`,
    )
  await here.run(`docker compose up --detach ${SCALE}`)
  await here.run(FIRST_KEY_COMMAND)
  const key = (await readFile(join(here.folder, 'admin.key'), 'utf8')).trim()
  using model = await ModelServer.start(await network('Gateway'))
  await writeFile(join(here.folder, 'model.key'), 'sk-none\n')
  const target = `--hub ${here.url} --key-file admin.key`
  await here.run(
    `./alkhub providers add words --url ${model.url} --secret-file model.key ${target}`,
  )
  await using traffic = new Traffic({ hub: here.url, key, model: 'words/any' })
  await traffic.start()
  const failed: string[] = []
  const phase: Phase = async (what, act, mayEnd = () => false) => {
    // Nothing was disturbed since the last phase, so nothing may have failed.
    failed.push(...report(`before: ${what}`, 0, traffic.take(), () => false))
    const from = Date.now()
    await act()
    const tookMs = Date.now() - from
    await sleep(CALM_MS)
    const counts = traffic.take()
    failed.push(...report(what, tookMs, counts, mayEnd))
    // A process that gets no processor time for seconds: what it executed may end with PROVIDER_LOST, and says nothing of the disturbance.
    const logs = `for id in $(docker compose ps -q); do docker logs --since ${Math.floor(from / 1000)} $id 2>&1; done`
    const unsure = (await here.run(`${logs} | grep -c 'lease unsure' || true`)).trim()
    if (unsure !== '0') console.log(`  ${unsure} times a process lost its lease`)
  }
  await phase('nothing', () => sleep(CALM_MS))
  await disturb(phase)
  console.log(await here.run("docker stats --no-stream --format '{{.Name}} {{.MemUsage}}'"))
  if (failed.length > 0) throw new Error(`Requests failed:\n${failed.join('\n')}`)
}

/** `docker restart` of one of the containers, and the wait until it is healthy. */
async function restartOne(here: ComposeFolder, name: string): Promise<void> {
  const [first = ''] = (await here.run(`docker compose ps -q ${name}`)).split('\n')
  await here.run(`docker restart --time 40 ${first}`)
  await here.run(
    `for n in $(seq 120); do [ "$(docker inspect --format '{{.State.Health.Status}}' ${first})" = healthy ] && exit 0; sleep 1; done; exit 1`,
  )
}

/** Prints a row for each kind; returns the failures. */
function report(
  what: string,
  tookMs: number,
  counts: Readonly<Record<string, KindCounts>>,
  mayEnd: (kind: string, end: string) => boolean,
): string[] {
  if (Object.keys(counts).length === 0) return []
  const [load = 0] = loadavg()
  console.log(`\n${what} (${(tookMs / 1000).toFixed(1)} s; load ${load.toFixed(0)})`)
  return Object.entries(counts).flatMap(([kind, { ends, slowestMs }]) => {
    const text = Object.entries(ends)
      .map(([end, count]) => `${count} ${end}`)
      .join(', ')
    console.log(`  ${kind.padEnd(20)} ${text}; slowest ${slowestMs} ms`)
    const isFailed = Object.keys(ends).some((end) => end !== 'ok' && !mayEnd(kind, end))
    return isFailed ? [`${what}: ${kind}: ${text}`] : []
  })
}
