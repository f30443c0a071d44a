const LEVELS: Readonly<Record<number, string>> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO ',
  40: 'WARN ',
  50: 'ERROR',
  60: 'FATAL',
}

const shown = (value: unknown): string =>
  typeof value === 'string' && !/[\s"]/.test(value) ? value : JSON.stringify(value)

/** A JSON log line as one for people: `14:02:11.480 INFO  gateway ready port=3000`. What is no JSON stays as it is. */
export function prettyLine(line: string): string {
  let record: Record<string, unknown>
  try {
    record = JSON.parse(line) as Record<string, unknown>
  } catch {
    return line
  }
  const { level, time, msg, service, err, ...fields } = record
  const stack = (err as { stack?: unknown } | undefined)?.stack
  const at = new Date(Number(time)).toISOString().slice(11, 23)
  const head = [at, LEVELS[Number(level)] ?? String(level), service, msg].filter(Boolean).join(' ')
  const tail = Object.entries(fields).map(([name, value]) => ` ${name}=${shown(value)}`)
  return `${head}${tail.join('')}\n${typeof stack === 'string' ? `${stack}\n` : ''}`
}
