const LEVELS: Readonly<Record<number, string>> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO ',
  40: 'WARN ',
  50: 'ERROR',
  60: 'FATAL',
}

/** Characters that control a terminal or the order of its text, except tab and line feed. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g

/** The text with its control characters escaped: fields may hold texts of clients. */
const plain = (text: string): string =>
  text.replaceAll(CONTROL, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)

const shown = (value: unknown): string =>
  typeof value === 'string' && !/[\s"]/.test(value) ? value : JSON.stringify(value)

/** Formats a JSON log line for reading: `14:02:11.480 INFO  gateway ready port=3000`. Other text is returned unchanged. */
export function prettyPrint(line: string): string {
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
  return plain(`${head}${tail.join('')}\n${typeof stack === 'string' ? `${stack}\n` : ''}`)
}
