import { stat } from 'node:fs/promises'
import { httpFetch } from '@alkdev/std/fetch'
import { isPortFree } from '@alkdev/std/free-port'
import { isAlive, readKilledStack, readLeftStack, readStack } from '../stack/lock.ts'
import type { StackState } from '../stack/lock.ts'
import type { StackPaths } from '../stack/paths.ts'
import { isTroubled, killedWords, processWords } from '../stack/process-words.ts'
import type { ProcessState } from '../stack/supervised.ts'
import { serviceNames } from '../ports/choose-ports.ts'
import { byOwner } from '../ports/port-owner.mjs'
import { checkServiceClock } from './clock-checks.ts'
import { note, ok, wrong } from './finding.ts'
import type { Finding } from './finding.ts'

const FIRST_PORT = 3000
const READY_MS = 3000

/** Checks the stack of this clone: its processes, remains of a killed one, and whether its ports are free. */
export async function checkStack(paths: StackPaths): Promise<Finding[]> {
  const state = await readStack(paths)
  if (state !== undefined) return checkRunning(state)
  const alive = (await readLeftStack(paths))?.processes.map(({ pid }) => pid) ?? []
  const stack =
    alive.length > 0
      ? wrong(
          'stack',
          `A stack of this clone was killed, and processes ${alive.join(', ')} are alive.`,
          `They end by themselves within a minute; if not, stop them with \`kill ${alive.join(' ')}\`.`,
        )
      : ok('stack', 'Nothing runs in this clone.')
  const killed = alive.length > 0 ? undefined : await readKilledStack(paths)
  const last = killed === undefined ? [] : [note('last stack', killedWords(killed))]
  return [stack, ...last, await checkPorts()]
}

async function checkRunning(state: StackState): Promise<Finding[]> {
  const services = Object.entries(state.services)
  if (state.report === undefined)
    return [note('stack', `Process ${state.pid} is starting or stopping it.`)]
  const ends = Object.entries(state.processes ?? {}).flatMap(([name, one]) => endFinding(name, one))
  const findings = await Promise.all(
    services.map(async ([name, { pid, url }]) => {
      const problem = pid > 0 && isAlive(pid) ? await notReady(url) : 'does not run'
      if (problem === undefined) return undefined
      return wrong(
        name,
        `${name} ${problem}.`,
        `Look at \`./alkhub logs ${name}\`; \`./alkhub down\` and \`./alkhub up\` start it again.`,
      )
    }),
  )
  const bad = findings.filter((one) => one !== undefined)
  const all = [...ends, ...bad]
  if (all.some((one) => one.state === 'wrong')) return all
  const clocks = await Promise.all(services.map(([name, { url }]) => checkServiceClock(name, url)))
  return [
    ok('stack', `${services.length} services are ready.`),
    ...all,
    ...clocks.filter((one) => one.state !== 'ok'),
  ]
}

/** The findings about a process that has ended unexpectedly since the stack was started. */
function endFinding(name: string, process: ProcessState): Finding[] {
  const says = processWords(name, process)
  if (says === undefined) return []
  if (!isTroubled(process)) return [note(name, says)]
  return [wrong(name, says, `Look at \`./alkhub logs ${name}\` for what it said before.`)]
}

/** Why a service is not ready; undefined when it is. */
async function notReady(url: string): Promise<string | undefined> {
  try {
    const response = await httpFetch(`${url}/readyz`, { signal: AbortSignal.timeout(READY_MS) })
    await response.body?.cancel()
    return response.ok ? undefined : `is not ready (${url}/health tells more)`
  } catch {
    return `does not answer at ${url}`
  }
}

async function checkPorts(): Promise<Finding> {
  const ports = serviceNames.map((_, index) => FIRST_PORT + index)
  const free = await Promise.all(ports.map((port) => isPortFree(port)))
  const taken = ports.filter((_, index) => free[index] === false)
  if (taken.length === 0)
    return ok('ports', `${FIRST_PORT} to ${FIRST_PORT + ports.length - 1} are free.`)
  return note(
    'ports',
    `${taken.map((port) => `${port} is taken${byOwner(port)}`).join(', ')}.`,
    '`./alkhub up` uses other ports then; choose them with --port N.',
  )
}

/** Checks that only their owner can read the key files of this clone. */
export async function checkKeyFiles(paths: StackPaths): Promise<Finding[]> {
  const files = [paths.adminKey, paths.spokeKey]
  const modes = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ mode }) => mode & 0o077,
        () => undefined,
      ),
    ),
  )
  const open = files.filter((_, index) => (modes[index] ?? 0) !== 0)
  if (open.length > 0)
    return [
      wrong(
        'key files',
        `Others on this machine may read ${open.join(' and ')}.`,
        `Take that from them: \`chmod 600 ${open.join(' ')}\`.`,
      ),
    ]
  return modes.every((mode) => mode === undefined)
    ? []
    : [ok('key files', 'Only their owner may read them.')]
}
