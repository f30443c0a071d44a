import { styleText } from 'node:util'
import type { LogLevel, LogLine } from './log-line.ts'
import { safeJson } from '../say.ts'

/** Characters that control a terminal or the order of its text, except tab. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g

const COLOURS: Readonly<Record<LogLevel, 'dim' | 'yellow' | 'red' | undefined>> = {
  trace: 'dim',
  debug: 'dim',
  info: undefined,
  warn: 'yellow',
  error: 'red',
  fatal: 'red',
}

export interface LineStyle {
  readonly colours: boolean
  /** Adds the stack of an error. */
  readonly stack: boolean
  /** Characters of the longest name of a log. */
  readonly sourceWidth: number
  /** Lines of the day of this moment are shown without the date. */
  readonly now: Date
}

/**
 * A line for people: `14:02:11.480 gateway ERROR request failed code=UNKNOWN_ERROR`, in the time zone of the machine, with the date when it is not that of
 * today. Control characters are shown as escapes: fields may hold texts of clients.
 */
export function lineText(line: LogLine, style: LineStyle): string {
  const colour = (format: Parameters<typeof styleText>[0] | undefined, text: string): string =>
    style.colours && format !== undefined
      ? styleText(format, text, { validateStream: false })
      : text
  const { err, ...fields } = line.fields
  const error = errorOf(err)
  const members = Object.entries(fields).map(([name, value]) => ` ${name}=${shown(value)}`)
  const level = line.level ?? ''
  const head = [
    colour('dim', clock(line.time, style.now)),
    colour('cyan', line.source.padEnd(style.sourceWidth)),
    colour(line.level && COLOURS[line.level], level.toUpperCase().padEnd(5)),
  ].join(' ')
  const text = plain(`${line.message}${error.text}${members.join('')}`)
  const stack = style.stack
    ? error.stack.map((one) => `\n    ${colour('dim', plain(one.trim()))}`)
    : []
  return `${head} ${text}${stack.join('')}`
}

/** A line for programs: JSON with the same members for every process. */
export function lineJson({ time, level, source, message, fields }: LogLine): string {
  const at = time === undefined ? null : new Date(time).toISOString()
  return safeJson({
    ...fields,
    time: at,
    level: level ?? null,
    service: source,
    msg: message,
  })
}

function plain(text: string): string {
  return text.replaceAll(CONTROL, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function shown(value: unknown): string {
  return typeof value === 'string' && value !== '' && !/[\s"]/.test(value)
    ? value
    : JSON.stringify(value)
}

/** The name and message of an error of a JSON line, and the lines of its stack. */
function errorOf(err: unknown): { readonly text: string; readonly stack: readonly string[] } {
  if (err === undefined) return { text: '', stack: [] }
  if (typeof err !== 'object' || err === null) return { text: ` err=${shown(err)}`, stack: [] }
  const { type, code, message, stack } = err as Readonly<Record<string, unknown>>
  const name = [type, code].filter((one) => typeof one === 'string').join(' ')
  const said = typeof message === 'string' ? message : JSON.stringify(err)
  return {
    text: ` (${name === '' ? said : `${name}: ${said}`})`,
    // The first lines are the name and message.
    stack: typeof stack === 'string' ? stack.split('\n').filter((one) => /^\s+at /.test(one)) : [],
  }
}

const two = (number: number): string => String(number).padStart(2, '0')

function dayOf(at: Date): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

function clock(time: number | undefined, now: Date): string {
  if (time === undefined) return ' '.repeat(12)
  const at = new Date(time)
  const ofDay = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`
  return dayOf(at) === dayOf(now) ? ofDay : `${dayOf(at)} ${ofDay}`
}
