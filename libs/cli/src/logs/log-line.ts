export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** A JSON line as the services write them. */
export function logLine(level: LogLevel, message: string): string {
  const number = (LOG_LEVELS.indexOf(level) + 1) * 10
  return `${JSON.stringify({ level: number, time: Date.now(), msg: message })}\n`
}

/** What a line takes from the one before it when it does not state its own. */
export interface LineContext {
  /** Milliseconds since 1970. */
  readonly time?: number | undefined
  readonly level?: LogLevel | undefined
}

/** One line of the log of a process. */
export interface LogLine extends LineContext {
  /** Name of the log: that of the process. */
  readonly source: string
  readonly message: string
  /** The other members of a JSON line. */
  readonly fields: Readonly<Record<string, unknown>>
}

type OwnParts = Omit<LogLine, 'source'>

/** `2026-11-29 14:02:11.480 UTC [123] LOG:  text`: PostgreSQL's default. */
const POSTGRES_LINE = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3}) (\S+) \[\d+\] ([A-Z0-9]+): +(.*)$/
/** `123:M 29 Nov 2026 14:02:11.480 * text`, in the time zone of the machine. */
const REDIS_LINE = /^\d+:[A-Z] (\d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d{3}) ([.\-*#]) (.*)$/

/** Words that continue a message (`DETAIL`, `STATEMENT`) are missing: they have the level of the message. */
const POSTGRES_LEVELS: Readonly<Record<string, LogLevel>> = {
  LOG: 'info',
  INFO: 'info',
  NOTICE: 'info',
  WARNING: 'warn',
  ERROR: 'error',
  // It ends one connection; a PANIC ends the server.
  FATAL: 'error',
  PANIC: 'fatal',
}
const REDIS_LEVELS: Readonly<Record<string, LogLevel>> = {
  '.': 'debug',
  '-': 'debug',
  '*': 'info',
  '#': 'warn',
}

/** The level with the number of a JSON line: 10 for trace to 60 for fatal; other numbers count as the level below them. */
function levelOfNumber(number: unknown): LogLevel | undefined {
  if (typeof number !== 'number') return undefined
  return LOG_LEVELS[Math.min(LOG_LEVELS.length, Math.floor(number / 10)) - 1]
}

/** Reads a line: JSON of a service, a line of PostgreSQL or Redis, else any text, which has no time and no level of its own. */
export function readLogLine(source: string, text: string, before: LineContext = {}): LogLine {
  const own = ownParts(text)
  return { ...own, source, time: own.time ?? before.time, level: own.level ?? before.level }
}

function ownParts(text: string): OwnParts {
  return (
    (text.startsWith('{') ? jsonParts(text) : (postgresParts(text) ?? redisParts(text))) ?? {
      message: text,
      fields: {},
    }
  )
}

function jsonParts(text: string): OwnParts | undefined {
  try {
    // The line starts with a brace: what it holds is an object.
    const { time, level, msg, service: _, ...fields } = JSON.parse(text) as Record<string, unknown>
    return {
      time: typeof time === 'number' && isTime(time) ? time : undefined,
      level: levelOfNumber(level),
      message: typeof msg === 'string' ? msg : '',
      fields,
    }
  } catch {
    return undefined
  }
}

function postgresParts(text: string): OwnParts | undefined {
  const [, date, clock, zone = '', word = '', message] = POSTGRES_LINE.exec(text) ?? []
  if (message === undefined) return undefined
  // Other names of zones are that of this machine.
  const offset = /^(UTC|GMT)$/.test(zone) ? 'Z' : /^[+-]\d\d$/.test(zone) ? `${zone}:00` : ''
  const level = word.startsWith('DEBUG') ? 'debug' : POSTGRES_LEVELS[word]
  const time = timeOf(`${date}T${clock}${offset}`)
  return { time, level, message: level === undefined ? `${word}: ${message}` : message, fields: {} }
}

function redisParts(text: string): OwnParts | undefined {
  const [, at = '', mark = '', message] = REDIS_LINE.exec(text) ?? []
  if (message === undefined) return undefined
  return { time: timeOf(at), level: REDIS_LEVELS[mark], message, fields: {} }
}

function timeOf(text: string): number | undefined {
  const time = Date.parse(text)
  return isTime(time) ? time : undefined
}

/** Within what a Date can hold. */
function isTime(time: number): boolean {
  return Math.abs(time) <= 8.64e15
}

/** True when the line has the level, or a higher one, or none. */
export function hasLevel(line: LogLine, least: LogLevel | undefined): boolean {
  if (least === undefined || line.level === undefined) return true
  return LOG_LEVELS.indexOf(line.level) >= LOG_LEVELS.indexOf(least)
}
