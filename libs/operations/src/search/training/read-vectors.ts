import { closeSync, openSync, readSync } from 'node:fs'

/** The first numbers of the vectors of the first words of the file, which are the most common, with length one. */
export function readVectors(
  file: string,
  dimensions: number,
  most: number,
): Map<string, Float32Array> {
  const buffer = Buffer.alloc(3_700_000 + most * 1300)
  const open = openSync(file, 'r')
  const size = readSync(open, buffer)
  closeSync(open)
  const text = buffer.toString('utf8', 0, size)
  const found = new Map<string, Float32Array>()
  for (const [, word = '', numbers = ''] of text
    .slice(text.indexOf('"vectors":{') + 11)
    .matchAll(/"([^"]+)":\[([^\]]+)\]/g)) {
    const vector = Float32Array.from(numbers.split(',').slice(0, dimensions), Number)
    const norm = Math.hypot(...vector)
    found.set(
      word,
      vector.map((value) => value / norm),
    )
    if (found.size >= most) break
  }
  return found
}
