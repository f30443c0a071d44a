import { httpFetch } from '@alkdev/std/fetch'
import type { Command } from '../command.ts'
import { print, table } from '../hub/print.ts'
import { shortTime } from '../input/times.ts'
import { isAlive, readKilledStack, readLeftStack, readStack } from '../stack/lock.ts'
import { stackPaths } from '../stack/paths.ts'
import { statusEntries, statusRows } from '../stack/status-rows.ts'
import { isTroubled, killedWords, leftWords, processWords } from '../stack/process-words.ts'

export const status: Command = {
  usage: '',
  summary:
    'Shows the processes of this clone, whether they are ready, and which of them exited.\nExit code 1 when a process is not ready or exited within the last minute.',
  flags: {},
  async run(args, io) {
    const state = await readStack(stackPaths())
    const json = args.flag('json')
    if (!state) {
      const left = await readLeftStack(stackPaths())
      const killed = await readKilledStack(stackPaths())
      const last = killed && { pid: killed.pid, startedAt: killed.startedAt }
      print(io, json, { running: false, left: left?.processes ?? [], killed: last ?? null }, () => {
        if (left !== undefined) return leftWords(left)
        const idle = 'Nothing runs in this clone. Start it with `./alkhub up`.'
        return killed === undefined ? idle : `${idle}\n\n${killedWords(killed)}`
      })
      return 1
    }
    const entries = await statusEntries(state, isReady, isAlive)
    const { services, servers } = entries
    const report = state.report ?? null
    const processes = state.processes ?? {}
    const troubled = Object.values(processes).some((one) => isTroubled(one))
    const well =
      report !== null && !troubled && [...services, ...servers].every((entry) => entry.ready)
    print(io, json, { running: true, ready: well, pid: state.pid, ...entries, report }, () => {
      const since = `Running since ${shortTime(state.startedAt)} as process ${state.pid}.`
      const ends = Object.entries(processes).flatMap(([name, one]) => processWords(name, one) ?? [])
      const text = `${since}\n\n${table(['name', 'state', 'process', 'url'], statusRows(entries))}`
      return ends.length === 0 ? text : `${text}\n\n${ends.join('\n')}`
    })
    return well ? 0 : 1
  },
}

async function isReady(url: string): Promise<boolean> {
  return httpFetch(`${url}/readyz`, { signal: AbortSignal.timeout(3000) }).then(
    async (response) => {
      await response.body?.cancel()
      return response.ok
    },
    () => false,
  )
}
