import { UsageError } from '../failure.ts'

/** The words of a line as a POSIX shell splits them: blanks separate, quotes and backslashes join. Throws UsageError for an open quote. */
export function splitWords(line: string): string[] {
  const words: string[] = []
  let word: string | undefined
  let quote: '"' | "'" | undefined
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at] ?? ''
    if (quote !== undefined) {
      if (char === quote) quote = undefined
      else if (quote === '"' && char === '\\' && /["\\$`]/.test(line[at + 1] ?? ''))
        word = `${word ?? ''}${line[(at += 1)] ?? ''}`
      else word = `${word ?? ''}${char}`
      continue
    }
    if (char === '"' || char === "'") {
      quote = char
      word ??= ''
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (char === '\\') word = `${word ?? ''}${line[(at += 1)] ?? ''}`
    else word = `${word ?? ''}${char}`
  }
  if (quote !== undefined) throw new UsageError(`A quote (${quote}) is not closed.`, 'Close it.')
  if (word !== undefined) words.push(word)
  return words
}
