import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Io } from '../command.ts'
import { startedAs } from '../started-as.ts'
import type { StackReport } from './lock.ts'

export interface ReadyOptions {
  /** The result of the first call in a few words; undefined when it is not known here. */
  readonly shown: string | undefined
  /** The address of the console. */
  readonly console: string
  readonly detached: boolean
}

/** What `up` prints when everything is ready: the first call, the addresses, a command to try, and how to stop. */
export function readyWords(
  report: StackReport,
  { shown, console, detached }: ReadyOptions,
  io: Pick<Io, 'cwd' | 'env'>,
): string {
  const { urls, spoke, firstCall: call } = report
  const answered = call && `${call.operationId} answered in ${call.durationMs.toFixed(1)} ms`
  const alkhub = startedAs(io)
  return [
    ...(answered ? ['', shown === undefined ? `${answered}.` : `${answered}: ${shown}`] : []),
    '',
    `  console    ${console}`,
    `  gateway    ${urls.gateway}`,
    `  docs       ${urls.gateway}/docs`,
    `  libraries  ${urls.gateway}/sdk/`,
    `  spokes     ${urls.spokes}`,
    `  inference  ${urls.inference}`,
    `  mcp        ${urls.mcp}`,
    `  admin key  ${shortPath(report.adminKeyFile, io.cwd)}`,
    '',
    `Try: ${alkhub} ${spoke === null ? 'ops' : `call dev.${spoke}.${suggestion(io.cwd)}`}`,
    detached
      ? `It runs in the background; \`${alkhub} down\` stops it.`
      : 'Ctrl-C stops everything.',
  ].join('\n')
}

/** An operation of the dev spoke and an input that succeed in the folder. */
function suggestion(folder: string): string {
  return existsSync(join(folder, 'README.md'))
    ? `fs.read '{"path":"README.md"}'`
    : `fs.write '{"path":"hello.txt","content":"Hello"}'`
}

/** The relative path if the file is below the current folder. */
function shortPath(path: string, cwd: string): string {
  const short = relative(cwd, path)
  return short.startsWith('..') ? path : short
}
