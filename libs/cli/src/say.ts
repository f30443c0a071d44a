/** Characters that control a terminal, hide text, or change its direction; line breaks and tabs stay. */
const CONTROL = /[\p{Bidi_Control}\u200b\u2060\ufeff]|(?![\n\t])\p{Cc}/gu

/** Text without what controls a terminal or changes the direction of the text; line breaks and tabs stay. */
export function safeText(text: string): string {
  return text.replaceAll(CONTROL, '')
}

/** JSON in which such characters are escapes, whatever texts the value has. `null` for undefined. */
export function safeJson(value: unknown, indent = 0): string {
  const json = JSON.stringify(value ?? null, null, indent)
  return json.replaceAll(CONTROL, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

type Output = Pick<NodeJS.WriteStream, 'write'>

/** Writes lines that may hold texts of others: hubs, spokes, models, files. */
export function say(output: Output, text: string): void {
  output.write(`${safeText(text)}\n`)
}

/** Writes a value as JSON and ends the line. */
export function sayJson(output: Output, value: unknown, indent = 0): void {
  output.write(`${safeJson(value, indent)}\n`)
}
