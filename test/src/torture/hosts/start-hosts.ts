import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { ChaosSummary } from '../chaos-run/run-stages.ts'
import { ALONE } from './host-network.ts'
import type { HostRunOptions } from './run-hosts.ts'

/** Runs `runHosts` in a network of its own. Rejects with its last words when it fails. The signal kills it, with all of its processes. */
export async function startHosts(
  { onProgress, ...options }: HostRunOptions,
  signal: AbortSignal,
): Promise<ChaosSummary> {
  const [file, ...args] = ALONE
  const main = join(import.meta.dirname, 'hosts-process.ts')
  const child = spawn(file, [...args, process.execPath, main, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  })
  let [out, said] = ['', '']
  child.stdout.on('data', (data: Buffer) => (out += data.toString()))
  child.stderr.on('data', (data: Buffer) => {
    said = (said + data.toString()).slice(-8000)
    onProgress?.(data.toString().trimEnd())
  })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`the run with hosts ended with ${code}:\n${said}`)
  return JSON.parse(out) as ChaosSummary
}
